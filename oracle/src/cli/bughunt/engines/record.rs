//! The result of one search, and the state file that keeps all of them: one line of JSON for each.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};

use super::engine::Engine;
use super::plan::Wanted;
use crate::cli::output;
use crate::cli::text::shown;

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
    /// Whether it is of this engine, mutant and seed, for any time.
    fn is_of(&self, wanted: &Wanted<'_>) -> bool {
        let Wanted { engine, mutant, seed, .. } = *wanted;
        self.engine == engine && self.mutant == mutant.name && self.seed == seed
    }

    /// Whether it replaces a search: the mistake was found within the seconds of the search, or it was not found in
    /// as much time or more.
    pub(super) fn answers(&self, wanted: &Wanted<'_>) -> bool {
        let in_time = match self.found {
            true => self.processor <= wanted.seconds as f64,
            false => self.given >= wanted.seconds,
        };
        self.is_of(wanted) && in_time
    }
}

/// All results, in memory and in the file.
pub(super) struct State {
    file: File,
    pub(super) records: Vec<Record>,
}

impl State {
    /// Reads the file, or makes it in a folder that exists. A line that a crash has cut off is left out.
    ///
    /// # Errors
    /// The file cannot be read or made, or it has other lines.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let shown = shown(path);
        let exists = path.exists();
        ensure!(!exists || path.is_file(), "{shown}: no regular file, which keeps results");
        let text = if exists { fs::read_to_string(path) } else { Ok(String::new()) };
        let text = text.with_context(|| format!("{shown}: cannot be read"))?;
        let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
        let parse = |(index, line)| {
            serde_json::from_str(line)
                .with_context(|| format!("{shown}: line {} is no result", index + 1))
        };
        let records = whole.lines().enumerate().map(parse).collect::<anyhow::Result<_>>()?;
        if whole.len() < text.len() {
            output::write(path, whole)?;
        }
        let file = OpenOptions::new().append(true).create(true).open(path);
        let file = file.with_context(|| format!("{shown}: cannot be written"))?;
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

    /// The result that replaces a search.
    pub(super) fn answer(&self, wanted: &Wanted<'_>) -> Option<&Record> {
        self.records.iter().rev().find(|record| record.answers(wanted))
    }

    /// The longest search with less time, if no result replaces the search: it found nothing.
    pub(super) fn shorter(&self, wanted: &Wanted<'_>) -> Option<&Record> {
        if self.answer(wanted).is_some() {
            return None;
        }
        let of_it = |record: &&Record| !record.found && record.is_of(wanted);
        self.records.iter().filter(of_it).max_by_key(|record| record.given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oracle::mutants;

    fn record(found: bool, given: u64, processor: f64) -> Record {
        Record {
            engine: Engine::Afl,
            mutant: "rule-fifo".into(),
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
        let mutant = &mutants::by_name("rule-fifo").expect("a mutant");
        let wanted = |engine, seed, seconds| Wanted { engine, mutant, seed, seconds };
        let answers = |record: Record, seconds| record.answers(&wanted(Engine::Afl, 2, seconds));
        assert!(answers(record(true, 20, 3.0), 20) && answers(record(true, 20, 3.0), 60));
        assert!(!answers(record(true, 60, 30.0), 20));
        assert!(answers(record(false, 60, 60.0), 20) && !answers(record(false, 20, 20.0), 60));
        assert!(!record(true, 20, 3.0).answers(&wanted(Engine::Bolero, 2, 20)));
        assert!(!record(true, 20, 3.0).answers(&wanted(Engine::Afl, 3, 20)));
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
