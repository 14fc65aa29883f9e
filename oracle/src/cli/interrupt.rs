//! Ctrl-C: the first requests an orderly stop, the second ends the process.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::cli::stderr::note;

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// Handles Ctrl-C from now on.
///
/// # Errors
/// The platform refuses the handler.
pub(crate) fn handle() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        if REQUESTED.swap(true, Relaxed) {
            std::process::exit(130);
        }
        note!("interrupted: stops after the current step; Ctrl-C again stops at once");
    })?;
    Ok(())
}

/// Returns whether Ctrl-C requested a stop.
pub(crate) fn requested() -> bool {
    REQUESTED.load(Relaxed)
}
