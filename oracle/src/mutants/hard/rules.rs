//! Rules with a rare mistake, which specification and subject share: only the C code contradicts them.

use crate::geometry::Geometry;
use crate::model::{Rules, sizes};

/// Alignments up to this one are handled on a path of their own.
const WIDE: usize = 1024;

/// The size that memalign searches for is rounded up once more if it is a multiple already, for alignments
/// above 1 KiB.
#[derive(Clone, Debug, Default)]
pub(super) struct WideAlignRoundedTwice;

impl Rules for WideAlignRoundedTwice {
    fn roomy_fit(&mut self, g: &Geometry, fit: usize, align: usize) -> Option<usize> {
        let most = fit.checked_add(align)?.checked_add(g.word + g.min_size())?;
        let n = sizes::round_up(most, align)?;
        let again = if n == most && align > WIDE { align } else { 0 };
        self.fit(g, n.checked_add(again)?)
    }
}

/// The search for a size that is rounded up into the row from 128 KiB starts at the second list of that row.
#[derive(Clone, Debug, Default)]
pub(super) struct CarrySkipsAList;

impl Rules for CarrySkipsAList {
    fn ceil(&mut self, g: &Geometry, key: usize) -> Option<usize> {
        let class = sizes::ceil(g, key)?;
        let carried = key < 1 << 17 && sizes::least_key(g, class) == 1 << 17;
        Some(class + usize::from(carried))
    }
}
