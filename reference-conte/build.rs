//! Builds Matthew Conte's TLSF 3.1 from LVGL's copy: once for each second-level count, and without
//! assertions for benchmarks and as upstream releases it.
//!
//! The C source is not in this repository. Cargo locks, checksums and downloads it as part of the
//! package `lightvgl-sys`. This script finds it there, copies three files to `OUT_DIR`, sets one
//! constant in the copy, and compiles it through `shim/conte.c` with a prefix for its symbols.

use std::path::{Path, PathBuf};
use std::process::{Command, exit};
use std::{env, fs};

type BuildResult<T> = Result<T, String>;

/// The package that contains the C source.
const PACKAGE: &str = "lightvgl-sys";

/// The source's folder below `vendor/lvgl`, and below each build's folder in `OUT_DIR`.
const SOURCE: &str = "src/stdlib/builtin";
const FILES: [&str; 3] = ["lv_tlsf.c", "lv_tlsf.h", "lv_tlsf_private.h"];

/// The headers of LVGL that those files include. Each is replaced by one that includes `stand_in.h`.
const HEADERS: [&str; 7] = [
    "src/lv_conf_internal.h",
    "src/misc/lv_assert.h",
    "src/misc/lv_ll.h",
    "src/misc/lv_log.h",
    "src/misc/lv_types.h",
    "src/osal/lv_os_private.h",
    "src/stdlib/lv_string.h",
];

/// The line that sets the number of second-level lists.
const SL_LOG2_UPSTREAM: &str = "SL_INDEX_COUNT_LOG2 = 5,";

/// The condition under which LVGL's `realloc`, but not upstream's, refuses a request (B2).
const REALLOC_REFUSES: &str = "if(size > cursize && adjust == 0)";

/// One build of the C code.
struct Build {
    /// Folder in `OUT_DIR`, library name, and (with a trailing `_`) symbol prefix.
    name: &'static str,
    sl_log2: u32,
    /// FL_INDEX_MAX, at most 30 on 32-bit.
    max_log2: u32,
    variant: Variant,
}

#[derive(PartialEq, Eq)]
enum Variant {
    /// LVGL's copy, with its assertions.
    Checked,
    /// Without assertions, as in a release build of a C program.
    Released,
    /// Without assertions, and with upstream's `realloc`.
    Upstream,
}

const BUILDS: [Build; 8] = [
    Build { name: "conte_sl4", sl_log2: 2, max_log2: 32, variant: Variant::Checked },
    Build { name: "conte_sl8", sl_log2: 3, max_log2: 32, variant: Variant::Checked },
    Build { name: "conte_sl16", sl_log2: 4, max_log2: 32, variant: Variant::Checked },
    Build { name: "conte_sl32", sl_log2: 5, max_log2: 32, variant: Variant::Checked },
    // For benchmarks.
    Build { name: "conte_bare", sl_log2: 5, max_log2: 32, variant: Variant::Released },
    // For tests that show the C code wrong.
    Build { name: "conte_upstream", sl_log2: 5, max_log2: 32, variant: Variant::Upstream },
    Build { name: "conte_small", sl_log2: 5, max_log2: 16, variant: Variant::Upstream },
    Build { name: "conte_wide", sl_log2: 5, max_log2: 38, variant: Variant::Upstream },
];

fn main() {
    if let Err(error) = run() {
        eprintln!("error: reference-conte cannot build the C reference: {error}");
        exit(1);
    }
}

fn run() -> BuildResult<()> {
    let out = PathBuf::from(var("OUT_DIR")?);
    let lvgl = package_folder()?.join("vendor/lvgl");

    for path in ["build.rs", "Cargo.toml", "shim"] {
        println!("cargo::rerun-if-changed={path}");
    }
    for file in FILES {
        println!("cargo::rerun-if-changed={}", lvgl.join(SOURCE).join(file).display());
    }

    for build in &BUILDS {
        let folder = out.join(build.name);
        write_sources(&folder, &lvgl, build)?;
        compile(&folder, build)?;
    }
    Ok(())
}

/// Finds the folder of the locked package by `cargo metadata`, which downloads it if necessary.
fn package_folder() -> BuildResult<PathBuf> {
    let manifest = Path::new(&var("CARGO_MANIFEST_DIR")?).join("Cargo.toml");
    let output = Command::new(var("CARGO")?)
        .args(["metadata", "--locked", "--format-version", "1", "--manifest-path"])
        .arg(manifest)
        // The flags of this build, for example a sanitizer's, could make the command fail.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .output()
        .map_err(|error| format!("`cargo metadata` cannot be started: {error}"))?;
    if !output.status.success() {
        return Err(format!(
            "`cargo metadata --locked` failed.\n\
             Cargo.lock must be present and up to date, and Cargo must reach its registry once: run \
             `cargo fetch --locked` to check both.\n{}",
            String::from_utf8_lossy(&output.stderr)
        ));
    }

    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("the output of `cargo metadata` is not JSON: {error}"))?;
    let packages = metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
    let manifest = packages
        .iter()
        .find(|package| package["name"] == PACKAGE)
        .and_then(|package| package["manifest_path"].as_str())
        .ok_or(format!("`cargo metadata` lists no package {PACKAGE}; Cargo.toml must name it"))?;
    Path::new(manifest)
        .parent()
        .map(Path::to_path_buf)
        .ok_or(format!("{PACKAGE} has a manifest without a folder: {manifest}"))
}

/// Writes the files of one build: the C source, the shim, and the headers.
fn write_sources(folder: &Path, lvgl: &Path, build: &Build) -> BuildResult<()> {
    for file in FILES {
        let from = lvgl.join(SOURCE).join(file);
        let mut text = fs::read_to_string(&from).map_err(|error| {
            format!(
                "{} cannot be read: {error}.\n\
                 Cargo's copy of {PACKAGE} is damaged: delete its folder and build again.",
                from.display()
            )
        })?;
        if file == "lv_tlsf.c" {
            let sl_log2 = format!("SL_INDEX_COUNT_LOG2 = {},", build.sl_log2);
            text = replace(&text, SL_LOG2_UPSTREAM, &sl_log2)?;
            if build.variant == Variant::Upstream {
                text = replace(&text, REALLOC_REFUSES, "if(0)")?;
            }
        }
        write(&folder.join(SOURCE).join(file), &text)?;
    }
    for header in HEADERS {
        write(&folder.join(header), "#include \"stand_in.h\"\n")?;
    }
    for (name, text) in
        [("stand_in.h", include_str!("shim/stand_in.h")), ("conte.c", include_str!("shim/conte.c"))]
    {
        write(&folder.join(name), text)?;
    }
    Ok(())
}

/// Replaces `old`, which must occur once in `lv_tlsf.c`.
fn replace(text: &str, old: &str, new: &str) -> BuildResult<String> {
    match text.matches(old).count() {
        1 => Ok(text.replace(old, new)),
        places => Err(format!("`{old}` occurs {places} times in lv_tlsf.c, not once")),
    }
}

fn compile(folder: &Path, build: &Build) -> BuildResult<()> {
    let mut cc = cc::Build::new();
    cc.file(folder.join("conte.c"))
        .include(folder)
        .define("PREFIX", format!("{}_", build.name).as_str())
        .define("MAX_LOG2", build.max_log2.to_string().as_str())
        .opt_level(3)
        .warnings(false);
    if build.variant != Variant::Checked {
        cc.define("NDEBUG", None);
    }
    cc.try_compile(build.name).map_err(|error| {
        format!(
            "the C compiler failed on {}: {error}.\nInstall a C compiler, or set CC to one.",
            build.name
        )
    })
}

fn write(path: &Path, text: &str) -> BuildResult<()> {
    let parent = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent)
        .and_then(|()| fs::write(path, text))
        .map_err(|error| format!("{} cannot be written: {error}", path.display()))
}

fn var(name: &str) -> BuildResult<String> {
    env::var(name).map_err(|error| format!("{name}, which Cargo sets, cannot be read: {error}"))
}
