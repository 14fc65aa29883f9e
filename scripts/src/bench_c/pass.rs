//! What a program prints of a trace.

/// The timed pass of a trace.
#[derive(Clone, Debug)]
pub(super) struct Pass {
    pub(super) ns: f64,
    /// A hash of the offsets of all blocks.
    pub(super) places: String,
}
