//! Running cargo-mutants stage by stage, and keeping each verdict as it falls.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde::Deserialize;

use super::ledger::{self, Verdict, Verdicts};
use super::listing::Mutant;
use super::summary::LAST_STAGE;
use crate::cargo::{FEATURES, cargo};
use crate::tool;

/// The tests before which a stage puts the mutants.
struct Stage {
    what: &'static str,
    options: Vec<String>,
}

/// The folder target/mutants: the ledger, and a folder for each stage.
pub(super) struct Work {
    pub(super) folder: PathBuf,
    pub(super) stamp: String,
    pub(super) jobs: u32,
}

impl Work {
    pub(super) fn ledger(&self) -> PathBuf {
        self.folder.join("ledger")
    }

    fn stage(&self, number: u8) -> PathBuf {
        self.folder.join(format!("stage{number}"))
    }

    pub(super) fn verdicts(&self) -> Verdicts {
        Verdicts::read(&fs::read_to_string(self.ledger()).unwrap_or_default(), &self.stamp)
    }

    /// Forgets earlier verdicts.
    pub(super) fn forget(&self) -> anyhow::Result<()> {
        for path in (0..=LAST_STAGE).map(|number| self.stage(number)).filter(|path| path.exists()) {
            fs::remove_dir_all(&path)
                .with_context(|| format!("cannot remove {}", path.display()))?;
        }
        fs::write(self.ledger(), "").context("cannot empty the ledger")
    }

    /// Runs all stages over what is due. Whatever ends this, the verdicts that fell are in the ledger.
    pub(super) fn run(&self, chosen: &[Mutant], all: &[Mutant]) -> anyhow::Result<()> {
        // Of a run that was killed.
        self.harvest()?;
        for (number, stage) in (0..).zip(stages()) {
            let verdicts = self.verdicts();
            let due: Vec<_> =
                chosen.iter().filter(|mutant| verdicts.is_due(&mutant.key, number)).collect();
            if due.is_empty() {
                continue;
            }
            eprintln!(
                "scripts/mutants: stage {number}: {} mutants before {}",
                due.len(),
                stage.what
            );
            let done = self.run_stage(number, &stage, &due, all);
            self.harvest()?;
            done?;
        }
        Ok(())
    }

    fn run_stage(
        &self,
        number: u8,
        stage: &Stage,
        due: &[&Mutant],
        all: &[Mutant],
    ) -> anyhow::Result<()> {
        let folder = self.stage(number);
        fs::create_dir_all(&folder)?;
        let passed = self.passed(number);
        if number == LAST_STAGE && passed.is_none() {
            self.check_judges(&folder, &stage.options)?;
        }
        let keys: String =
            all.iter().map(|mutant| format!("{}\t{}\n", mutant.name, mutant.key)).collect();
        fs::write(folder.join("keys"), keys)?;
        fs::write(folder.join("stamp"), &self.stamp)?;
        fs::write(folder.join("config.toml"), config(due.iter().map(|mutant| &*mutant.name)))?;

        let mut mutants = cargo(&[
            "mutants",
            "-p",
            "memoman",
            "--profile",
            "mutants",
            "--colors",
            "never",
            "--annotations",
            "none",
        ]);
        mutants.arg("--config").arg(folder.join("config.toml")).arg("-o").arg(&folder);
        mutants.args(["--jobs", &self.jobs.to_string()]);
        match self.passed(number) {
            // The round without a mutant passed on this tree already.
            Some(timeout) => {
                mutants.args(["--baseline", "skip", "--timeout", &timeout.to_string()])
            }
            None => mutants.args([
                "--timeout-multiplier",
                &MULTIPLIER.to_string(),
                "--minimum-test-timeout",
                &LEAST.to_string(),
            ]),
        };
        mutants.args(&stage.options).stdout(std::io::stderr());
        if number == LAST_STAGE {
            mutants.env("CARGO_PROFILE_MUTANTS_OPT_LEVEL", "1");
        }
        // The copies have target folders of their own; one for all would mix them up.
        for name in ["CARGO_TARGET_DIR", "CARGO_MUTANTS_OUTPUT", "CARGO_MUTANTS_JOBS"] {
            mutants.env_remove(name);
        }
        // After Ctrl-C it ends its own children and removes its copies of the tree.
        match tool::status_with(&mut mutants, Duration::from_secs(60))?.code() {
            // 2: some were missed, 3: some timed out.
            Some(0 | 2 | 3) => Ok(()),
            Some(4) => bail!(
                "the tests of stage {number} fail without any mutant: see {}",
                folder.join("mutants.out/log/baseline.log").display()
            ),
            code => bail!("cargo mutants ended with exit code {code:?} in stage {number}"),
        }
    }

    /// cargo-mutants would look for the judges' tests in the engine's package, without a mutant: so the
    /// round without a mutant is made here.
    fn check_judges(&self, folder: &Path, options: &[String]) -> anyhow::Result<()> {
        eprintln!(
            "scripts/mutants: stage {LAST_STAGE}: the oracle's tests before the engine as it is"
        );
        let mut test = cargo(&[
            "test",
            "--locked",
            "--profile",
            "mutants",
            "-p",
            "memoman-oracle",
            "--no-default-features",
            "--features",
            FEATURES,
        ]);
        test.args(options.iter().filter_map(|option| option.strip_prefix("--cargo-arg=")));
        test.env("CARGO_TARGET_DIR", folder.join("target"))
            .env("CARGO_PROFILE_MUTANTS_OPT_LEVEL", "1");
        let ran = tool::capture(&mut test)?;
        let log = folder.join("first.log");
        fs::write(&log, format!("{}{}", ran.stdout, ran.stderr))?;
        if !ran.status.success() {
            bail!("the tests of stage {LAST_STAGE} fail without any mutant: see {}", log.display());
        }
        self.set_passed(LAST_STAGE, &self.stamp, JUDGES)
    }

    /// The seconds that a stage's tests may take, if they passed without a mutant on this tree.
    fn passed(&self, number: u8) -> Option<u64> {
        let text = fs::read_to_string(self.stage(number).join("passed")).ok()?;
        let (stamp, seconds) = text.trim().split_once(' ')?;
        (stamp == self.stamp).then(|| seconds.parse().ok())?
    }

    fn set_passed(&self, number: u8, stamp: &str, seconds: u64) -> anyhow::Result<()> {
        Ok(fs::write(self.stage(number).join("passed"), format!("{stamp} {seconds}\n"))?)
    }

    /// Moves the verdicts of runs, finished or not, into the ledger.
    fn harvest(&self) -> anyhow::Result<()> {
        for number in 0..=LAST_STAGE {
            let folder = self.stage(number);
            let out = folder.join("mutants.out");
            if !out.is_dir() {
                continue;
            }
            let keys = fs::read_to_string(folder.join("keys")).unwrap_or_default();
            let stamp = fs::read_to_string(folder.join("stamp")).unwrap_or_default();
            let mut entries = fs::read_to_string(self.ledger()).unwrap_or_default();
            for name in Verdict::NAMES {
                // A list of names that grows as verdicts fall: whole even if the run was killed.
                let list = fs::read_to_string(out.join(format!("{name}.txt"))).unwrap_or_default();
                entries += &harvested(&list, &keys, number, name, stamp.trim());
            }
            fs::write(self.ledger(), entries)?;
            if let Some(seconds) =
                fs::read_to_string(out.join("outcomes.json")).ok().and_then(|json| allowed(&json))
            {
                self.set_passed(number, stamp.trim(), seconds)?;
            }
            let last = folder.join("mutants.out.last");
            if last.exists() {
                fs::remove_dir_all(&last)?;
            }
            fs::rename(&out, &last)?;
        }
        Ok(())
    }
}

/// A test may take so many times as long as without a mutant, and so many seconds at least.
const MULTIPLIER: u64 = 20;
const LEAST: u64 = 120;
/// The seconds that the oracle's tests may take.
const JUDGES: u64 = 300;

fn stages() -> Vec<Stage> {
    let stage = |what, options: &[&str]| Stage {
        what,
        options: options.iter().map(ToString::to_string).collect(),
    };
    // --cargo-arg, because arguments after -- do not apply to the build: it would build all tests and examples.
    // A named test without its features is an error: --tests without features.
    let judges = stage(
        "the oracle's tests",
        &[
            "--test-package",
            "memoman-oracle",
            "--no-default-features",
            "--features",
            FEATURES,
            "--cargo-arg=--test=corpus",
            "--cargo-arg=--test=explorer",
            "--cargo-arg=--test=generator",
            "--cargo-arg=--test=mapping",
        ],
    );
    vec![
        stage("the engine's unit tests", &["--all-features", "--cargo-arg=--lib"]),
        stage(
            "all of the engine's tests",
            &["--all-features", "--cargo-arg=--lib", "--cargo-arg=--test=*"],
        ),
        stage(
            "the engine's tests, without features",
            &["--no-default-features", "--cargo-arg=--tests"],
        ),
        judges,
    ]
}

/// A configuration that examines exactly these mutants.
fn config<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut text = String::from("examine_re = [\n");
    for name in names {
        let mut escaped = String::new();
        for c in name.chars() {
            if r"[]\.*^$+?(){}|".contains(c) {
                escaped.push('\\');
            }
            escaped.push(c);
        }
        let _ = writeln!(text, "'''^{escaped}$''',");
    }
    text + "]\n"
}

/// The ledger's lines for a list of names; `keys` has lines `NAME<tab>KEY`.
fn harvested(list: &str, keys: &str, stage: u8, verdict: &str, stamp: &str) -> String {
    let keys: std::collections::HashMap<_, _> =
        keys.lines().filter_map(|line| line.split_once('\t')).collect();
    list.lines()
        .filter_map(|name| keys.get(name))
        .map(|key| ledger::entry(stage, verdict, stamp, key))
        .collect()
}

/// The seconds that tests may take with a mutant, from the round without one in outcomes.json, if it passed.
fn allowed(json: &str) -> Option<u64> {
    #[derive(Deserialize)]
    struct Outcomes {
        outcomes: Vec<Outcome>,
    }
    #[derive(Deserialize)]
    struct Outcome {
        scenario: serde_json::Value,
        summary: String,
        phase_results: Vec<Phase>,
    }
    #[derive(Deserialize)]
    struct Phase {
        phase: String,
        duration: f64,
    }
    let outcomes: Outcomes = serde_json::from_str(json).ok()?;
    let baseline = outcomes
        .outcomes
        .into_iter()
        .find(|outcome| outcome.scenario == "Baseline" && outcome.summary == "Success")?;
    let test = baseline.phase_results.into_iter().find(|phase| phase.phase == "Test")?;
    Some((test.duration.ceil() as u64 * MULTIPLIER).max(LEAST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_named_mutants_are_examined() {
        let text = config(["a.rs:1:2: replace f -> Option<(u8, [u8])> with None"].into_iter());
        assert_eq!(
            text,
            "examine_re = [\n'''^a\\.rs:1:2: replace f -> Option<\\(u8, \\[u8\\]\\)> with None$''',\n]\n"
        );
    }

    #[test]
    fn names_become_keys_in_the_ledger() {
        let text = harvested("n1\nunknown\n", "n1\tk1\nn2\tk2\n", 2, "missed", "s");
        assert_eq!(text, "2\tmissed\ts\tk1\n");
    }

    #[test]
    fn tests_may_take_20_times_as_long_as_without_a_mutant() {
        let json = |seconds: f64, summary: &str| {
            format!(
                r#"{{"outcomes":[{{"scenario":"Baseline","summary":"{summary}","phase_results":[{{"phase":"Build","duration":90.0}},{{"phase":"Test","duration":{seconds}}}]}},{{"scenario":{{"Mutant":{{}}}},"summary":"CaughtMutant","phase_results":[]}}]}}"#
            )
        };
        assert_eq!(allowed(&json(10.5, "Success")), Some(220));
        assert_eq!(allowed(&json(0.5, "Success")), Some(120));
        assert_eq!(allowed(&json(0.5, "Failure")), None);
        assert_eq!(allowed("{\"outcomes\":["), None);
    }

    #[test]
    fn the_last_stage_is_the_oracles() {
        let stages = stages();
        assert_eq!(stages.len(), usize::from(LAST_STAGE) + 1);
        assert_eq!(stages[usize::from(LAST_STAGE)].what, "the oracle's tests");
    }
}
