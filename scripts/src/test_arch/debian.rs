//! Debian packages by apt, downloaded and unpacked into a folder: nothing is installed, and the state of apt
//! and dpkg is not touched.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::stop::not_done;
use crate::tool;

/// apt with lists and downloads of its own, for amd64 and i386.
pub(super) struct Apt {
    toolchain: PathBuf,
    user: String,
}

impl Apt {
    /// Reads the package lists.
    pub(super) fn new(toolchain: &Path) -> anyhow::Result<Self> {
        for program in ["apt-get", "apt-cache", "dpkg", "dpkg-query"] {
            tool::require(program, "apt (the C library for i386 comes as Debian packages)")?;
        }
        let user =
            tool::capture(tool::command("id").arg("-un"))?.stdout_of("id -un")?.trim().to_owned();
        let apt = Self { toolchain: toolchain.to_owned(), user };
        fs::create_dir_all(apt.state().join("lists/partial"))?;
        fs::create_dir_all(apt.state().join("cache/archives/partial"))?;
        eprintln!("scripts/test-arch: reading apt's package lists, of amd64 and i386");
        let ran = tool::capture(apt.command("apt-get").arg("update"))?;
        fs::write(apt.log(), format!("{}{}", ran.stdout, ran.stderr))?;
        if !ran.status.success() {
            eprintln!(
                "scripts/test-arch: some package lists are not available (see {}); continuing without them",
                apt.log().display()
            );
        }
        Ok(apt)
    }

    fn state(&self) -> PathBuf {
        self.toolchain.join("apt")
    }

    fn log(&self) -> PathBuf {
        self.toolchain.join("apt.log")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = tool::command(program);
        let options = [
            "APT::Architectures::=i386".into(),
            format!("Dir::State::lists={}", self.state().join("lists").display()),
            format!("Dir::Cache={}", self.state().join("cache").display()),
            format!("APT::Sandbox::User={}", self.user),
            "Acquire::Languages=none".into(),
            "Acquire::Retries=3".into(),
            "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false".into(),
        ];
        command.arg("-q");
        for option in options {
            command.args(["-o", &option]);
        }
        command
    }

    /// A rustc of 1.85 or newer, as NAME and VERSION, if one is offered.
    pub(super) fn rustc(&self) -> anyhow::Result<Option<(&'static str, String)>> {
        for name in ["rustc-web", "rustc"] {
            let printed = tool::capture(self.command("apt-cache").args(["policy", name]))?.stdout;
            if let Some(version) = candidate(&printed) {
                let mut compare = tool::command("dpkg");
                if tool::status(compare.args(["--compare-versions", version, "ge", "1.85"]))?
                    .success()
                {
                    return Ok(Some((name, version.to_owned())));
                }
            }
        }
        Ok(None)
    }

    /// A compiler and what it depends on, except what this machine has. The library of Rust is never taken
    /// from the machine: compiler and library must be of one build.
    pub(super) fn with_dependencies(
        &self,
        compiler: &str,
        version: &str,
    ) -> anyhow::Result<Vec<String>> {
        let depends = |package: &str| {
            let mut depends = self.command("apt-cache");
            depends.args([
                "depends",
                "--no-recommends",
                "--no-suggests",
                "--no-conflicts",
                "--no-breaks",
                "--no-replaces",
                "--no-enhances",
                package,
            ]);
            Ok(dependencies(&tool::capture(&mut depends)?.stdout_of("apt-cache depends")?))
        };
        let installed = |package: &str| {
            let mut query = tool::command("dpkg-query");
            Ok(tool::capture(query.args(["-W", "-f", "${db:Status-Abbrev}", package]))?.stdout
                == "ii ")
        };
        let wanted = closure(compiler, depends, installed)?;
        Ok(wanted.iter().flat_map(|package| pinned(package, compiler, version)).collect())
    }

    /// Downloads packages and unpacks them into `sysroot`.
    pub(super) fn unpack(&self, packages: &[String], sysroot: &Path) -> anyhow::Result<()> {
        eprintln!("scripts/test-arch: downloading {}", packages.join(" "));
        let debs = self.toolchain.join("debs");
        for folder in [&*debs, sysroot] {
            if folder.exists() {
                fs::remove_dir_all(folder)?;
            }
            fs::create_dir_all(folder)?;
        }
        let ran = tool::capture(
            self.command("apt-get").arg("download").args(packages).current_dir(&debs),
        )?;
        if !ran.status.success() {
            fs::write(self.log(), format!("{}{}", ran.stdout, ran.stderr))?;
            let errors: Vec<_> =
                ran.stderr.lines().filter(|line| line.starts_with("E:")).take(5).collect();
            return not_done(format!(
                "the download of Debian packages failed (all of it: {}):\n{}",
                self.log().display(),
                errors.join("\n")
            ));
        }
        for entry in fs::read_dir(&debs)? {
            tool::capture(tool::command("dpkg").arg("-x").arg(entry?.path()).arg(sysroot))?
                .stdout_of("dpkg -x")?;
        }
        fs::remove_dir_all(&debs)?;
        fs::remove_dir_all(self.state()).context("cannot remove apt's lists")
    }
}

/// The candidate version in what `apt-cache policy` prints.
fn candidate(printed: &str) -> Option<&str> {
    printed
        .lines()
        .find_map(|line| line.trim().strip_prefix("Candidate: "))
        .filter(|version| *version != "(none)")
}

/// The packages in what `apt-cache depends` prints; virtual ones stand in angle brackets.
fn dependencies(printed: &str) -> Vec<String> {
    let names = printed.lines().filter_map(|line| {
        line.strip_prefix("  Depends: ").or_else(|| line.strip_prefix("  PreDepends: "))
    });
    names
        .filter(|name| name.starts_with(|first: char| first.is_ascii_lowercase()))
        .map(str::to_owned)
        .collect()
}

/// A package and what it needs, in the order in which they are met.
fn closure(
    first: &str,
    depends: impl Fn(&str) -> anyhow::Result<Vec<String>>,
    installed: impl Fn(&str) -> anyhow::Result<bool>,
) -> anyhow::Result<Vec<String>> {
    let mut wanted = Vec::new();
    let mut open = vec![first.to_owned()];
    while let Some(package) = open.pop() {
        if wanted.contains(&package) {
            continue;
        }
        for needed in depends(&package)?.into_iter().rev() {
            if needed.starts_with("libstd-rust") || !installed(&needed)? {
                open.push(needed);
            }
        }
        wanted.push(package);
    }
    Ok(wanted)
}

/// A package as apt downloads it: of the compiler's version, and the library for i386, too.
fn pinned(package: &str, compiler: &str, version: &str) -> Vec<String> {
    if package.starts_with("libstd-rust") && package.ends_with("-dev") {
        vec![format!("{package}={version}"), format!("{package}:i386={version}")]
    } else if package.starts_with("libstd-rust") || package == compiler {
        vec![format!("{package}={version}")]
    } else {
        vec![package.to_owned()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_candidate_is_read() {
        assert_eq!(
            candidate("rustc:\n  Installed: (none)\n  Candidate: 1.85.0+dfsg3\n"),
            Some("1.85.0+dfsg3")
        );
        assert_eq!(candidate("rustc:\n  Candidate: (none)\n"), None);
        assert_eq!(candidate(""), None);
    }

    #[test]
    fn dependencies_are_real_packages() {
        let printed = "rustc\n  Depends: libc6\n |Depends: gcc\n  PreDepends: init\n  Depends: <c-compiler>\n    gcc\n";
        assert_eq!(dependencies(printed), ["libc6", "init"]);
    }

    #[test]
    fn what_is_installed_is_left_out_but_for_the_library_of_rust() {
        let depends = |package: &str| {
            let names: &[&str] = match package {
                "rustc" => &["libc6", "libstd-rust-1.85", "libllvm19"],
                "libstd-rust-1.85" => &["libc6", "rustc"],
                _ => &[],
            };
            Ok(names.iter().map(ToString::to_string).collect())
        };
        let wanted = closure("rustc", depends, |package| Ok(package != "libllvm19")).unwrap();
        assert_eq!(wanted, ["rustc", "libstd-rust-1.85", "libllvm19"]);
    }

    #[test]
    fn compiler_and_library_are_of_one_version() {
        assert_eq!(pinned("rustc", "rustc", "1.85"), ["rustc=1.85"]);
        assert_eq!(
            pinned("libstd-rust-dev", "rustc", "1.85"),
            ["libstd-rust-dev=1.85", "libstd-rust-dev:i386=1.85"]
        );
        assert_eq!(pinned("libllvm19", "rustc", "1.85"), ["libllvm19"]);
    }
}
