//! `scripts/clients`: real programs on memoman.

mod compare;
mod heaps;
mod lvgl;
mod program;
mod run;
mod table;

use std::fs;

use clap::Parser;

use self::compare::Comparison;
use self::lvgl::Lvgl;
use self::program::PROGRAMS;
use self::table::Row;
use crate::cargo;
use crate::script::Script;
use crate::stop::{Stop, failed, not_done};

/// Run real programs on memoman, beside the system's malloc.
///
/// Builds the malloc of memoman/preload/malloc and runs each program twice: on the system's malloc, and with the
/// library preloaded, in all its processes. Both must print the same, byte for byte, and end the same way; each
/// process that exits validates its heap; and the peak of memory must be at most 1.5 times the system's. Prints a
/// table of time and peak.
///
/// Programs: sqlite3, python3 (with at least 500 of its own tests), perl, git, gcc and, if the machine has it,
/// node. What is missing is installed where apt can. Fewer programs than required are an error.
///
/// lvgl is another kind of client: LVGL's core without a screen, once with its own TLSF and once with memoman's C
/// library in its place. Both must return the same addresses, report the same figures and draw the same pixels.
#[derive(Parser)]
#[command(name = "scripts/clients", bin_name = "scripts/clients", after_help = NOTES)]
pub(crate) struct Clients {
    /// Only these programs
    #[arg(value_name = "PROGRAM", value_parser = NAMES)]
    programs: Vec<String>,
    /// Run each program so often with each malloc; the table has the least time and the largest peak
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    runs: u32,
}

const NOTES: &str = "\
Examples:
  scripts/clients
  scripts/clients perl git
  scripts/clients --runs 5 sqlite3
  scripts/clients lvgl          its sources are compiled once, in half a minute

What the programs printed stays in target/clients.

Exit codes: 0 all agree, 1 output, heap or peak is wrong, or a required program is missing, 2 nothing can be
run here, 130 interrupted.
Needs: 64-bit Linux with glibc; a C compiler; the programs, which it installs where this is root and has apt;
two minutes.";

/// The peak of memory may be so many times the system's.
const PEAK_MAX: f64 = 1.5;

/// All clients: those on the preloaded malloc, and LVGL.
const NAMES: [&str; PROGRAMS.len() + 1] = {
    let mut names = [Lvgl::NAME; PROGRAMS.len() + 1];
    let mut at = 0;
    while at < PROGRAMS.len() {
        names[at] = PROGRAMS[at].name;
        at += 1;
    }
    names
};

impl Script for Clients {
    fn run(self) -> anyhow::Result<()> {
        cargo::enter_root()?;
        if !cfg!(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64")) {
            return not_done("the library works on 64-bit Linux with glibc only");
        }
        let chosen: Vec<_> = NAMES.into_iter().filter(|name| self.is_chosen(name)).collect();
        let (mut rows, mut missing, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
        for (number, name) in chosen.iter().enumerate() {
            eprintln!("scripts/clients: {} of {}: {name}", number + 1, chosen.len());
            let row = self.client(name).and_then(|row| {
                let ratio = row.peak_ratio();
                if ratio <= PEAK_MAX {
                    return Ok(row);
                }
                failed(format!(
                    "the peak of memory is {ratio:.2} times the system's; the limit is {PEAK_MAX}"
                ))
            });
            match row {
                Ok(row) => rows.push(row),
                Err(error) => match error.downcast_ref() {
                    Some(Stop::NotDone(text)) => {
                        println!("NOT DONE: scripts/clients: {name}: {text}");
                        missing.push(*name);
                    }
                    Some(Stop::Failed(text)) => {
                        println!("FAILED: {name}: {text}");
                        wrong.push(*name);
                    }
                    _ => return Err(error.context(*name)),
                },
            }
        }
        println!("{}", table::render(&rows));
        println!("{} of {} programs ran and agree.", rows.len(), chosen.len());
        // A program that was named is required, too.
        missing.retain(|name| !self.programs.is_empty() || is_required(name));
        if !wrong.is_empty() {
            return failed(format!("these programs failed: {}", wrong.join(", ")));
        }
        if !missing.is_empty() {
            return failed(format!("these required programs did not run: {}", missing.join(", ")));
        }
        Ok(())
    }
}

impl Clients {
    fn is_chosen(&self, name: &str) -> bool {
        self.programs.is_empty() || self.programs.iter().any(|chosen| chosen == name)
    }

    /// Runs a client on both allocators.
    fn client(&self, name: &str) -> anyhow::Result<Row> {
        let folder = cargo::target_folder()?.join("clients").join(name);
        fs::create_dir_all(&folder)?;
        match PROGRAMS.iter().find(|program| program.name == name) {
            Some(program) => {
                let comparison = Comparison::new(program, &folder)?;
                self.repeat(|| comparison.run())
            }
            None => {
                let lvgl = Lvgl::new(&folder)?;
                self.repeat(|| lvgl.run())
            }
        }
    }

    fn repeat(&self, run: impl Fn() -> anyhow::Result<Row>) -> anyhow::Result<Row> {
        (1..self.runs).try_fold(run()?, |row, _| Ok(row.merge(run()?)))
    }
}

fn is_required(name: &str) -> bool {
    PROGRAMS.iter().all(|program| program.name != name || program.required)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_programs_but_node_are_required() {
        let required: Vec<_> = NAMES.into_iter().filter(|name| is_required(name)).collect();
        assert_eq!(required, ["sqlite3", "python3", "perl", "git", "gcc", "lvgl"]);
    }
}
