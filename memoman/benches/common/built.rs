//! How this benchmark was built.

/// Prints to stderr what makes the figures unreliable.
pub(crate) fn warn() {
    if cfg!(debug_assertions) {
        eprintln!("warning: built with debug assertions: the figures are meaningless");
    }
    if cfg!(any(feature = "stats", feature = "guard")) {
        eprintln!("warning: memoman is built with counters or checks, unlike a release");
    }
}
