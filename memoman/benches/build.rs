//! Compiles o1heap, an allocator in C to compare with.
//!
//! Its source is in the package `o1heap`, which Cargo locks, checksums and downloads but never builds: the
//! package's own build script needs libclang, for declarations that the benchmarks write themselves.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, error::Error};

fn main() -> Result<(), Box<dyn Error>> {
    let source = package_folder("o1heap")?.join("o1heap/o1heap/o1heap.c");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=Cargo.toml");
    println!("cargo::rerun-if-changed={}", source.display());
    // As a C program has it in a release build, whatever the profile of this one.
    cc::Build::new()
        .file(source)
        .define("NDEBUG", None)
        .opt_level(3)
        .warnings(false)
        .try_compile("o1heap")?;
    Ok(())
}

/// The folder of a locked package, by `cargo metadata`, which downloads it if necessary.
fn package_folder(name: &str) -> Result<PathBuf, Box<dyn Error>> {
    let output = Command::new(env::var("CARGO")?)
        .args(["metadata", "--locked", "--format-version", "1", "--manifest-path"])
        .arg(Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("Cargo.toml"))
        // The flags of this build, for example a sanitizer's, could make the command fail.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().ok_or("`cargo metadata` lists no packages")?;
    let manifest = packages
        .iter()
        .find(|package| package["name"] == name)
        .and_then(|package| package["manifest_path"].as_str())
        .ok_or_else(|| format!("`cargo metadata` lists no package {name}"))?;
    Ok(Path::new(manifest).parent().ok_or("a manifest without a folder")?.to_owned())
}
