//! `latency`: what calls cost, and that it does not grow.

use std::path::PathBuf;

use clap::Args;

#[cfg(not(feature = "cost"))]
use super::Exit;
use super::args::count;

/// Count what calls cost in words touched, with ever more live blocks
///
/// A cost is the number of times that the engine takes the place of a word of its own (header, link,
/// bitmap, pool table) to read or write it: the same on every machine, without a clock. A payload that a
/// realloc copies costs nothing here.
///
/// Shown is the dearest call of each kind, over a seeded workload in heaps with 2^4 to 2^18 live
/// blocks; over the worst programs that fuzzing found (corpus/latency-v1); and the bound, which is in
/// the source (oracle::latency). A kind that no row has is one that the workload does not come to; a
/// shrink_pool that is refused is left out, as it walks to the block in the way, by design.
///
/// Given files, those programs are run instead, with every check, and their dearest calls shown.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo oracle latency
  cargo oracle latency --up-to 14 --steps 50k        quickly
  cargo oracle latency --csv > latency.csv
  cargo oracle latency fuzz/artifacts/latency/crash-12345678
  cargo oracle latency corpus/latency-v1/*
  cargo oracle latency --distil corpus/latency-v1 fuzz/corpus/latency
                                                     keeps the worst, shrunk

This takes an oracle that counts (feature `cost`), which is built when it is asked for.

Exit codes: 1 if a call is dearer than its kind may be, or any other check objects; else
2 if a file is missing or ill-formed.")]
pub(crate) struct Latency {
    /// Programs to run, or directories of them
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Keep the smallest programs with the dearest calls, one for each kind, in this directory
    #[arg(long, value_name = "DIR", requires = "files")]
    distil: Option<PathBuf>,
    /// Live blocks, at most: 2^LOG
    #[arg(long, default_value = "18", value_name = "LOG", value_parser = clap::value_parser!(u32).range(4..=22))]
    up_to: u32,
    /// Steps of the workload in each heap
    #[arg(long, default_value = "200k", value_name = "N", value_parser = count)]
    steps: u64,
    /// Which workload
    #[arg(long, default_value = "1")]
    seed: u64,
    /// The table as comma-separated values
    #[arg(long)]
    csv: bool,
}

/// Asked of an oracle that does not count: one that does is built, and asked the same.
#[cfg(not(feature = "cost"))]
impl Latency {
    pub(crate) fn run(&self, _out: &mut dyn std::io::Write) -> anyhow::Result<Exit> {
        // They are read to be checked.
        let Self { files: _, distil: _, up_to: _, steps: _, seed: _, csv: _ } = self;
        use std::{env, process::Command};

        const BUILD: [&str; 7] =
            ["run", "--quiet", "--release", "--package", "memoman-oracle", "--features", "cost"];
        let Some(cargo) = env::var_os("CARGO") else {
            anyhow::bail!("this oracle does not count: cargo {} -- latency …", BUILD.join(" "));
        };
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let mut command = Command::new(cargo);
        command.args(BUILD).args(["--manifest-path", manifest, "--"]).args(env::args_os().skip(1));
        Ok(match command.status()?.code() {
            Some(0) => Exit::Agrees,
            Some(1) => Exit::Finding,
            Some(130) => Exit::Interrupted,
            _ => Exit::Unusable,
        })
    }
}

#[cfg(feature = "cost")]
mod counting {
    use std::fs;
    use std::io::Write;
    use std::path::{Path, PathBuf};

    use anyhow::Context as _;
    use oracle::latency::{self, OperationKind, Worst, corpus, scale};
    use oracle::ops::Program;
    use oracle::{Config, Report};

    use super::super::load::load;
    use super::super::{Exit, tree};
    use super::Latency;

    /// A row of the table: a name, and the dearest call of each kind.
    type Row = (String, Worst);

    impl Latency {
        pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
            if !self.files.is_empty() {
                return self.programs(out);
            }
            let mut sizes = Vec::new();
            for log in (4..=self.up_to).step_by(2) {
                let worst = scale::worst(1 << log, self.seed, self.steps, scale::straight);
                sizes.push((1 << log, worst));
            }
            let mut corpus = Worst::default();
            let files = tree::programs(&tree::corpus("latency-v1"))?;
            if !run_all(&load_all(&files)?, &mut |_, worst| corpus.join(worst), out)? {
                return Ok(Exit::Finding);
            }
            let row = |&(live, worst): &(usize, Worst)| (format!("2^{}", live.ilog2()), worst);
            let mut rows: Vec<Row> = sizes.iter().map(row).collect();
            rows.push(("corpus".to_owned(), corpus));
            self.table(&rows, out)?;
            if let Some((live, kind, cost)) = scale::grows(&sizes) {
                let most = kind.most();
                writeln!(
                    out,
                    "grows: {kind} touched {cost} words with {live} live blocks; the most for it \
                     are {most}"
                )?;
                return Ok(Exit::Finding);
            }
            writeln!(
                out,
                "flat: with 2^4 to 2^{} live blocks no kind of call touches more words than its bound",
                self.up_to
            )?;
            Ok(Exit::Agrees)
        }

        /// Runs programs, and shows or keeps the worst of them.
        fn programs(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
            let mut files = Vec::new();
            for file in &self.files {
                if file.is_dir() {
                    files.extend(tree::programs(file)?);
                } else {
                    files.push(file.clone());
                }
            }
            let programs = load_all(&files)?;
            if let Some(kept) = &self.distil {
                return distil(&programs, kept, out);
            }
            let mut rows: Vec<Row> = Vec::new();
            let mut add = |path: &Path, worst: &Worst| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                rows.push((name.chars().take(20).collect(), *worst));
            };
            if !run_all(&programs, &mut add, out)? {
                return Ok(Exit::Finding);
            }
            self.table(&rows, out)?;
            writeln!(out, "agrees: no kind of call touches more words than its bound")?;
            Ok(Exit::Agrees)
        }

        /// A line for each kind, a column for each row of what was measured.
        fn table(&self, rows: &[Row], out: &mut dyn Write) -> anyhow::Result<()> {
            let (comma, first, width) = if self.csv { (",", 0, 0) } else { (" ", 20, 6) };
            write!(out, "{:<first$}", "kind")?;
            for (name, _) in rows {
                write!(out, "{comma}{name:>width$}")?;
            }
            writeln!(out, "{comma}{:>width$}", "bound")?;
            for kind in OperationKind::all() {
                write!(out, "{kind:<first$}")?;
                for (name, worst) in rows {
                    let cost = worst.cost(kind).filter(|_| !kind.walks());
                    let cost = cost.map_or_else(|| "-".to_owned(), |cost| cost.to_string());
                    let width = if self.csv { 0 } else { width.max(name.chars().count()) };
                    write!(out, "{comma}{cost:>width$}")?;
                }
                writeln!(out, "{comma}{:>width$}", kind.most())?;
            }
            Ok(())
        }
    }

    fn load_all(files: &[PathBuf]) -> anyhow::Result<Vec<(PathBuf, Program)>> {
        files.iter().map(|file| Ok((file.clone(), load(file)?.program))).collect()
    }

    /// Whether no check objected to any of them.
    fn run_all(
        programs: &[(PathBuf, Program)],
        each: &mut dyn FnMut(&Path, &Worst),
        out: &mut dyn Write,
    ) -> anyhow::Result<bool> {
        let mut sound = true;
        for (path, program) in programs {
            match latency::run(program, &Config::default()) {
                Ok((_, worst)) => each(path, &worst),
                Err(failure) => {
                    let mut report = Report::of(&failure);
                    report.file = Some(path.clone());
                    writeln!(out, "{}: a finding\n\n{report}\n", path.display())?;
                    sound = false;
                }
            }
        }
        Ok(sound)
    }

    fn distil(
        programs: &[(PathBuf, Program)],
        kept: &Path,
        out: &mut dyn Write,
    ) -> anyhow::Result<Exit> {
        fs::create_dir_all(kept).with_context(|| kept.display().to_string())?;
        let programs: Vec<_> = programs.iter().map(|(_, program)| program.clone()).collect();
        let found = corpus::smallest_of_dearest(&programs);
        for (kind, cost, program) in &found {
            let file = kept.join(kind.to_string());
            fs::write(&file, program.encode()).with_context(|| file.display().to_string())?;
            let ops = program.ops.len();
            writeln!(out, "{kind:<20} {cost:>4} of {:>4}, {ops:>3} ops", kind.most())?;
        }
        writeln!(out, "kept {} programs of {}", found.len(), programs.len())?;
        Ok(Exit::Agrees)
    }
}
