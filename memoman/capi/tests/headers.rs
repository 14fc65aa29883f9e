//! The headers are what cbindgen makes of the source. `BLESS=1` rewrites them.

use std::path::Path;
use std::{env, fs};

use cbindgen::{Builder, Config};

fn header(name: &str, source: &str) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = Config::from_file(here.join(format!("{name}.toml"))).expect("a configuration");
    let bindings = Builder::new()
        .with_config(config)
        .with_src(here.join("src").join(source))
        .generate()
        .expect("a module that cbindgen understands");
    let mut written = Vec::new();
    bindings.write(&mut written);

    let path = here.join("include").join(format!("{name}.h"));
    if env::var_os("BLESS").is_some() {
        fs::write(&path, &written).unwrap();
    }
    let committed = fs::read(&path).unwrap_or_default();
    assert!(
        written == committed,
        "{} is not what src/{source} says: BLESS=1 cargo test -p memoman-capi --test headers",
        path.display()
    );
}

#[test]
fn memoman_h_is_current() {
    header("memoman", "mm.rs");
}

#[test]
fn tlsf_h_is_current() {
    header("tlsf", "tlsf_names.rs");
}
