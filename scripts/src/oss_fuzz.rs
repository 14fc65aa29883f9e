//! `scripts/oss-fuzz-build`: OSS-Fuzz's build script without Docker, and what it built.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use clap::Parser;

use crate::cargo;
use crate::fuzzing;
use crate::registry::Script;
use crate::stop::{failed, not_done};
use crate::tool;

/// Run OSS-Fuzz's build script without Docker, in a clean Debian or an empty folder, then what it built.
///
/// Checks out what is committed (HEAD) into a Debian of its own, made by debootstrap in target/oss-fuzz, runs
/// the build script of ClusterFuzzLite there, which calls that of OSS-Fuzz, with the variables that their
/// images set, and of this machine's only those that say how cargo reaches its registry; then takes sources
/// and Rust away and runs each target that lies in OUT from the seeds beside it. fuzz/oss-fuzz/README.md lists
/// what this leaves untested.
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

/// Where the build script runs.
struct Image {
    /// The root of a Debian; none for a folder.
    root: Option<PathBuf>,
    /// The folder that holds src, out and work, seen from inside.
    home: PathBuf,
    /// Cargo's and rustup's folders, on this machine and seen from inside.
    cargo: [PathBuf; 2],
    rustup: [PathBuf; 2],
}

impl Image {
    fn folder(base: &Path) -> anyhow::Result<Self> {
        for program in ["zip", "unzip", "c++"] {
            tool::require(program, "the packages zip, unzip and g++")?;
        }
        let [cargo, rustup] = homes()?;
        let home = base.join("folder");
        if home.exists() {
            fs::remove_dir_all(&home)?;
        }
        Ok(Self {
            root: None,
            home,
            cargo: [cargo.clone(), cargo],
            rustup: [rustup.clone(), rustup],
        })
    }

    fn debian(base: &Path) -> anyhow::Result<Self> {
        if !tool::is_root()? || !cfg!(target_os = "linux") {
            return not_done(
                "a Debian of its own needs root on Linux; or run scripts/oss-fuzz-build --folder",
            );
        }
        if tool::find("debootstrap").is_none() {
            eprintln!("scripts/oss-fuzz-build: installing the package debootstrap");
            if tool::find("apt-get").is_some() {
                tool::capture(tool::command("apt-get").args([
                    "-q",
                    "install",
                    "-y",
                    "--no-install-recommends",
                    "debootstrap",
                ]))?;
            }
            tool::require("debootstrap", "it, or run scripts/oss-fuzz-build --folder")?;
        }
        let root = base.join("debian");
        if !root.join("complete").exists() {
            make_debian(&root)?;
        }
        // The network's names, and the certificates that this machine trusts.
        for (from, to) in [("/etc/resolv.conf", "etc/resolv.conf"), ("/etc/hosts", "etc/hosts")] {
            let _ = fs::copy(from, root.join(to));
        }
        tool::capture(
            tool::command("cp").args(["-rL", "/etc/ssl/certs/."]).arg(root.join("etc/ssl/certs/")),
        )?;
        let [cargo, rustup] = homes()?;
        Ok(Self {
            root: Some(root),
            home: "/".into(),
            cargo: [cargo, "/rust/cargo".into()],
            rustup: [rustup, "/rust/rustup".into()],
        })
    }

    /// Where a path of the inside lies on this machine.
    fn outside(&self, path: &Path) -> PathBuf {
        match &self.root {
            Some(root) => root.join(path.strip_prefix("/").unwrap_or(path)),
            None => path.to_owned(),
        }
    }

    /// A command with an empty environment, with or without Rust. In a Debian, mounts are of this one process,
    /// and gone with it.
    fn inside(&self, program: impl Into<OsString>, rust: bool) -> Command {
        let program = program.into();
        let mut command = match &self.root {
            None => tool::command(program),
            Some(root) => {
                let mut command = tool::command("unshare");
                command
                    .args(["--mount", "--pid", "--fork", "bash", "-euc", ENTER, "bash"])
                    .arg(root);
                for home in [&self.cargo[0], &self.rustup[0]] {
                    command.arg(if rust { home.as_path() } else { Path::new("") });
                }
                command.arg(program);
                command
            }
        };
        command
            .env_clear()
            .env("PATH", "/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin")
            .env("HOME", self.home.join("work"));
        command
    }

    fn set_build_environment(
        &self,
        build: &mut Command,
        sanitizer: &str,
        src: &Path,
        out: &Path,
        work: &Path,
    ) -> anyhow::Result<()> {
        let toolchain = tool::capture(tool::command("rustup").args(["show", "active-toolchain"]))?
            .stdout_of("rustup show")?;
        let mut flags = String::from("--cfg fuzzing -Cdebuginfo=1 -Cforce-frame-pointers");
        if sanitizer != "none" {
            flags += &format!(" -Zsanitizer={sanitizer}");
        }
        build.envs(
            std::env::vars_os().filter(|(name, _)| is_about_the_registry(&name.to_string_lossy())),
        );
        build.env(
            "PATH",
            format!("{}/bin:/usr/local/bin:/usr/sbin:/sbin:/usr/bin:/bin", self.cargo[1].display()),
        );
        build.env("CARGO_HOME", &self.cargo[1]).env("RUSTUP_HOME", &self.rustup[1]);
        build.env("RUSTUP_TOOLCHAIN", toolchain.split_whitespace().next().unwrap_or_default());
        build
            .env("SRC", src)
            .env("OUT", out)
            .env("WORK", work)
            .env("SANITIZER", sanitizer)
            .env("RUSTFLAGS", flags);
        build.envs([
            ("FUZZING_ENGINE", "libfuzzer"),
            ("FUZZING_LANGUAGE", "rust"),
            ("ARCHITECTURE", "x86_64"),
        ]);
        Ok(())
    }
}

/// Enters the root that is the first argument; the next two are cargo's and rustup's folders, or empty.
const ENTER: &str = r#"
root=$1 cargo=$2 rustup=$3; shift 3
mkdir -p "$root"/proc "$root"/dev "$root"/rust/cargo "$root"/rust/rustup
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
if [ -n "$cargo" ]; then
  mount --bind "$cargo" "$root/rust/cargo"
  mount --bind "$rustup" "$root/rust/rustup"
fi
exec chroot "$root" "$@""#;

/// Cargo's and rustup's folders on this machine.
fn homes() -> anyhow::Result<[PathBuf; 2]> {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let folder = |variable: &str, name: &str| {
        std::env::var_os(variable).map_or_else(|| home.join(name), PathBuf::from)
    };
    let homes = [folder("CARGO_HOME", ".cargo"), folder("RUSTUP_HOME", ".rustup")];
    ensure!(
        homes.iter().all(|home| home.is_dir()),
        "{} or {} is no folder",
        homes[0].display(),
        homes[1].display()
    );
    Ok(homes)
}

fn make_debian(root: &Path) -> anyhow::Result<()> {
    eprintln!("scripts/oss-fuzz-build: making a Debian in {} (some two minutes)", root.display());
    if root.exists() {
        fs::remove_dir_all(root)?;
    }
    let suite = suite(&fs::read_to_string("/etc/os-release").unwrap_or_default());
    let mut make = tool::command("debootstrap");
    make.args([
        "--variant=minbase",
        "--include=ca-certificates,zip,unzip,gcc,g++,libc6-dev",
        &suite,
    ])
    .arg(root);
    let ran = tool::capture(&mut make)?;
    if !ran.status.success() {
        return not_done(format!(
            "debootstrap failed; or run scripts/oss-fuzz-build --folder\n{}",
            tool::last_lines(&(ran.stdout + &ran.stderr), 5)
        ));
    }
    Ok(fs::write(root.join("complete"), "")?)
}

/// The suite of this machine, if it is a Debian.
fn suite(release: &str) -> String {
    let field = |name: &str| {
        release
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
            .map(|value| value.trim_matches('"'))
    };
    if field("ID") == Some("debian") {
        field("VERSION_CODENAME").unwrap_or("stable").into()
    } else {
        "stable".into()
    }
}

/// The variables that the build inherits: the way to the registry, and how long a try may take. No secrets.
fn is_about_the_registry(name: &str) -> bool {
    let upper = name.to_uppercase();
    let proxy =
        ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE"].contains(&&*upper);
    let cargo = ["HTTP", "NET", "REGISTR", "SOURCE", "PROFILE_RELEASE"]
        .iter()
        .any(|part| upper.starts_with(&format!("CARGO_{part}")));
    proxy || cargo && !upper.contains("TOKEN") && !upper.contains("CREDENTIAL")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_enter_the_build() {
        for name in [
            "https_proxy",
            "NO_PROXY",
            "CARGO_HTTP_CAINFO",
            "CARGO_REGISTRIES_X_INDEX",
            "CARGO_PROFILE_RELEASE_LTO",
        ] {
            assert!(is_about_the_registry(name), "{name}");
        }
        for name in [
            "CARGO_REGISTRY_TOKEN",
            "CARGO_REGISTRIES_X_CREDENTIAL_PROVIDER",
            "RUSTFLAGS",
            "CARGO_HOME",
            "AWS_SECRET",
        ] {
            assert!(!is_about_the_registry(name), "{name}");
        }
    }

    #[test]
    fn the_suite_is_the_machines() {
        assert_eq!(suite("ID=debian\nVERSION_CODENAME=bookworm\n"), "bookworm");
        assert_eq!(suite("ID=\"ubuntu\"\nVERSION_CODENAME=noble\n"), "stable");
    }

    #[test]
    fn paths_of_the_inside_lie_below_the_root() {
        let homes = ["/c".into(), "/rust/cargo".into()];
        let image = Image {
            root: Some("/t/debian".into()),
            home: "/".into(),
            cargo: homes.clone(),
            rustup: homes,
        };
        assert_eq!(image.outside(Path::new("/src/memoman")), Path::new("/t/debian/src/memoman"));
    }

    #[test]
    fn only_programs_are_counted() {
        let out = tempfile::tempdir().unwrap();
        fs::write(out.path().join("ops"), "").unwrap();
        fs::set_permissions(out.path().join("ops"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(out.path().join("ops_seed_corpus.zip"), "").unwrap();
        assert_eq!(programs(out.path()).unwrap(), ["ops"]);
    }
}
