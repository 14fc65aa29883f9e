//! `triage`: sorts crash files into findings.

mod ask;
mod child;
mod options;
#[cfg(feature = "lab")]
mod pages;
mod protocol;
mod report;
mod run;
mod shrink;

pub(crate) use options::Triage;
