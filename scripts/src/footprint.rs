//! `scripts/footprint`: bytes of machine code by set of operations, beside TLSF 3.1 in C.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use clap::Parser;

use crate::cargo::{self, Rustc};
use crate::script::Script;
use crate::stop::failed;
use crate::tool;

/// Measure the engine's machine code, by set of operations, beside TLSF 3.1 in C.
///
/// Links memoman/examples/footprint.rs (no std, panic = "abort", the release profile's LTO) and lv_tlsf.c
/// (-DNDEBUG), each with the same operations and without what they do not use, and prints the size of
/// .text as a table in Markdown: at opt-level s and 3, and at -Os and -O3. Then what control structures,
/// pools and blocks take.
#[derive(Parser)]
#[command(name = "scripts/footprint", bin_name = "scripts/footprint", after_help = NOTES)]
pub(crate) struct Footprint {
    /// Fail if the core at opt-level s exceeds 3,600 bytes
    #[arg(long)]
    check: bool,
    /// Print the functions of the core at opt-level s, too, by size
    #[arg(long)]
    symbols: bool,
}

const NOTES: &str = "\
Examples:
  scripts/footprint
  scripts/footprint --check            as CI does
  scripts/footprint --symbols

Exit codes: 0 done, 1 the core is too large, 2 it cannot be measured here, 130 interrupted.
Needs: Linux, a C compiler, binutils.";

/// The most bytes that the core may take at opt-level s.
const LIMIT: u64 = 3600;

/// The sets of operations, each with the one above it.
const SETS: [(&str, &[&str]); 4] = [
    ("basic", &["malloc", "memalign", "realloc", "free"]),
    ("core", &["create", "add_pool", "block_size"]),
    ("pools", &["create_with_pool", "remove_pool"]),
    ("all", &["walk_pool", "check"]),
];

/// The operations of the set with this index.
fn operations(set: usize) -> Vec<&'static str> {
    SETS[..=set].iter().flat_map(|(_, operations)| *operations).copied().collect()
}

impl Script for Footprint {
    fn run(self) -> anyhow::Result<()> {
        cargo::enter_root()?;
        for (program, package) in [
            ("size", "the package binutils"),
            ("nm", "the package binutils"),
            (&*tool::cc(), "a C compiler, or set CC"),
        ] {
            tool::require(program, package)?;
        }
        let lab = Lab::new()?;
        let machine = tool::capture(tool::command("uname").arg("-m"))?.stdout;
        println!(
            "Bytes of .text: {} and {}, {}.\n",
            Rustc::ask()?.version,
            cargo::version_line(&tool::cc())?,
            machine.trim()
        );
        println!(
            "| operations | memoman, s | C, -Os | memoman, 3 | C, -O3 |\n|---|--:|--:|--:|--:|"
        );
        let mut core = 0;
        for (set, (name, _)) in SETS.iter().enumerate() {
            let small = lab.rust(name, "\"s\"", false)?;
            if *name == "core" {
                core = small;
                fs::copy(lab.path("rust"), lab.path("core"))?;
            }
            let (c_small, fast, c_fast) =
                (lab.c(set, "Os")?, lab.rust(name, "3", false)?, lab.c(set, "O3")?);
            println!(
                "| {name}: {} | {small} | {c_small} | {fast} | {c_fast} |",
                operations(set).join(" ")
            );
        }
        let (small, fast) = (lab.rust("core", "\"s\"", true)?, lab.rust("core", "3", true)?);
        println!("| core, as `Tlsf<WORD, 8, 4, 1>` | {small} | | {fast} | |");
        println!(
            "\nEach set has the one above it. Operations of one name differ: memoman's add_pool and remove_pool look\n\
             pools up in a table and refuse what C corrupts on, and its check is `validate`. The limit for the\n\
             core, {LIMIT}, is what all of lv_tlsf.c takes at -Os with its assertions: {}.\n\n\
             Bytes of memory; `a pool` and `a block` are what each costs beside its payload. (TLSF 3.1 in C:\n\
             control 6536, a pool 16, a block 8, least payload 24.)\n",
            lab.all_of_c()?
        );
        ensure!(
            tool::status(&mut cargo::cargo(&[
                "run",
                "--quiet",
                "--locked",
                "-p",
                "memoman",
                "--example",
                "footprint"
            ]))?
            .success(),
            "the example footprint failed"
        );

        if self.symbols {
            println!("\nThe core at opt-level s, bytes by function:\n");
            let printed = nm(&lab.path("core"), &["-SC", "--size-sort", "-r"])?;
            for symbol in symbols(&printed)
                .filter(|symbol| symbol.kind.eq_ignore_ascii_case("t") && symbol.name != ENTRY)
            {
                println!("{:6}  {}", symbol.bytes, symbol.name);
            }
        }
        if self.check {
            if core > LIMIT {
                return failed(format!(
                    "the core takes {core} bytes at opt-level s; the limit is {LIMIT}"
                ));
            }
            println!(
                "\nscripts/footprint: the core takes {core} bytes at opt-level s, of at most {LIMIT}"
            );
        }
        Ok(())
    }
}

/// The function that names the set, which is not part of it.
const ENTRY: &str = "footprint_entry";

/// Where programs are linked.
struct Lab {
    work: tempfile::TempDir,
    target: PathBuf,
    /// Where reference-conte's build script has put the C source.
    conte: PathBuf,
}

impl Lab {
    fn new() -> anyhow::Result<Self> {
        Ok(Self {
            work: tempfile::tempdir()?,
            target: cargo::target_folder()?.join("footprint"),
            conte: cargo::conte_source("release")?,
        })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.work.path().join(name)
    }

    /// A set in Rust, for the default geometry or for a small heap.
    fn rust(&self, set: &str, level: &str, small: bool) -> anyhow::Result<u64> {
        let mut link = cargo::cargo(&[
            "rustc",
            "--quiet",
            "--release",
            "--locked",
            "-p",
            "memoman",
            "--example",
            "footprint",
        ]);
        link.args([
            "--config",
            "profile.release.panic=\"abort\"",
            "--config",
            &format!("profile.release.opt-level={level}"),
            "--",
        ]);
        for argument in [
            "relocation-model=static",
            "link-arg=-nostdlib",
            "link-arg=-static",
            "link-arg=-Wl,-e,footprint_entry",
            "link-arg=-Wl,--unresolved-symbols=ignore-all",
        ] {
            link.args(["-C", argument]);
        }
        without_flags(&mut link)
            .env("MEMOMAN_FOOTPRINT", set)
            .env("CARGO_TARGET_DIR", &self.target);
        if small {
            link.env("MEMOMAN_FOOTPRINT_SMALL", "1");
        }
        tool::capture(&mut link)?.stdout_of("linking memoman/examples/footprint.rs")?;
        let program = self.path("rust");
        fs::copy(self.target.join("release/examples/footprint"), &program)?;
        let printed = nm(&program, &["-S"])?;
        let entry = symbols(&printed)
            .find(|symbol| symbol.name == ENTRY)
            .context("the example has no footprint_entry")?
            .bytes;
        Ok(text(&program)? - entry)
    }

    /// A set in C.
    fn c(&self, set: usize, level: &str) -> anyhow::Result<u64> {
        let (object, program) = (self.path("c.o"), self.path("c"));
        let mut compile = self.compile(level, &object);
        compile.args(["-DNDEBUG", "-ffunction-sections"]);
        tool::capture(&mut compile)?.stdout_of("compiling lv_tlsf.c")?;
        let mut link = tool::command(tool::cc());
        link.args([
            "-nostdlib",
            "-static",
            "-no-pie",
            "-Wl,--gc-sections",
            "-Wl,-e,lv_tlsf_malloc",
            "-Wl,--unresolved-symbols=ignore-all",
        ]);
        link.args(operations(set).iter().map(|operation| format!("-Wl,-u,lv_tlsf_{operation}")));
        tool::capture(link.arg(object).arg("-o").arg(&program))?.stdout_of("linking lv_tlsf.c")?;
        text(&program)
    }

    /// All of the C code, with its assertions.
    fn all_of_c(&self) -> anyhow::Result<u64> {
        let object = self.path("all.o");
        tool::capture(&mut self.compile("Os", &object))?.stdout_of("compiling lv_tlsf.c")?;
        text(&object)
    }

    fn compile(&self, level: &str, object: &Path) -> Command {
        let mut compile = tool::command(tool::cc());
        compile
            .args(["-w", &format!("-{level}"), "-DMAX_LOG2=32", "-fno-pie", "-I"])
            .arg(&self.conte);
        compile.arg("-c").arg(self.conte.join(cargo::CONTE_SOURCE)).arg("-o").arg(object);
        compile
    }
}

/// With flags from outside, other code would be measured.
fn without_flags(command: &mut Command) -> &mut Command {
    command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS")
}

/// The size of a file's section .text.
fn text(file: &Path) -> anyhow::Result<u64> {
    let printed = tool::capture(tool::command("size").arg("-A").arg(file))?.stdout_of("size")?;
    text_of(&printed).with_context(|| format!("size -A names no .text of {}", file.display()))
}

fn text_of(printed: &str) -> Option<u64> {
    printed.lines().find_map(|line| {
        let mut fields = line.split_whitespace();
        (fields.next() == Some(".text")).then(|| fields.next()?.parse().ok())?
    })
}

fn nm(file: &Path, options: &[&str]) -> anyhow::Result<String> {
    tool::capture(tool::command("nm").args(options).arg(file))?.stdout_of("nm")
}

#[derive(Debug, PartialEq, Eq)]
struct Symbol<'a> {
    bytes: u64,
    kind: &'a str,
    name: &'a str,
}

/// The lines `ADDRESS SIZE KIND NAME` of what `nm -S` prints; names may have blanks. Other lines have no size.
fn symbols(printed: &str) -> impl Iterator<Item = Symbol<'_>> {
    printed.lines().filter_map(|line| {
        let mut fields = line.splitn(4, ' ');
        let (_, size, kind, name) =
            (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
        Some(Symbol { bytes: u64::from_str_radix(size, 16).ok()?, kind, name })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_set_has_the_one_above_it() {
        assert_eq!(operations(0), ["malloc", "memalign", "realloc", "free"]);
        assert_eq!(operations(1)[4..], ["create", "add_pool", "block_size"]);
        assert_eq!(operations(3).len(), 11);
    }

    #[test]
    fn the_size_of_text_is_read_and_no_other_sections() {
        let printed = "core  :\nsection      size      addr\n.text.hot       9         0\n.text        3148   4198400\nTotal        4000\n";
        assert_eq!(text_of(printed), Some(3148));
        assert_eq!(text_of("core  :\n"), None);
    }

    #[test]
    fn symbols_have_sizes_and_names_with_blanks() {
        let printed = "0000000000401000 00000000000000a0 t <memoman::Tlsf as core::fmt::Debug>::fmt\n                 U memcpy\n0000000000401200 T _start\n";
        let found: Vec<_> = symbols(printed).collect();
        assert_eq!(
            found,
            [Symbol { bytes: 160, kind: "t", name: "<memoman::Tlsf as core::fmt::Debug>::fmt" }]
        );
    }
}
