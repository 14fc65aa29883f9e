//! Builds a project as the images do, and runs what was built.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::image::Image;
use crate::stop::failed;
use crate::{cargo, fuzzing, tool};

/// How projects are built and run.
pub(super) struct Build {
    pub(super) image: Image,
    /// The folder of the logs.
    pub(super) base: PathBuf,
    pub(super) sanitizer: String,
    /// How long a target runs.
    pub(super) seconds: u32,
}

/// What the images call SRC, OUT and WORK, seen from inside.
pub(super) struct Places {
    pub(super) src: PathBuf,
    pub(super) out: PathBuf,
    pub(super) work: PathBuf,
}

impl Places {
    /// Empty ones.
    pub(super) fn new(image: &Image) -> anyhow::Result<Self> {
        let [src, out, work] = ["src", "out", "work"].map(|name| image.home.join(name));
        for folder in [&src, &out, &work] {
            empty(&image.outside(folder))?;
        }
        Ok(Self { src, out, work })
    }

    /// The same sources, with places of its own for what is built from them.
    pub(super) fn planted(&self, image: &Image) -> anyhow::Result<Self> {
        let [out, work] = ["out-planted", "work-planted"].map(|name| image.home.join(name));
        for folder in [&out, &work] {
            empty(&image.outside(folder))?;
        }
        Ok(Self { src: self.src.clone(), out, work })
    }
}

/// Makes an empty folder.
fn empty(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    Ok(fs::create_dir_all(folder)?)
}

/// How a target has run.
pub(super) struct Run {
    pub(super) seeds: usize,
    pub(super) has_passed: bool,
    pub(super) printed: String,
}

impl Run {
    pub(super) fn summary(&self) -> String {
        let mut lines = self.printed.lines();
        let seconds = lines.find_map(|line| line.strip_prefix("Done ")?.strip_suffix(" second(s)"));
        format!("{} seeds, {} s", self.seeds, seconds.unwrap_or("?"))
    }
}

impl Build {
    /// Runs build.sh in SRC as the images do, with the project's folder as the working directory.
    pub(super) fn build(
        &self,
        Places { src, out, work }: &Places,
        project: &str,
    ) -> anyhow::Result<()> {
        let (image, base) = (&self.image, &self.base);
        eprintln!("scripts/oss-fuzz-build: building, in {}", image.outside(&image.home).display());
        let mut build = image.inside("bash", true);
        build.args(["-eux"]).arg(src.join("build.sh"));
        image.set_build_environment(&mut build, &self.sanitizer, src, out, work)?;
        let log = base.join("build.log");
        let ran = tool::capture(&mut build)?;
        fs::write(&log, format!("{}{}", ran.stdout, ran.stderr))?;
        if !ran.status.success() {
            return failed(format!(
                "build.sh of {project} failed; its log: {}\n{}",
                log.display(),
                tool::last_lines(&ran.stderr, 20)
            ));
        }
        Ok(())
    }

    /// Runs a target from its seeds, with its options.
    pub(super) fn run_target(&self, target: &str, out: &Path, work: &Path) -> anyhow::Result<Run> {
        let image = &self.image;
        let corpus = work.join(target);
        fs::create_dir_all(image.outside(&corpus))?;
        let seeds = out.join(format!("{target}_seed_corpus.zip"));
        if image.outside(&seeds).is_file() {
            let mut unzip = image.inside("unzip", false);
            unzip.arg("-q").arg(&seeds).arg("-d").arg(&corpus);
            tool::capture(&mut unzip)?.stdout_of("unzip")?;
        }
        let seeds = fuzzing::count(&image.outside(&corpus));
        let options = image.outside(&out.join(format!("{target}.options")));
        let mut run = image.inside(out.join(target), false);
        run.args(options_in(&fs::read_to_string(options).unwrap_or_default()))
            .arg(format!("-max_total_time={}", self.seconds))
            .arg(format!("-artifact_prefix={}/", work.display()))
            .arg(&corpus);
        let ran = tool::capture(&mut run)?;
        Ok(Run { seeds, has_passed: ran.status.success(), printed: ran.stdout + &ran.stderr })
    }
}

/// The arguments that a file of options has for libFuzzer.
fn options_in(text: &str) -> Vec<String> {
    let section = text.split("[libfuzzer]").nth(1).unwrap_or_default();
    let lines = section.lines().skip(1).take_while(|line| !line.starts_with('['));
    let pairs = lines.filter_map(|line| line.split_once('='));
    pairs.map(|(name, value)| format!("-{}={}", name.trim(), value.trim())).collect()
}

/// The programs in a folder, by name.
pub(super) fn programs(out: &Path) -> anyhow::Result<Vec<String>> {
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

    #[test]
    fn options_are_libfuzzers_arguments() {
        let text = "[asan]\nleak=0\n[libfuzzer]\nmax_len = 4096\n\ntimeout=10\n[env]\nA=1\n";
        assert_eq!(options_in(text), ["-max_len=4096", "-timeout=10"]);
        assert!(options_in("").is_empty());
    }
}
