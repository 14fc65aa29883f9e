//! Ctrl-C and requests to terminate: a handler counts them, and a script that waits reads the count.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

static REQUESTS: AtomicUsize = AtomicUsize::new(0);

extern "C" fn count(_signal: i32) {
    REQUESTS.fetch_add(1, Relaxed);
}

/// Counts SIGINT, SIGTERM and SIGHUP from now on; they no longer end the process by themselves. Those that
/// this process was started to ignore (nohup, a background job) stay ignored.
///
/// # Errors
/// The system refuses the handler.
pub(crate) fn watch() -> anyhow::Result<()> {
    // Not SA_RESTART: a sleep ends at once.
    let action = SigAction::new(SigHandler::Handler(count), SaFlags::empty(), SigSet::empty());
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        // SAFETY: the handler is async-signal-safe: it adds to an atomic and does nothing else.
        let before = unsafe { sigaction(signal, &action) }?;
        if matches!(before.handler(), SigHandler::SigIgn) {
            // SAFETY: what was in force a moment ago.
            unsafe { sigaction(signal, &before) }?;
        }
    }
    Ok(())
}

/// The number of requests to stop so far.
pub(crate) fn requests() -> usize {
    REQUESTS.load(Relaxed)
}

/// Goes on after a request to stop: the next one counts as the first.
pub(crate) fn acknowledge() {
    REQUESTS.store(0, Relaxed);
}
