//! Lines on stderr.

use std::fmt::Arguments;
use std::io::Write as _;

/// Prints a line on stderr, as `eprintln!` does, which panics if the reader of stderr is gone (`2>&1 | head`). Here the
/// line is lost, and the command goes on.
macro_rules! note {
    ($($argument:tt)*) => { $crate::cli::stderr::line(format_args!($($argument)*)) };
}

pub(crate) use note;

pub(crate) fn line(text: Arguments<'_>) {
    // One write: the lines of threads do not mix.
    let _ = std::io::stderr().write_all(format!("{text}\n").as_bytes());
}
