//! `scripts/oss-fuzz-build`: OSS-Fuzz's build script without Docker, and what it built.

mod image;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use clap::Parser;

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

        let (src, out, work) =
            (image.home.join("src"), image.home.join("out"), image.home.join("work"));
        for folder in [&src, &out, &work] {
            let folder = image.outside(folder);
            if folder.exists() {
                fs::remove_dir_all(&folder)?;
            }
            fs::create_dir_all(&folder)?;
        }
        check_out(&image.outside(&src))?;
        eprintln!("scripts/oss-fuzz-build: building, in {}", image.outside(&image.home).display());
        let mut build = image.inside("bash", true);
        build.args(["-eux"]).arg(src.join("build.sh"));
        image.set_build_environment(&mut build, &self.sanitizer, &src, &out, &work)?;
        let log = base.join("build.log");
        let ran = tool::capture(&mut build)?;
        fs::write(&log, format!("{}{}", ran.stdout, ran.stderr))?;
        if !ran.status.success() {
            return failed(format!(
                "build.sh failed; its log: {}\n{}",
                log.display(),
                tool::last_lines(&ran.stderr, 20)
            ));
        }

        let expected = fuzzing::targets()?;
        let built = programs(&image.outside(&out))?;
        if expected != built {
            return failed(format!(
                "OUT has {}; expected {}",
                built.join(", "),
                expected.join(", ")
            ));
        }
        // Where they run there is nothing else.
        fs::remove_dir_all(image.outside(&src))?;
        let mut bad = Vec::new();
        for target in &built {
            if !self.run_target(&image, target, &out, &work, &base)? {
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
            self.sanitizer
        );
        Ok(())
    }
}

impl OssFuzzBuild {
    /// Runs a target from its seeds; whether it found nothing.
    fn run_target(
        &self,
        image: &Image,
        target: &str,
        out: &Path,
        work: &Path,
        base: &Path,
    ) -> anyhow::Result<bool> {
        let corpus = work.join(target);
        fs::create_dir_all(image.outside(&corpus))?;
        let seeds = out.join(format!("{target}_seed_corpus.zip"));
        if image.outside(&seeds).is_file() {
            let mut unzip = image.inside("unzip", false);
            unzip.arg("-q").arg(&seeds).arg("-d").arg(&corpus);
            tool::capture(&mut unzip)?.stdout_of("unzip")?;
        }
        let count = fuzzing::count(&image.outside(&corpus));
        let mut run = image.inside(out.join(target), false);
        run.arg(format!("-max_total_time={}", self.seconds))
            .arg(format!("-artifact_prefix={}/", work.display()))
            .arg(&corpus);
        let ran = tool::capture(&mut run)?;
        let log = base.join(format!("{target}.log"));
        let printed = ran.stdout + &ran.stderr;
        fs::write(&log, &printed)?;
        if ran.status.success() {
            let done = printed
                .lines()
                .find_map(|line| line.strip_prefix("Done ")?.strip_suffix(" second(s)"));
            println!("{target}: {count} seeds, {} s", done.unwrap_or("?"));
            return Ok(true);
        }
        eprintln!(
            "scripts/oss-fuzz-build: {target} failed; its log: {}\n{}",
            log.display(),
            tool::last_lines(&printed, 5)
        );
        Ok(false)
    }
}

/// Checks out HEAD, and puts the build script where the image has it.
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
    fs::copy(project.join(".clusterfuzzlite/build.sh"), src.join("build.sh"))
        .context("cannot copy .clusterfuzzlite/build.sh")?;
    Ok(())
}

/// The programs in a folder, by name.
fn programs(out: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for file in cargo::files_below(out)? {
        if file.metadata()?.permissions().mode() & 0o100 != 0 {
            names.push(file.file_name().unwrap_or_default().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_programs_are_counted() {
        let out = tempfile::tempdir().unwrap();
        fs::write(out.path().join("ops"), "").unwrap();
        fs::set_permissions(out.path().join("ops"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(out.path().join("ops_seed_corpus.zip"), "").unwrap();
        assert_eq!(programs(out.path()).unwrap(), ["ops"]);
    }
}
