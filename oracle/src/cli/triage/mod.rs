//! `triage`: sorts crash files into findings.

mod ask;
mod child;
mod options;
mod protocol;
mod report;
mod run;
mod shrink;

pub(crate) use options::Triage;
