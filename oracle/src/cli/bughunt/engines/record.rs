//! The result of one search, and the state file that keeps all of them: one line of JSON for each.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::engine::Engine;
use crate::cli::output;

/// The result of one search.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) engine: Engine,
    pub(super) mutant: String,
    pub(super) seed: u64,
    /// The processor time that the search was given, in seconds.
    pub(super) given: u64,
    pub(super) found: bool,
    /// Calls up to the failing one, or up to the end; of the explorer, moves.
    pub(super) calls: u64,
    /// Seconds on a processor.
    pub(super) processor: f64,
    /// Seconds that passed.
    pub(super) wall: f64,
    /// The check that failed, where the engine reports it.
    pub(super) check: Option<String>,
}

impl Record {
    /// Whether it replaces a search of this many seconds: the mistake was found within them, or it was not found in
    /// as much time or more.
    pub(super) fn answers(&self, engine: Engine, mutant: &str, seed: u64, seconds: u64) -> bool {
        let in_time = match self.found {
            true => self.processor <= seconds as f64,
            false => self.given >= seconds,
        };
        self.engine == engine && self.mutant == mutant && self.seed == seed && in_time
    }
}

/// All results, in memory and in the file.
pub(super) struct State {
    file: File,
    pub(super) records: Vec<Record>,
}

impl State {
    /// Reads the file, or makes it. A line that a crash has cut off is left out.
    ///
    /// # Errors
    /// The file cannot be read or made, or it has other lines.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            output::make_dir(folder)?;
        }
        let shown = path.display();
        let text = if path.exists() { fs::read_to_string(path)? } else { String::new() };
        let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
        let parse = |(index, line)| {
            serde_json::from_str(line)
                .with_context(|| format!("{shown}: line {} is no result", index + 1))
        };
        let records = whole.lines().enumerate().map(parse).collect::<anyhow::Result<_>>()?;
        if whole.len() < text.len() {
            fs::write(path, whole)?;
        }
        let file = OpenOptions::new().append(true).create(true).open(path);
        let file = file.with_context(|| format!("cannot write {shown}"))?;
        Ok(Self { file, records })
    }

    /// Adds a result: it is in the file when this returns.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn add(&mut self, record: Record) -> anyhow::Result<()> {
        let line = serde_json::to_string(&record)? + "\n";
        self.file.write_all(line.as_bytes()).context("cannot write the state file")?;
        self.records.push(record);
        Ok(())
    }

    /// The result that replaces such a search.
    pub(super) fn answer(
        &self,
        engine: Engine,
        mutant: &str,
        seed: u64,
        seconds: u64,
    ) -> Option<&Record> {
        self.records.iter().rev().find(|record| record.answers(engine, mutant, seed, seconds))
    }

    /// The longest of such searches with less time, if no result replaces it: it found nothing.
    pub(super) fn shorter(
        &self,
        engine: Engine,
        mutant: &str,
        seed: u64,
        seconds: u64,
    ) -> Option<&Record> {
        if self.answer(engine, mutant, seed, seconds).is_some() {
            return None;
        }
        let of_it = |record: &&Record| {
            !record.found
                && record.engine == engine
                && record.mutant == mutant
                && record.seed == seed
        };
        self.records.iter().filter(of_it).max_by_key(|record| record.given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(found: bool, given: u64, processor: f64) -> Record {
        Record {
            engine: Engine::Afl,
            mutant: "hard-x".into(),
            seed: 2,
            given,
            found,
            calls: 7,
            processor,
            wall: 2.0 * processor,
            check: None,
        }
    }

    #[test]
    fn a_result_answers_the_same_search_with_as_much_time() {
        let answers = |record: Record, seconds| record.answers(Engine::Afl, "hard-x", 2, seconds);
        assert!(answers(record(true, 20, 3.0), 20) && answers(record(true, 20, 3.0), 60));
        assert!(!answers(record(true, 60, 30.0), 20));
        assert!(answers(record(false, 60, 60.0), 20) && !answers(record(false, 20, 20.0), 60));
        assert!(!record(true, 20, 3.0).answers(Engine::Bolero, "hard-x", 2, 20));
        assert!(!record(true, 20, 3.0).answers(Engine::Afl, "hard-x", 3, 20));
    }

    #[test]
    fn results_are_kept_and_a_line_that_was_cut_off_is_left_out() {
        let path = std::env::temp_dir().join(format!("memoman-state-{}", std::process::id()));
        let mut state = State::open(&path).expect("a new file");
        state.add(record(true, 20, 3.0)).expect("written");
        state.add(record(false, 20, 20.0)).expect("written");
        let text = fs::read_to_string(&path).expect("a file");
        fs::write(&path, &text[..text.len() - 9]).expect("cut off");
        let mut again = State::open(&path).expect("read");
        assert_eq!(again.records, [record(true, 20, 3.0)]);
        again.add(record(false, 60, 60.0)).expect("written");
        assert_eq!(State::open(&path).expect("read").records.len(), 2);
        fs::write(&path, "nonsense\n").expect("written");
        assert!(State::open(&path).is_err());
        fs::remove_file(path).expect("the file is there");
    }
}
