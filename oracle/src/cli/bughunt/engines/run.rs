//! The campaign: every engine on every mutant from every seed. One search runs at a time: engines that share a
//! processor would slow each other.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::bail;
use oracle::mutants::{self, Mutant};

use super::build::build;
use super::child;
use super::engine::Engine;
use super::own;
use super::record::State;
use super::table;
use crate::cli::bughunt::options::Bughunt;
use crate::cli::exit::Exit;
use crate::cli::progress::Progress;
use crate::cli::{interrupt, output};

/// The folder of the state, the table and the picture, in the target folder.
const FOLDER: &str = "bughunt-engines";

/// One search of the plan.
struct Planned<'a> {
    engine: Engine,
    mutant: &'a Mutant,
    seed: u64,
}

impl Bughunt {
    /// Runs what is missing of the campaign, and writes table and picture of all results.
    ///
    /// # Errors
    /// An argument or a file is wrong.
    pub(in crate::cli::bughunt) fn engines(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let mutants = self.chosen()?;
        let folder = target_folder().join(FOLDER);
        let path = self.resume.clone().unwrap_or_else(|| folder.join("state.jsonl"));
        let mut state = State::open(&path)?;
        let mut engines = self.engine.clone();
        if engines.is_empty() {
            engines.extend(Engine::ALL);
        }
        let plan = self.plan(&engines, &mutants);
        let missing = |state: &State, planned: &Planned<'_>| {
            let Planned { engine, mutant, seed } = *planned;
            state.answer(engine, &mutant.name, seed, self.seconds).is_none()
        };
        let todo: Vec<_> = plan.iter().filter(|planned| missing(&state, planned)).collect();
        eprintln!(
            "{}: {} of {} searches are done",
            path.display(),
            plan.len() - todo.len(),
            plan.len()
        );
        let mut programs: BTreeMap<Engine, Option<PathBuf>> = BTreeMap::new();
        let mut progress = Progress::counting(todo.len() as u64, "searches");
        for (done, planned) in todo.iter().enumerate() {
            if interrupt::requested() {
                break;
            }
            progress.show(done as u64);
            let Planned { engine, mutant, seed } = **planned;
            if is_own(engine) {
                if let Some(record) = own::search(engine, mutant, seed, self.seconds) {
                    state.add(record)?;
                }
                continue;
            }
            let program = programs.entry(engine).or_insert_with(|| match build(engine) {
                Ok(program) => Some(program),
                Err(error) => {
                    eprintln!("NOT DONE: {engine}: {error:#}");
                    None
                }
            });
            let Some(program) = program else { continue };
            let folder = folder.join(format!("search-{}", std::process::id()));
            let search =
                child::Search { engine, program, mutant, seed, seconds: self.seconds, folder };
            match search.run() {
                Ok(Some(record)) => state.add(record)?,
                Ok(None) => {}
                Err(error) => {
                    eprintln!("NOT DONE: {engine} on {} from seed {seed}: {error:#}", mutant.name);
                }
            }
            let _ = fs::remove_dir_all(&search.folder);
        }
        progress.finish(todo.len() as u64);
        let tables = table::tables(&state, &engines, &mutants, self.seeds, self.seconds);
        write!(out, "{tables}")?;
        let results = self.out.clone().unwrap_or(folder);
        output::make_dir(&results)?;
        output::write(&results.join("engines.md"), tables)?;
        #[cfg(feature = "fragmentation")]
        {
            let drawn = super::picture::draw(&state, &engines, &mutants, self.seeds, self.seconds);
            let drawn = drawn.map_err(|error| anyhow::anyhow!("the picture: {error}"))?;
            output::write(&results.join("engines.svg"), drawn)?;
        }
        let left = plan.iter().filter(|planned| missing(&state, planned)).count();
        eprintln!("table and picture: {}", results.display());
        if interrupt::requested() {
            writeln!(out, "interrupted: {left} searches are missing; the same command continues")?;
            return Ok(Exit::Interrupted);
        }
        writeln!(out, "{left} searches are missing")?;
        Ok(if left == 0 { Exit::Agrees } else { Exit::Open })
    }

    /// The mutants of `--faults`.
    fn chosen(&self) -> anyhow::Result<Vec<Mutant>> {
        let hard = || mutants::hard::all().into_iter().map(|hard| hard.mutant);
        let mut chosen: Vec<_> = match self.faults.as_str() {
            "hard" => hard().collect(),
            "all" => mutants::all().into_iter().chain(hard()).collect(),
            name => mutants::by_name(name).into_iter().collect(),
        };
        if let Some(only) = &self.only {
            chosen.retain(|mutant| mutant.name.contains(only.as_str()));
        }
        if chosen.is_empty() {
            bail!("--faults {:?}: expected hard, all or the name of a mutant", self.faults);
        }
        Ok(chosen)
    }

    /// All searches, seed by seed: early results then cover every mutant.
    fn plan<'a>(&self, engines: &[Engine], mutants: &'a [Mutant]) -> Vec<Planned<'a>> {
        let mut plan = Vec::new();
        for seed in 1..=self.seeds {
            for &engine in engines.iter().filter(|engine| seed == 1 || !engine.has_no_seed()) {
                plan.extend(mutants.iter().map(|mutant| Planned { engine, mutant, seed }));
            }
        }
        plan
    }
}

/// Whether it is part of this program.
fn is_own(engine: Engine) -> bool {
    matches!(engine, Engine::Generator | Engine::Guided | Engine::Explorer)
}

/// The target folder that this program was built in, or the present folder's.
fn target_folder() -> PathBuf {
    let own = std::env::current_exe().ok();
    let target = own.as_deref().and_then(Path::parent).and_then(Path::parent);
    target.filter(|folder| folder.ends_with("target")).map_or("target".into(), Path::to_owned)
}
