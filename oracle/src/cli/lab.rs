//! `lab`: a run as one page for a browser.

use std::io::{Read as _, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use oracle::geometry::{CONFIGURATIONS, by_name};
use oracle::lab::trace::{Options, Trace};
use oracle::lab::{Run, page, program, trace};
use oracle::{Config, shrink};

use super::args::count;
use super::exit::Exit;
use super::input::{decode, is_text_by_name, read, version_by_name};
use super::mutant::InPlace;
use super::output;
use super::progress::Progress;
use super::text::shown;

/// The largest trace, in bytes: a million calls as text.
const MOST_TRACE: u64 = 64 << 20;

/// The largest module for --live, in bytes.
const MOST_MODULE: u64 = 16 << 20;

/// Write a run as one page for a browser: every call, block and list, and why each block was chosen
///
/// FILE is a program (text, binary or a crash of a fuzzer) or the calls of a real program (a recorded trace,
/// or calls as text). The page needs no server and no network. It shows engine, C code and specification side by
/// side, and steps through the run in both directions.
///
/// A program with a finding is shrunk first. The page then shows the columns at the finding, with the first
/// difference marked.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo oracle lab finding.ops -o finding.html
  cargo oracle lab --mutant rule-fifo corpus/regress/b16-realloc-moves-an-aligned-block.ops -o fifo.html
  cargo oracle lab crash-12345678 -o crash.html --no-shrink        the whole program
  cargo oracle lab memoman/benches/traces/lvgl.trace -o lvgl.html  a recorded program
  cargo oracle lab perl.trace -o perl.html --geometry a16-sl32 --pool 4M
  scripts/lab-wasm && cargo oracle lab --live finding.ops -o live.html   to edit and run in the page

A recorded trace is what scripts/record writes. Calls as text include geometry and pools:
  calls v1
  geometry conte-sl32
  pool 65536            more pools follow each other in memory
  m 3 100               block 3 = malloc(100)
  a 4 64 100            block 4 = memalign(64, 100)
  r 3 200               block 3 = realloc(block 3, 200)
  f 3                   free(block 3)

Keys on the page: arrows, PageUp and PageDown, Home and End move; space plays; + and - zoom; / searches.

Exit codes: 0 all agree; 1 the page shows a finding; 2 a file cannot be read or written, or an argument is
wrong; 130 interrupted.")]
pub(crate) struct Lab {
    /// Program, crash or trace; - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write the page to this file
    #[arg(short, long, value_name = "PAGE")]
    out: PathBuf,
    /// Replace a file that exists and is no page of the lab
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    in_place: InPlace,
    /// Show a finding with the whole program
    #[arg(long)]
    no_shrink: bool,
    /// Run a program with a bounded search (const parameter SEARCH) in place of its geometry
    #[arg(long)]
    search: bool,
    /// Geometry in which a trace runs [default: the trace's, else conte-sl32]
    #[arg(long, value_name = "NAME", value_parser = geometry)]
    geometry: Option<usize>,
    /// Bytes of a pool in which a trace runs, such as 1048576 or 4M; give it again for more pools [default: the
    /// trace's, else one of a quarter more than its live bytes at their peak]
    #[arg(long = "pool", value_name = "BYTES", value_parser = count)]
    pools: Vec<u64>,
    /// Calls of a trace that are shown
    #[arg(long, value_name = "N", value_parser = count, default_value = "1M")]
    calls: u64,
    /// Calls of a trace from one check of the whole state to the next; replies are compared after each
    #[arg(long, value_name = "N", value_parser = every, default_value = "100")]
    every: NonZeroUsize,
    /// Also run programs in the page: it contains engine, specification and C code as WebAssembly
    #[arg(long)]
    live: bool,
    /// The module for --live, which scripts/lab-wasm builds [default: lab/memoman_lab.wasm.gz in the target folder]
    #[arg(long, value_name = "FILE")]
    module: Option<PathBuf>,
    /// Also print the engine's heap after these calls, counted from 0, as JSON: for tests of the page
    #[arg(long, value_name = "CALL", value_delimiter = ',')]
    states: Vec<usize>,
}

fn geometry(name: &str) -> Result<usize, String> {
    let names = || CONFIGURATIONS.map(|geometry| geometry.name).join(", ");
    by_name(name).ok_or_else(|| format!("no geometry has this name; expected one of {}", names()))
}

/// Parses a number of calls: 1 or more.
fn every(text: &str) -> Result<NonZeroUsize, String> {
    let calls = usize::try_from(count(text)?).unwrap_or(usize::MAX);
    NonZeroUsize::new(calls).ok_or_else(|| "expected a number of calls, from 1".to_owned())
}

impl Lab {
    pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        self.check_out()?;
        let bytes = read(&self.file, MOST_TRACE)?;
        let module = if self.live { Some(self.module()?) } else { None };
        let name = shown(&self.file);
        let run = match trace::read(&bytes) {
            Some(read) => {
                let trace = read.map_err(|wrong| anyhow::anyhow!("{name}: {wrong}"))?;
                self.trace(&trace)?
            }
            None => self.program(&bytes)?,
        };
        let subject =
            self.in_place.name().map_or("memoman".to_owned(), |name| format!("mutant {name}"));
        let live = module.as_deref().map(|module| page::Live { module, source: &bytes });
        let page = page::page(&run, &self.title(), &subject, live);
        output::write(&self.out, &page)?;
        let verdict = run
            .finding()
            .map_or("all columns agree".to_owned(), |what| format!("a finding: {what}"));
        let (steps, length) = (run.steps(), page.len().div_ceil(1000));
        writeln!(out, "{}: {steps} calls, {length} kB; {verdict}", shown(&self.out))?;
        for state in run.states() {
            writeln!(out, "{state}")?;
        }
        Ok(if run.finding().is_some() { Exit::Finding } else { Exit::Agrees })
    }

    /// The module: packed by gzip, as the page unpacks it.
    fn module(&self) -> anyhow::Result<Vec<u8>> {
        let path = self.module.clone().unwrap_or_else(|| {
            let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
            PathBuf::from(target).join("lab/memoman_lab.wasm.gz")
        });
        let name = shown(&path);
        if !path.exists() {
            bail!(
                "{name}: does not exist; in memoman's repository, run scripts/lab-wasm, or give --module"
            );
        }
        let module = read(&path, MOST_MODULE)?;
        if !module.starts_with(&[0x1f, 0x8b]) {
            bail!("{name}: no module that scripts/lab-wasm has built: it is not packed by gzip");
        }
        Ok(module)
    }

    /// Refuses to replace what is no page, so that two arguments in the wrong order lose nothing.
    fn check_out(&self) -> anyhow::Result<()> {
        let is_page = |path: &Path| {
            let mut start = Vec::new();
            if let Ok(file) = std::fs::File::open(path) {
                let _ = file.take(400).read_to_end(&mut start);
            }
            start.is_empty() || String::from_utf8_lossy(&start).contains("memoman-lab")
        };
        // A device loses nothing, and may be endless.
        if !self.force && self.out.is_file() && !is_page(&self.out) {
            let out = shown(&self.out);
            bail!(
                "{out}: exists and is no page of the lab; give another -o, or --force to replace it"
            );
        }
        Ok(())
    }

    fn title(&self) -> String {
        let name = self.file.file_name().map(|name| name.to_string_lossy().into_owned());
        name.filter(|name| name != "-").unwrap_or_else(|| "standard input".to_owned())
    }

    fn program(&self, bytes: &[u8]) -> anyhow::Result<Run> {
        if self.geometry.is_some() || !self.pools.is_empty() {
            bail!(
                "--geometry and --pool are for traces; a program has its own: edit its first lines"
            );
        }
        let name = shown(&self.file);
        let (mut program, _) =
            decode(bytes, version_by_name(&self.file), is_text_by_name(&self.file))
                .map_err(|error| error.context(name))?;
        let config = Config { search: self.search, ..Config::default() };
        if !self.no_shrink {
            let mut context = self.in_place.context()?;
            if let Err(failure) = context.observe(&program, &config, &mut |_| {}) {
                program = shrink(&mut context, &failure).program;
            }
        }
        let mut run = program::record(&program, &config, self.in_place.maker()?, &self.states);
        let mutant = self.in_place.name().map_or(String::new(), |name| format!(" --mutant {name}"));
        let search = if self.search { " --search" } else { "" };
        run.see_again(&format!(
            "cargo oracle replay{mutant}{search} {}",
            oracle::report::word(&self.file)
        ));
        Ok(run)
    }

    fn trace(&self, trace: &Trace) -> anyhow::Result<Run> {
        if self.in_place.name().is_some() {
            bail!("--mutant is for programs; a trace runs on the engine");
        }
        let options = Options {
            geometry: self.geometry,
            pools: self
                .pools
                .iter()
                .map(|&bytes| usize::try_from(bytes).unwrap_or(usize::MAX))
                .collect(),
            calls: usize::try_from(self.calls).unwrap_or(usize::MAX),
            every: self.every,
            wanted: self.states.clone(),
        };
        let calls = trace.calls().min(options.calls);
        let mut progress = Progress::new(calls as u64);
        let run = trace::record(trace, &options, &mut |done| progress.show(done as u64))
            .map_err(|wrong| anyhow::anyhow!("{}: {wrong}", shown(&self.file)))?;
        progress.finish(run.steps() as u64);
        Ok(run)
    }
}
