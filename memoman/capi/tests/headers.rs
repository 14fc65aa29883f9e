//! The committed headers are what cbindgen generates from the source. `BLESS=1` writes them anew.

use std::path::Path;
use std::{env, fs};

use cbindgen::{Builder, Config};

#[path = "../configuration/mod.rs"]
#[allow(dead_code)] // The build script uses the rest.
mod configuration;

use configuration::{Configuration, Target};

fn header_is_current(name: &str, sources: &[&str]) {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = Config::from_file(package.join(format!("{name}.toml"))).expect("a configuration");
    let builder = sources.iter().fold(Builder::new().with_config(config), |builder, source| {
        builder.with_src(package.join("src").join(source))
    });
    let mut generated = Vec::new();
    builder.generate().expect("modules that cbindgen understands").write(&mut generated);
    let generated = String::from_utf8(generated).unwrap();
    // C90 has no comma behind the last name of an enumeration.
    is_current(&format!("{name}.h"), &generated.replace(",\n};", "\n};"));
}

/// The committed header is this text.
fn is_current(name: &str, generated: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("include").join(name);
    if env::var_os("BLESS").is_some() {
        fs::write(&path, generated).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        generated == committed,
        "{} differs from what the sources generate. To write it anew: \
         BLESS=1 cargo test -p memoman-capi --test headers",
        path.display()
    );
}

#[test]
fn memoman_h_is_current() {
    header_is_current(
        "memoman",
        &[
            "types.rs",
            "mm/heaps.rs",
            "mm/pools.rs",
            "mm/blocks.rs",
            "mm/inspect.rs",
            "mm/numbers.rs",
        ],
    );
}

#[test]
fn tlsf_h_is_current() {
    header_is_current("tlsf", &["tlsf_names.rs"]);
}

#[test]
fn memoman_sized_h_is_current() {
    header_is_current("memoman_sized", &["sized/mm_sized.rs"]);
}

/// The one in the package is that of 64-bit platforms with their default configuration.
#[test]
fn memoman_config_h_is_current() {
    let target = Target { word: 8, arch: "x86_64".into(), os: "linux".into(), env: "gnu".into() };
    let configuration = Configuration::read(&target, |_| None).unwrap();
    is_current("memoman_config.h", &configuration.header());
}
