//! After the fuzzing: merge, triage, distil, explore, and the summary.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::night::{Night, date_now};
use super::summary;
use crate::cargo::{self, Rustc};
use crate::fuzzing;
use crate::interrupt;
use crate::stop::failed;
use crate::tool::{self, counted};

/// What is done after the fuzzing.
pub(super) struct Options {
    pub(super) seconds: u64,
    pub(super) distil: bool,
    pub(super) explore: bool,
}

impl Night {
    /// Everything after the fuzzing.
    pub(super) fn sweep(&mut self, options: &Options) -> anyhow::Result<()> {
        eprintln!("scripts/overnight: merging and triaging");
        let done = self.tidy(options);
        if interrupt::requests() > 0 {
            // The summary has what was done until then.
            self.summary.stopped = true;
            interrupt::acknowledge();
        } else {
            done?;
        }
        self.summary.ended = date_now()?;
        self.summary.setting = self.setting()?;
        self.summary.again = format!(
            "scripts/overnight --seconds {} --targets {}",
            options.seconds,
            self.targets().join(",")
        );
        let text = self.summary.render();
        let path = self.folder.join("summary.md");
        fs::write(&path, &text)?;
        let _ = fs::remove_dir_all(self.folder.join("scratch"));
        print!("{text}");
        eprintln!("scripts/overnight: summary: {}", path.display());
        if self.summary.stopped {
            return self.interrupted();
        }
        if self.summary.findings > 0 {
            return failed(counted(self.summary.findings, "finding"));
        }
        if self.incomplete {
            bail!("not all of it was done: see the notes in the table");
        }
        Ok(())
    }

    fn tidy(&mut self, options: &Options) -> anyhow::Result<()> {
        for (index, target) in self.targets().iter().enumerate() {
            self.merge(index, target)?;
        }
        self.triage()?;
        self.try_in_fuzzer()?;
        for (index, target) in self.targets().iter().enumerate() {
            if options.distil && fuzzing::committed(target).is_dir() {
                self.distil(index, target)?;
            }
        }
        if options.explore {
            self.explore()?;
        }
        Ok(())
    }

    /// Replaces fuzz/corpus/TARGET by the fewest inputs with its coverage.
    fn merge(&mut self, index: usize, target: &str) -> anyhow::Result<()> {
        let dirs = fuzzing::corpora(target)?;
        let merged = self.folder.join("merged");
        fs::create_dir(&merged)?;
        let mut merge = tool::command(self.program(target));
        merge
            .arg("-set_cover_merge=1")
            .arg(format!("-artifact_prefix={}/", self.folder.join("scratch").display()));
        let ran = tool::capture(merge.arg(&merged).args(&dirs))?;
        fs::write(
            self.folder.join(format!("{target}.merge.log")),
            format!("{}{}", ran.stdout, ran.stderr),
        )?;
        if ran.status.success() {
            for file in cargo::files_below(&merged)? {
                // The committed ones are there anyway.
                if file
                    .file_name()
                    .is_some_and(|name| fuzzing::committed(target).join(name).exists())
                {
                    fs::remove_file(&file)?;
                }
            }
            let old = self.folder.join(format!("corpus-{target}"));
            replace(&dirs[0], &merged, &old)?;
            fs::remove_dir_all(&old)?;
        } else {
            self.note(index, &format!("not merged; see {target}.merge.log"));
            fs::remove_dir_all(&merged)?;
        }
        let coverage = self.with_fuzzer(target, |fuzzer| fuzzer.coverage())?;
        let row = &mut self.summary.rows[index];
        row.coverage[1] = coverage;
        row.found[1] = fuzzing::count(&dirs[0]);
        Ok(())
    }

    /// The copies of what this night found of a target: earlier artifacts were triaged in their own nights.
    fn artifacts(&self, target: &str) -> PathBuf {
        self.folder.join("artifacts").join(target)
    }

    fn triage(&mut self) -> anyhow::Result<()> {
        let mut folders = Vec::new();
        for target in self.targets() {
            let folder = self.artifacts(&target);
            fs::create_dir_all(&folder)?;
            for file in
                fuzzing::written_since(&Path::new("fuzz/artifacts").join(&target), self.began)
            {
                fs::copy(&file, folder.join(file.file_name().context("a file without a name")?))?;
            }
            if has_triage(&target) {
                folders.push(folder);
            }
        }
        if folders.is_empty() {
            return Ok(());
        }
        let night = self.folder.join("night.json");
        fs::write(&night, self.summary.night())?;
        let mut triage = tool::command(self.program("oracle"));
        triage.args(["triage", "--out"]).arg(self.folder.join("findings"));
        triage.arg("--night").arg(night).args(folders);
        let ran = tool::capture(&mut triage)?;
        fs::write(self.folder.join("triage.md"), &ran.stdout)?;
        fs::write(self.folder.join("triage.log"), &ran.stderr)?;
        self.summary.findings += match ran.status.code() {
            Some(0) => 0,
            Some(1) => summary::distinct(&ran.stdout).unwrap_or(1),
            _ => {
                eprintln!("{}", tool::last_lines(&ran.stderr, 20));
                1
            }
        };
        self.summary.triage = ran.stdout;
        Ok(())
    }

    /// What triage passes, and what is of other targets, is tried in the fuzzer itself.
    fn try_in_fuzzer(&mut self) -> anyhow::Result<()> {
        let mut files: Vec<PathBuf> =
            summary::agreeing(&self.summary.triage).map(PathBuf::from).collect();
        for target in self.targets().iter().filter(|target| !has_triage(target)) {
            files.extend(cargo::files_below(&self.artifacts(target))?);
        }
        for file in files {
            let folder =
                file.parent().and_then(Path::file_name).context("an artifact without a target")?;
            let target = folder.to_string_lossy().into_owned();
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let mut run = tool::command(self.program(&target));
            run.args(["-timeout=60", "-artifact_prefix="]).arg(&file).env("RUST_BACKTRACE", "0");
            run.current_dir(self.folder.join("scratch"));
            let ran = tool::capture(&mut run)?;
            if ran.status.success() {
                continue;
            }
            self.summary.findings += 1;
            let sanitizer = if self.sanitizer == "address" {
                String::new()
            } else {
                format!("SANITIZER={} ", self.sanitizer)
            };
            let _ = write!(
                self.summary.only_in_fuzzer,
                "- `fuzz/artifacts/{target}/{name}`: {}\n  See it again: `{sanitizer}scripts/fuzz {target} fuzz/artifacts/{target}/{name}`\n",
                first_words(&ran.stderr)
            );
        }
        Ok(())
    }

    fn distil(&mut self, index: usize, target: &str) -> anyhow::Result<()> {
        if self.summary.findings > 0 {
            self.summary.rows[index].notes.push("not distilled, as there are findings".into());
            return Ok(());
        }
        let ran = tool::capture(tool::command("scripts/distil").arg(target))?;
        fs::write(
            self.folder.join(format!("{target}.distil.log")),
            format!("{}{}", ran.stdout, ran.stderr),
        )?;
        if ran.status.success() {
            self.summary.rows[index].committed[1] = fuzzing::count(&fuzzing::committed(target));
        } else {
            self.note(index, &format!("not distilled; see {target}.distil.log"));
        }
        Ok(())
    }

    fn explore(&mut self) -> anyhow::Result<()> {
        eprintln!("scripts/overnight: exploring");
        let ran = tool::capture(
            tool::command(self.program("oracle")).args(["explore", "--known", "all"]),
        )?;
        let printed = format!("{}{}", ran.stderr, ran.stdout);
        fs::write(self.folder.join("explore.log"), &printed)?;
        let last = tool::last_lines(&printed, 1);
        self.summary.explored = Some(if ran.status.success() {
            last
        } else {
            self.summary.findings += 1;
            format!("{}: {last}", ran.status)
        });
        Ok(())
    }

    /// Commit, jobs, machine, compiler.
    fn setting(&self) -> anyhow::Result<String> {
        let git = |arguments: &[&str]| {
            Ok::<_, anyhow::Error>(
                tool::capture(tool::command("git").args(arguments))?.stdout.trim().to_owned(),
            )
        };
        let mut commit = git(&["rev-parse", "--short", "HEAD"])?;
        if !git(&["status", "--porcelain", "--untracked-files=no", "--", ".", ":!corpus"])?
            .is_empty()
        {
            commit += ", with changes";
        }
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let (processor, memory) = machine(&read("/proc/cpuinfo"), &read("/proc/meminfo"));
        Ok(format!(
            "commit {commit}; {} jobs on {} processors\nof {processor}, {memory} GiB; sanitizer: {}; {}",
            self.jobs,
            tool::processors(),
            self.sanitizer,
            Rustc::ask()?.version
        ))
    }
}

/// Puts one folder in place of another, which is kept as `old`. Between the two renames, neither is in place.
fn replace(folder: &Path, by: &Path, old: &Path) -> anyhow::Result<()> {
    fs::rename(folder, old)?;
    fs::rename(by, folder).with_context(|| {
        format!(
            "cannot move {} to {}; the old one is {}",
            by.display(),
            folder.display(),
            old.display()
        )
    })
}

/// Whether `oracle triage` reads the inputs of a target.
fn has_triage(target: &str) -> bool {
    ["ops", "large", "misuse"].contains(&target)
}

/// The processor's name, and the memory in GiB.
fn machine(cpuinfo: &str, meminfo: &str) -> (String, u64) {
    let name = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let memory = meminfo.lines().find_map(|line| {
        line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok()
    });
    (name.map_or("an unknown processor", |(_, name)| name).to_owned(), memory.unwrap_or(0) >> 20)
}

/// Where a fuzzer's output says what happened: the line that names it and the next one, 240 characters at most.
fn first_words(printed: &str) -> String {
    let words = ["ERROR", "panicked", "SUMMARY", "ALARM"];
    let lines = printed.lines().skip_while(|line| !words.iter().any(|word| line.contains(word)));
    lines.take(2).collect::<Vec<_>>().join(" ").chars().take(240).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_is_named() {
        let cpuinfo = "processor\t: 0\nmodel name\t: A Processor\nmodel name\t: B\n";
        assert_eq!(machine(cpuinfo, "MemTotal:       25165824 kB\n"), ("A Processor".into(), 24));
        assert_eq!(machine("", ""), ("an unknown processor".into(), 0));
    }

    #[test]
    fn the_first_words_of_a_failure_are_quoted() {
        let printed = "INFO: seed\n==1==ERROR: AddressSanitizer: heap-buffer-overflow\nREAD of size 8\n#0 0x1\n";
        assert_eq!(
            first_words(printed),
            "==1==ERROR: AddressSanitizer: heap-buffer-overflow READ of size 8"
        );
        assert_eq!(first_words("x"), "");
    }

    #[test]
    fn a_folder_is_replaced_and_the_old_one_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["corpus", "merged"] {
            fs::create_dir(path(name)).unwrap();
            fs::write(path(name).join(name), "").unwrap();
        }
        replace(&path("corpus"), &path("merged"), &path("old")).unwrap();
        assert!(path("corpus/merged").exists() && path("old/corpus").exists());
    }
}
