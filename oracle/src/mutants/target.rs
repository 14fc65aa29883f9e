//! The body of a fuzz target for one mutant, which the environment names: one build serves all mutants, under
//! libFuzzer, AFL++ and bolero.
//!
//! | variable | |
//! |---|---|
//! | `MEMOMAN_MUTANT` | the mutant's name, a hard one's included |
//! | `MEMOMAN_CALLS` | a file to which the number of calls is written after each input: 8 bytes, little-endian; a process starts from the number in it |

use std::cell::RefCell;
use std::env;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use super::catalogue::by_name;
use crate::lockstep::layers::Layers;
use crate::ops::Program;
use crate::run::config::Config;
use crate::run::context::Context;
use crate::run::failure::Failure;

/// The environment variable that names the mutant.
pub const MUTANT: &str = "MEMOMAN_MUTANT";

/// The environment variable that names the file of the count.
pub const CALLS: &str = "MEMOMAN_CALLS";

/// A mutant that runs inputs, and counts calls.
pub struct Target {
    context: Context,
    config: Config,
    calls: u64,
    file: Option<File>,
}

impl Target {
    /// The mutant of that name; calls are counted in this file.
    ///
    /// # Errors
    /// No mutant has the name, or the file cannot be opened.
    pub fn new(name: &str, calls: Option<&Path>) -> Result<Self, String> {
        let mutant = by_name(name).ok_or_else(|| {
            format!("no mutant is named {name:?}; `cargo oracle bughunt --list` prints the names")
        })?;
        let open = |path: &Path| {
            let mut options = OpenOptions::new();
            let opened = options.read(true).write(true).create(true).truncate(false).open(path);
            opened.map_err(|error| format!("{}: {error}", path.display()))
        };
        let mut file = calls.map(open).transpose()?;
        let mut count = [0; 8];
        // A new file is empty.
        let calls = match file.as_mut().map(|file| file.read_exact(&mut count)) {
            Some(Ok(())) => u64::from_le_bytes(count),
            _ => 0,
        };
        let (context, config) = (Context::with(mutant.maker), mutant.config(Layers::ALL));
        Ok(Self { context, config, calls, file })
    }

    /// The mutant that the environment names.
    ///
    /// # Errors
    /// As [`new`](Self::new), or the environment names none.
    pub fn from_environment() -> Result<Self, String> {
        let name = env::var(MUTANT).map_err(|_| format!("set {MUTANT} to the name of a mutant"))?;
        Self::new(&name, env::var_os(CALLS).as_deref().map(Path::new))
    }

    /// Runs an input.
    ///
    /// # Errors
    /// The first failure: the mutant is found.
    ///
    /// # Panics
    /// If the count cannot be written.
    pub fn run(&mut self, bytes: &[u8]) -> Result<(), Box<Failure>> {
        let (program, calls) = (Program::decode(bytes), &mut self.calls);
        let ran = self.context.observe(&program, &self.config, &mut |_| *calls += 1);
        if let Some(file) = &mut self.file {
            let written = file
                .seek(SeekFrom::Start(0))
                .and_then(|_| file.write_all(&self.calls.to_le_bytes()));
            written.expect("the count can be written");
        }
        ran.map(drop)
    }

    /// Calls so far, those of processes before this one included.
    pub fn calls(&self) -> u64 {
        self.calls
    }
}

thread_local! {
    static TARGET: RefCell<Option<Target>> = const { RefCell::new(None) };
}

/// Runs an input on the mutant that the environment names.
///
/// # Panics
/// If a check fails: the mutant is found. If the environment names no mutant.
pub fn run(bytes: &[u8]) {
    TARGET.with_borrow_mut(|target| {
        let from_environment =
            || Target::from_environment().unwrap_or_else(|error| panic!("{error}"));
        let ran = target.get_or_insert_with(from_environment).run(bytes);
        if let Err(failure) = ran {
            panic!("found: {failure}");
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::generate;

    #[test]
    fn a_target_finds_its_mutant_and_counts_on_from_the_process_before() {
        let file = env::temp_dir().join(format!("memoman-target-{}", std::process::id()));
        let run = |from: u64| {
            let mut target = Target::new("rule-fifo", Some(&file)).expect("a mutant");
            assert_eq!(target.calls(), from);
            let found = (0..500).any(|index| target.run(&generate(1, index)).is_err());
            (found, target.calls())
        };
        let (found, calls) = run(0);
        assert!(found && calls > 0);
        assert_eq!(run(calls), (true, 2 * calls));
        std::fs::remove_file(file).expect("the file is there");
        assert!(Target::new("no-such-mutant", None).is_err());
    }
}
