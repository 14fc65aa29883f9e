//! Ctrl-C: the first asks to stop, the second does not ask.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

static ASKED: AtomicBool = AtomicBool::new(false);

/// From now on.
///
/// # Errors
/// The platform has no such handlers.
pub(crate) fn watch() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        if ASKED.swap(true, Relaxed) {
            std::process::exit(130);
        }
    })?;
    Ok(())
}

/// Whether someone asked to stop.
pub(crate) fn asked() -> bool {
    ASKED.load(Relaxed)
}
