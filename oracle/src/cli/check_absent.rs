//! `check` on a platform without it.

use std::ffi::OsString;
use std::io::Write;

use anyhow::bail;
use clap::Args;

use super::exit::Exit;

/// Check an allocator written in C: not available on this platform
///
/// The allocator is loaded with dlopen in a child process that signals can end: Linux, macOS and other Unix
/// systems have both.
#[derive(Args)]
#[command(after_help = "Examples:\n  none: this platform has no dlopen")]
pub(crate) struct Check {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    _arguments: Vec<OsString>,
}

impl Check {
    pub(crate) fn run(&self, _: &mut dyn Write) -> anyhow::Result<Exit> {
        bail!(
            "check needs dlopen and signals, which this platform does not have; run it on Linux or macOS"
        )
    }
}
