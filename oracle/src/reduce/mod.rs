//! Smaller programs, and fewer findings.

pub(crate) mod shrink;
pub mod triage;
