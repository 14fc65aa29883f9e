//! Runs `bughunt`: the list, the campaign or the ablation.

use std::io::Write;

use anyhow::bail;
use oracle::mutants::{self, Mutant};

use super::options::Bughunt;
use crate::cli::exit::Exit;
use crate::cli::interrupt;

impl Bughunt {
    pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let mut all = if self.hard { Vec::new() } else { mutants::all() };
        if self.hard || self.engines {
            all.extend(mutants::hard::all().into_iter().map(|hard| hard.mutant));
        }
        if let Some(only) = &self.only {
            all.retain(|mutant| mutant.name.contains(only.as_str()));
            if all.is_empty() {
                bail!("no mutant has {only:?} in its name; see cargo oracle bughunt --list");
            }
        }
        if self.list {
            for Mutant { name, mistake, .. } in &all {
                writeln!(out, "{name:<48} {mistake}")?;
            }
            writeln!(out, "{} mutants", all.len())?;
            return Ok(Exit::Agrees);
        }
        interrupt::handle()?;
        // A panic of a mutant is a finding and needs no message of its own.
        std::panic::set_hook(Box::new(|_| {}));
        let exit = match () {
            () if self.engines => self.engines(out),
            () if self.rate => self.rates(&all, out),
            () if self.ablate => self.ablate(&all, out),
            () => self.campaign(&all, out),
        };
        drop(std::panic::take_hook());
        exit
    }
}
