//! What all plots of a study share, beside the numbers.

use crate::fragmentation::peers::Peer;

/// What the plots show, beside the numbers.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The allocators to plot, in this order. Those with an equivalent are left out, because their figures
    /// are the same.
    pub peers: &'a [Peer],
    /// The fill levels, in percent.
    pub fills: &'a [usize],
    /// A line below each title: the heap and the runs.
    pub subtitle: &'a str,
}
