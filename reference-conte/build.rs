//! Builds Matthew Conte's TLSF 3.1 as LVGL maintains it, once per second-level count; and once more
//! without assertions, and as upstream has it.
//!
//! The C source is not in this repository. Cargo locks, checksums and downloads it as part of the
//! package `lightvgl-sys`; this script finds it there, copies three files to `OUT_DIR`, sets one
//! constant in the copy, and compiles it behind `shim/conte.c` with a symbol prefix of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, exit};
use std::{env, fs};

type Outcome<T> = Result<T, String>;

/// The package that carries the C source.
const PACKAGE: &str = "lightvgl-sys";

/// Where it lies below `vendor/lvgl` there, and below each build's folder here.
const SOURCE: &str = "src/stdlib/builtin";
const FILES: [&str; 3] = ["lv_tlsf.c", "lv_tlsf.h", "lv_tlsf_private.h"];

/// The headers of LVGL which those files include. Each becomes a line that includes our stand-in.
const HEADERS: [&str; 7] = [
    "src/lv_conf_internal.h",
    "src/misc/lv_assert.h",
    "src/misc/lv_ll.h",
    "src/misc/lv_log.h",
    "src/misc/lv_types.h",
    "src/osal/lv_os_private.h",
    "src/stdlib/lv_string.h",
];

/// The line that sets the number of second-level lists, as upstream has it.
const SL_LOG2_UPSTREAM: &str = "SL_INDEX_COUNT_LOG2 = 5,";

/// Where LVGL's `realloc` refuses a request for which upstream's is wrong (B2).
const REALLOC_REFUSES: &str = "if(size > cursize && adjust == 0)";

/// One build of the C code.
struct Build {
    /// Folder in `OUT_DIR`, library name, and (with a trailing `_`) symbol prefix.
    name: &'static str,
    sl_log2: u32,
    /// FL_INDEX_MAX, at most 30 on 32-bit.
    max_log2: u32,
    maker: Maker,
}

#[derive(PartialEq, Eq)]
enum Maker {
    /// LVGL's copy, with its assertions.
    Checked,
    /// The same without them, as in a release build of a C program.
    Released,
    /// Released, and `realloc` as upstream has it.
    Upstream,
}

const BUILDS: [Build; 8] = [
    Build { name: "conte_sl4", sl_log2: 2, max_log2: 32, maker: Maker::Checked },
    Build { name: "conte_sl8", sl_log2: 3, max_log2: 32, maker: Maker::Checked },
    Build { name: "conte_sl16", sl_log2: 4, max_log2: 32, maker: Maker::Checked },
    Build { name: "conte_sl32", sl_log2: 5, max_log2: 32, maker: Maker::Checked },
    // What the benchmarks compare with.
    Build { name: "conte_bare", sl_log2: 5, max_log2: 32, maker: Maker::Released },
    // For tests that show the C code wrong.
    Build { name: "conte_upstream", sl_log2: 5, max_log2: 32, maker: Maker::Upstream },
    Build { name: "conte_small", sl_log2: 5, max_log2: 16, maker: Maker::Upstream },
    Build { name: "conte_wide", sl_log2: 5, max_log2: 38, maker: Maker::Upstream },
];

fn main() {
    if let Err(reason) = run() {
        eprintln!("error: reference-conte cannot build the C reference: {reason}");
        exit(1);
    }
}

fn run() -> Outcome<()> {
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
        lay_out(&folder, &lvgl, build)?;
        compile(&folder, build)?;
    }
    Ok(())
}

/// Asks Cargo where the locked package is; Cargo downloads it first if need be.
fn package_folder() -> Outcome<PathBuf> {
    let manifest = Path::new(&var("CARGO_MANIFEST_DIR")?).join("Cargo.toml");
    let output = Command::new(var("CARGO")?)
        .args(["metadata", "--locked", "--format-version", "1", "--manifest-path"])
        .arg(manifest)
        // This query must not inherit the flags of this build (a fuzzer's sanitizers, say).
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .output()
        .map_err(|error| format!("`cargo metadata` did not start: {error}"))?;
    if !output.status.success() {
        return Err(format!(
            "`cargo metadata --locked` failed.\n\
             Is Cargo.lock present and up to date, and can Cargo reach its registry? \
             Run `cargo fetch --locked`; it is needed once before an offline build.\n{}",
            String::from_utf8_lossy(&output.stderr)
        ));
    }

    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("`cargo metadata` printed no JSON: {error}"))?;
    let packages = metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
    let manifest = packages
        .iter()
        .find(|package| package["name"] == PACKAGE)
        .and_then(|package| package["manifest_path"].as_str())
        .ok_or(format!(
            "no package {PACKAGE} in `cargo metadata`; does Cargo.toml still name it?"
        ))?;
    Path::new(manifest)
        .parent()
        .map(Path::to_path_buf)
        .ok_or(format!("{PACKAGE} has a manifest without a folder: {manifest}"))
}

/// Fills one build's folder: Conte's files, our two, and the headers in between.
fn lay_out(folder: &Path, lvgl: &Path, build: &Build) -> Outcome<()> {
    for file in FILES {
        let from = lvgl.join(SOURCE).join(file);
        let mut text = fs::read_to_string(&from).map_err(|error| {
            format!(
                "{} cannot be read: {error}.\n\
                 The registry's copy of {PACKAGE} is damaged; delete its folder and build again.",
                from.display()
            )
        })?;
        if file == "lv_tlsf.c" {
            let sl_log2 = format!("SL_INDEX_COUNT_LOG2 = {},", build.sl_log2);
            text = replace(&text, SL_LOG2_UPSTREAM, &sl_log2)?;
            if build.maker == Maker::Upstream {
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

/// Replaces the one place in `lv_tlsf.c` where `old` is.
fn replace(text: &str, old: &str, new: &str) -> Outcome<String> {
    match text.matches(old).count() {
        1 => Ok(text.replace(old, new)),
        places => Err(format!("`{old}` occurs {places} times in lv_tlsf.c, not once")),
    }
}

fn compile(folder: &Path, build: &Build) -> Outcome<()> {
    let mut cc = cc::Build::new();
    cc.file(folder.join("conte.c"))
        .include(folder)
        .define("PREFIX", format!("{}_", build.name).as_str())
        .define("MAX_LOG2", build.max_log2.to_string().as_str())
        .opt_level(3)
        .warnings(false);
    if build.maker != Maker::Checked {
        cc.define("NDEBUG", None);
    }
    cc.try_compile(build.name).map_err(|error| {
        format!("the C compiler failed on {}: {error}.\nInstall one, or name it in CC.", build.name)
    })
}

fn write(path: &Path, text: &str) -> Outcome<()> {
    let parent = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent)
        .and_then(|()| fs::write(path, text))
        .map_err(|error| format!("{} cannot be written: {error}", path.display()))
}

fn var(name: &str) -> Outcome<String> {
    env::var(name).map_err(|error| format!("{name} is not usable: {error}; Cargo sets it"))
}
