//! `scripts/oss-fuzz-build`: OSS-Fuzz's build script without Docker, and what it built.

mod build;
mod example;
mod image;

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use clap::Parser;

use self::build::{Build, Places, programs};
use self::image::Image;
use crate::cargo;
use crate::fuzzing;
use crate::script::Script;
use crate::stop::failed;
use crate::tool;

/// Run OSS-Fuzz's build script without Docker, in a clean Debian or an empty folder, then what it built.
///
/// Checks out what is committed (HEAD) into a Debian of its own, made by debootstrap in target/oss-fuzz. Runs
/// the build script of ClusterFuzzLite there, which calls that of OSS-Fuzz. The environment has the variables
/// that their images set; of this machine's variables it has only those that configure cargo's registry. Then
/// removes sources and Rust, and runs each target in OUT from the seeds beside it. fuzz/oss-fuzz/README.md
/// lists what this leaves untested.
#[derive(Parser)]
#[command(name = "scripts/oss-fuzz-build", bin_name = "scripts/oss-fuzz-build", after_help = NOTES)]
pub(crate) struct OssFuzzBuild {
    /// Use an empty folder with an empty environment instead: needs no root
    #[arg(long)]
    folder: bool,
    /// Try the files of a user's own targets, oracle/examples/first-fit, as they are and with its planted mistake
    #[arg(long)]
    example: bool,
    /// Build with this sanitizer, as the images would
    #[arg(long, default_value = "address", value_parser = ["address", "none"])]
    sanitizer: String,
    /// Run each target for so many seconds
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    seconds: u32,
}

const NOTES: &str = "\
Examples:
  scripts/oss-fuzz-build
  scripts/oss-fuzz-build --folder --seconds 60
  scripts/oss-fuzz-build --folder --example

Exit codes: 0 all targets were built and ran, 1 one was not, or found something, 2 it cannot be tried,
130 interrupted.
Needs: Rust by rustup, git; root, Linux and debootstrap (which it installs where apt-get has it), or with
--folder zip, unzip, a C and a C++ compiler. Installs cargo-fuzz.";

impl Script for OssFuzzBuild {
    fn run(self) -> anyhow::Result<()> {
        cargo::enter_root()?;
        for program in ["git", "rustup"] {
            tool::require(program, program)?;
        }
        fuzzing::prepare("oss-fuzz-build")?;
        let base = cargo::target_folder()?.join("oss-fuzz");
        fs::create_dir_all(&base)?;
        let image = if self.folder { Image::folder(&base)? } else { Image::debian(&base)? };

        let build = Build { image, base, sanitizer: self.sanitizer, seconds: self.seconds };
        let Build { image, base, .. } = &build;
        let places = Places::new(image)?;
        check_out(&image.outside(&places.src))?;
        if self.example {
            return example::run(&build, &places);
        }
        // Where the image has it.
        let project = image.outside(&places.src.join("memoman"));
        fs::copy(project.join(".clusterfuzzlite/build.sh"), project.with_file_name("build.sh"))
            .context("cannot copy .clusterfuzzlite/build.sh")?;
        let Places { src, out, work } = &places;
        build.build(&places, "memoman")?;

        let expected = fuzzing::targets()?;
        let built = programs(&image.outside(out))?;
        if expected != built {
            return failed(format!(
                "OUT has {}; expected {}",
                built.join(", "),
                expected.join(", ")
            ));
        }
        // Where they run there is nothing else.
        fs::remove_dir_all(image.outside(src))?;
        let mut bad = Vec::new();
        for target in &built {
            let run = build.run_target(target, out, work)?;
            let log = base.join(format!("{target}.log"));
            fs::write(&log, &run.printed)?;
            if run.has_passed {
                println!("{target}: {}", run.summary());
            } else {
                eprintln!(
                    "scripts/oss-fuzz-build: {target} failed; its log: {}\n{}",
                    log.display(),
                    tool::last_lines(&run.printed, 5)
                );
                bad.push(target.as_str());
            }
        }
        if !bad.is_empty() {
            return failed(format!("these targets failed: {}", bad.join(", ")));
        }
        let place = if self.folder { "folder" } else { "Debian" };
        println!(
            "scripts/oss-fuzz-build: {} targets built and run ({place}, sanitizer {})",
            built.len(),
            build.sanitizer
        );
        Ok(())
    }
}

/// Checks out HEAD into the folder memoman.
fn check_out(src: &Path) -> anyhow::Result<()> {
    let status = tool::capture(tool::command("git").args([
        "status",
        "--porcelain",
        "--untracked-files=no",
    ]))?;
    if !status.stdout.is_empty() {
        eprintln!("scripts/oss-fuzz-build: changes that are not committed are left out");
    }
    let project = src.join("memoman");
    fs::create_dir_all(&project)?;
    let archive = src.join("head.tar");
    tool::capture(tool::command("git").args(["archive", "HEAD", "-o"]).arg(&archive))?
        .stdout_of("git archive")?;
    tool::capture(tool::command("tar").arg("-xf").arg(&archive).arg("-C").arg(&project))?
        .stdout_of("tar")?;
    fs::remove_file(archive)?;
    Ok(())
}
