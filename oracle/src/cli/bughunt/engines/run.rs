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
use super::plan::{Plan, Wanted};
use super::record::State;
use super::table;
use crate::cli::bughunt::options::Bughunt;
use crate::cli::exit::Exit;
use crate::cli::progress::Progress;
use crate::cli::stderr::note;
use crate::cli::text::shown;
use crate::cli::{interrupt, output};

/// The folder of the state, the table and the picture, in the target folder.
const FOLDER: &str = "bughunt-engines";

impl Bughunt {
    /// Runs what is missing of the campaign, and writes table and picture of all results.
    ///
    /// # Errors
    /// An argument or a file is wrong.
    pub(in crate::cli::bughunt) fn engines(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let plan = Plan {
            engines: if self.engine.is_empty() { Engine::ALL.into() } else { self.engine.clone() },
            mutants: self.chosen()?,
            seeds: self.seeds,
            seconds: self.seconds,
        };
        let folder = target_folder().join(FOLDER);
        output::make_dir(&folder)?;
        let path = self.resume.clone().unwrap_or_else(|| folder.join("state.jsonl"));
        let mut state = State::open(&path)?;
        let results = self.out.as_ref().unwrap_or(&folder);
        // Before any search: a folder that cannot be written costs no time.
        output::make_dir(results)?;
        write_results(&state, &plan, results)?;
        let all = plan.all();
        let missing = |state: &State, wanted: &Wanted<'_>| state.answer(wanted).is_none();
        let todo: Vec<_> = all.iter().copied().filter(|wanted| missing(&state, wanted)).collect();
        let done = all.len() - todo.len();
        note!("{}: {done} of {} searches are done", shown(&path), all.len());
        let mut programs: BTreeMap<Engine, Option<PathBuf>> = BTreeMap::new();
        let mut progress = Progress::counting(todo.len() as u64, "searches");
        for (done, &wanted) in todo.iter().enumerate() {
            if interrupt::requested() {
                break;
            }
            progress.show(done as u64);
            let Wanted { engine, mutant, seed, .. } = wanted;
            if is_own(engine) {
                if let Some(record) = own::search(wanted) {
                    state.add(record)?;
                }
                continue;
            }
            let program = programs.entry(engine).or_insert_with(|| match build(engine) {
                Ok(program) => Some(program),
                Err(error) => {
                    note!("NOT DONE: {engine}: {error:#}");
                    None
                }
            });
            let Some(program) = program else { continue };
            let folder = folder.join(format!("search-{}", std::process::id()));
            let search = child::Search { wanted, program, folder };
            match search.run() {
                Ok(Some(record)) => state.add(record)?,
                Ok(None) => {}
                Err(error) => {
                    note!("NOT DONE: {engine} on {} from seed {seed}: {error:#}", mutant.name);
                }
            }
            let _ = fs::remove_dir_all(&search.folder);
        }
        progress.finish(todo.len() as u64);
        write!(out, "{}", write_results(&state, &plan, results)?)?;
        let left = all.iter().filter(|wanted| missing(&state, wanted)).count();
        note!("table and picture: {}", shown(results));
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
}

/// Writes the tables and the picture of the results so far, and returns the tables.
fn write_results(state: &State, plan: &Plan, folder: &Path) -> anyhow::Result<String> {
    let tables = table::tables(state, plan);
    output::write(&folder.join("engines.md"), &tables)?;
    #[cfg(feature = "fragmentation")]
    {
        let drawn = super::picture::draw(state, plan);
        let drawn = drawn.map_err(|error| anyhow::anyhow!("the picture: {error}"))?;
        output::write(&folder.join("engines.svg"), drawn)?;
    }
    Ok(tables)
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
