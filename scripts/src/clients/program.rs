//! The programs, and how each is found and started.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::stop::not_done;
use crate::tool;

/// A program that runs on the preloaded malloc.
pub(super) struct Program {
    pub(super) name: &'static str,
    /// What the programs of its workload are called, and the Debian packages that have them.
    needs: &'static [(&'static str, &'static str)],
    /// Without it, `scripts/clients` fails.
    pub(super) required: bool,
    /// The name of the workload's file, and its text.
    workload: (&'static str, &'static str),
    /// What runs the workload. `{}` is the file.
    arguments: &'static [&'static str],
    /// What the work is, for the table.
    pub(super) work: &'static str,
    /// At least one process of this name must have checked its heap.
    pub(super) process: &'static str,
}

macro_rules! workload {
    ($name:literal) => {
        ($name, include_str!(concat!("workloads/", $name)))
    };
}

pub(super) const PROGRAMS: [Program; 6] = [
    Program {
        name: "sqlite3",
        needs: &[("sqlite3", "sqlite3")],
        required: true,
        workload: workload!("sqlite.sql"),
        arguments: &["sqlite3", "-batch", ":memory:", ".read {}"],
        work: "a database in memory",
        process: "sqlite3",
    },
    Program {
        name: "python3",
        needs: &[("python3", "python3")],
        required: true,
        workload: workload!("python.py"),
        arguments: &["python3", "{}"],
        work: "its own tests",
        process: "python3",
    },
    Program {
        name: "perl",
        needs: &[("perl", "perl")],
        required: true,
        workload: workload!("perl.pl"),
        arguments: &["perl", "{}"],
        work: "hashes, substitution, objects",
        process: "perl",
    },
    Program {
        name: "git",
        needs: &[("git", "git"), ("awk", "mawk")],
        required: true,
        workload: workload!("git.sh"),
        arguments: &["sh", "{}"],
        work: "300 commits, merged and packed",
        process: "git",
    },
    Program {
        name: "gcc",
        needs: &[("gcc", "gcc"), ("g++", "g++"), ("awk", "mawk")],
        required: true,
        workload: workload!("gcc.sh"),
        arguments: &["sh", "{}"],
        work: "a program in C and one in C++",
        process: "cc1plus",
    },
    Program {
        name: "node",
        needs: &[("node", "nodejs")],
        required: false,
        workload: workload!("node.js"),
        arguments: &["node", "{}"],
        work: "JSON, compression, worker threads",
        process: "node",
    },
];

/// At least so many of Python's own tests must run.
pub(super) const PYTHON_TESTS: usize = 500;

/// A program that this machine has.
pub(super) struct Found {
    /// In place of the first argument.
    executable: PathBuf,
}

impl Program {
    /// Finds the program; installs it where apt can.
    ///
    /// # Errors
    /// It is missing and cannot be installed: [`crate::stop::Stop::NotDone`].
    pub(super) fn find(&self) -> anyhow::Result<Found> {
        for (program, package) in self.needs {
            if tool::find(program).is_none() {
                install(&[package])?;
                tool::require(program, &format!("the package {package}"))?;
            }
        }
        let executable = match self.name {
            "python3" => python()?,
            _ => tool::require(self.arguments[0], self.name)?,
        };
        Ok(Found { executable })
    }

    /// A command that runs the workload in `folder`, a new one.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub(super) fn command(&self, found: &Found, folder: &Path) -> anyhow::Result<Command> {
        let (name, text) = self.workload;
        let (work, file) = (folder.join("work"), folder.join(name));
        if work.exists() {
            fs::remove_dir_all(&work)?;
        }
        fs::create_dir_all(&work)?;
        fs::write(&file, text)?;
        let mut command = tool::command(&found.executable);
        let file = file.display().to_string();
        command.args(self.arguments[1..].iter().map(|part| part.replace("{}", &file)));
        command.current_dir(&work).env_clear().envs(environment(&work));
        Ok(command)
    }
}

/// The same in each run: what programs print must not depend on a seed, a place or a language.
fn environment(work: &Path) -> Vec<(&'static str, OsString)> {
    let mut environment: Vec<(&str, OsString)> = vec![
        ("PATH", std::env::var_os("PATH").unwrap_or_default()),
        ("HOME", work.into()),
        ("TMPDIR", work.into()),
    ];
    for (name, value) in [
        ("LC_ALL", "C.UTF-8"),
        ("TZ", "UTC"),
        ("PERL_HASH_SEED", "0"),
        ("PYTHONHASHSEED", "0"),
        ("PYTHONDONTWRITEBYTECODE", "1"),
        // All of Python's objects, which otherwise come from arenas of its own.
        ("PYTHONMALLOC", "malloc"),
    ] {
        environment.push((name, value.into()));
    }
    environment
}

/// A Python that has its own tests: the one on `PATH`, or Debian's.
fn python() -> anyhow::Result<PathBuf> {
    const ASK: &str = "import sys, test.test_list, test.test_json; print(sys.executable)";
    let ask = |python: &str| -> anyhow::Result<Option<PathBuf>> {
        let Some(python) = tool::find(python) else { return Ok(None) };
        // (On PATH may be a script that starts the real one.)
        let ran = tool::capture(tool::command(python).args(["-c", ASK]))?;
        Ok(ran.status.success().then(|| ran.stdout.trim().into()))
    };
    for python in ["python3", "/usr/bin/python3"] {
        if let Some(found) = ask(python)? {
            return Ok(found);
        }
    }
    install(&["python3", "libpython3-testsuite"])?;
    match ask("/usr/bin/python3")? {
        Some(found) => Ok(found),
        None => {
            not_done("python3 has no tests of its own; install the package libpython3-testsuite")
        }
    }
}

/// Installs Debian packages, if this is root and has apt.
fn install(packages: &[&str]) -> anyhow::Result<()> {
    if tool::find("apt-get").is_none() || !tool::is_root()? {
        return not_done(format!("this machine lacks the package {}", packages.join(" ")));
    }
    eprintln!("scripts/clients: installing {}", packages.join(" "));
    let apt = |arguments: &[&str]| {
        tool::capture(
            tool::command("apt-get")
                .arg("-q")
                .args(arguments)
                .env("DEBIAN_FRONTEND", "noninteractive"),
        )
    };
    let with = [&["install", "-y", "--no-install-recommends"], packages].concat();
    // The lists may be missing or old.
    if !apt(&with)?.status.success() && apt(&["update"])?.status.success() {
        let ran = apt(&with)?;
        if !ran.status.success() {
            return not_done(format!(
                "apt-get cannot install {}:\n{}",
                packages.join(" "),
                tool::last_lines(&ran.stderr, 5)
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_program_has_a_name_of_its_own_and_reads_its_workload() {
        for (at, program) in PROGRAMS.iter().enumerate() {
            assert!(PROGRAMS[..at].iter().all(|other| other.name != program.name));
            assert!(program.arguments.iter().any(|part| part.contains("{}")), "{}", program.name);
        }
    }

    #[test]
    fn a_command_starts_in_an_empty_folder_without_this_environment() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("work/left")).unwrap();
        let found = Found { executable: "/bin/sh".into() };
        let git = PROGRAMS.iter().find(|program| program.name == "git").unwrap();
        let command = git.command(&found, folder.path()).unwrap();
        assert_eq!(fs::read_dir(folder.path().join("work")).unwrap().count(), 0);
        assert!(fs::read_to_string(folder.path().join("git.sh")).unwrap().contains("git init"));
        assert_eq!(command.get_args().count(), 1);
        assert!(command.get_envs().any(|(name, _)| name == "PERL_HASH_SEED"));
        assert!(command.get_envs().all(|(name, _)| name != "LD_PRELOAD"));
    }
}
