//! Where the build script runs: a Debian of its own, or a folder.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::ensure;

use crate::stop::not_done;
use crate::tool;

/// Where the build script runs.
pub(super) struct Image {
    /// The root of a Debian; none for a folder.
    root: Option<PathBuf>,
    /// The folder that holds src, out and work, seen from inside.
    pub(super) home: PathBuf,
    /// Cargo's and rustup's folders, on this machine and seen from inside.
    cargo: [PathBuf; 2],
    rustup: [PathBuf; 2],
}

impl Image {
    pub(super) fn folder(base: &Path) -> anyhow::Result<Self> {
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

    pub(super) fn debian(base: &Path) -> anyhow::Result<Self> {
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
    pub(super) fn outside(&self, path: &Path) -> PathBuf {
        match &self.root {
            Some(root) => root.join(path.strip_prefix("/").unwrap_or(path)),
            None => path.to_owned(),
        }
    }

    /// A command with an empty environment, with or without Rust. In a Debian, mounts are of this one process,
    /// and gone with it.
    pub(super) fn inside(&self, program: impl Into<OsString>, rust: bool) -> Command {
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

    pub(super) fn set_build_environment(
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
}
