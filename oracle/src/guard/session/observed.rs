//! What the guard reports about a pointer, as offsets, which are the same in every run.

use memoman::Violation;

use crate::guard::address_map::PointerKind;

/// The report of `check` or of a refused call.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Observed {
    Kind(PointerKind),
    /// The layout does not fit a live block of this many usable bytes.
    Layout(usize),
    Damaged(Violation),
}

impl Observed {
    /// The key of [`Tally::refused`](crate::guard::Tally::refused).
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Kind(PointerKind::Live(_)) => "live",
            Self::Kind(PointerKind::Foreign) => "foreign",
            Self::Kind(PointerKind::Misaligned) => "misaligned",
            Self::Kind(PointerKind::Interior(_)) => "interior",
            Self::Kind(PointerKind::Double(_)) => "double",
            Self::Layout(_) => "layout",
            Self::Damaged(_) => "damaged",
        }
    }
}
