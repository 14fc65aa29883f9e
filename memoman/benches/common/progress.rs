//! Progress, on stderr.

use std::io::{IsTerminal, Write, stderr};

/// Prints a line that the next one replaces, on a terminal only. An empty text clears the line.
pub(crate) fn progress(text: &str) {
    if stderr().is_terminal() {
        eprint!("\r\x1b[K{text}");
        // The benchmark continues without progress.
        let _ = stderr().flush();
    }
}
