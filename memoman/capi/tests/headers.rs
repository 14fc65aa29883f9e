//! The committed headers are what cbindgen generates from the source. `BLESS=1` writes them anew.

use std::path::Path;
use std::{env, fs};

use cbindgen::{Builder, Config};

fn header_is_current(name: &str, sources: &[&str]) {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = Config::from_file(package.join(format!("{name}.toml"))).expect("a configuration");
    let builder = sources.iter().fold(Builder::new().with_config(config), |builder, source| {
        builder.with_src(package.join("src").join(source))
    });
    let mut generated = Vec::new();
    builder.generate().expect("modules that cbindgen understands").write(&mut generated);

    let path = package.join("include").join(format!("{name}.h"));
    if env::var_os("BLESS").is_some() {
        fs::write(&path, &generated).unwrap();
    }
    let committed = fs::read(&path).unwrap_or_default();
    assert!(
        generated == committed,
        "{} differs from what src/{sources:?} generates. To write it anew: \
         BLESS=1 cargo test -p memoman-capi --test headers",
        path.display()
    );
}

#[test]
fn memoman_h_is_current() {
    header_is_current("memoman", &["types.rs", "mm.rs"]);
}

#[test]
fn tlsf_h_is_current() {
    header_is_current("tlsf", &["tlsf_names.rs"]);
}
