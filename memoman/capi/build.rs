//! The configuration of the library: reads it from environment variables, writes it as Rust constants
//! and as the header `memoman_config.h`, both to OUT_DIR. And gives the shared library the name that
//! programs remember it by, where there is such a thing, and reports the target to scripts/install-c.
//!
//! | variable | values | default |
//! |---|---|---|
//! | `MEMOMAN_ALIGN` | 8, 16, 32, 64 | alignment of the target's `max_align_t` |
//! | `MEMOMAN_SECOND_LEVELS` | 4, 8, 16, 32 | 32 |
//! | `MEMOMAN_LARGEST_POOL` | bytes, or a number with K, M or G | 4G, on 32-bit 1G |
//! | `MEMOMAN_POOLS` | 1 to 65535 | 32 |

use std::path::Path;
use std::{env, fs, process};

mod configuration;

use configuration::{Configuration, Target};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=configuration");
    for name in configuration::VARIABLES {
        println!("cargo::rerun-if-env-changed={name}");
    }
    let target = Target {
        word: cfg("POINTER_WIDTH").parse::<u64>().expect("Cargo sets the pointer width") / 8,
        arch: cfg("ARCH"),
        os: cfg("OS"),
        env: cfg("ENV"),
    };
    let configuration =
        Configuration::read(&target, |name| env::var(name).ok()).unwrap_or_else(|wrong| {
            println!("cargo::error={wrong}");
            process::exit(1)
        });

    let out = env::var_os("OUT_DIR").expect("Cargo sets OUT_DIR");
    let out = Path::new(&out);
    fs::write(out.join("configuration.rs"), configuration.rust()).expect("OUT_DIR can be written");
    fs::write(out.join("memoman_config.h"), configuration.header())
        .expect("OUT_DIR can be written");
    println!("cargo::rustc-env=MEMOMAN_MM_CONFIGURATION={}", configuration.mm_name());
    println!("cargo::rustc-env=MEMOMAN_TLSF_CONFIGURATION={}", configuration.tlsf_name());

    soname();
    report_target();
}

/// The name that programs remember the shared library by; its number changes with the binary interface.
fn soname() {
    let major = env::var("CARGO_PKG_VERSION_MAJOR").unwrap_or_default();
    let link = |argument: String| println!("cargo::rustc-cdylib-link-arg=-Wl,{argument}");
    match (&*cfg("OS"), &*cfg("VENDOR")) {
        ("linux" | "android" | "freebsd" | "netbsd" | "openbsd" | "dragonfly", _) => {
            link(format!("-soname,libmemoman.so.{major}"));
        }
        (_, "apple") => link(format!("-install_name,@rpath/libmemoman.{major}.dylib")),
        _ => {}
    }
}

/// In Cargo's messages, for scripts/install-c.
fn report_target() {
    let fields = ["OS", "VENDOR", "ENV", "ARCH", "POINTER_WIDTH"].map(|name| {
        let field = cfg(name);
        if field.is_empty() { "-".to_owned() } else { field }
    });
    println!("cargo::rustc-env=MEMOMAN_TARGET={}", fields.join(" "));
}

/// What Cargo sets of the target.
fn cfg(name: &str) -> String {
    env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default()
}
