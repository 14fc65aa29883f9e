//! `bughunt`: how many mutants the harness catches, and how soon.

mod ablate;
mod campaign;
mod engines;
mod options;
mod rate;
mod report;
mod run;

pub(crate) use options::Bughunt;
