//! The checks that may be the first to fail, under the names that the catalogue uses.

use memoman::Law;

use crate::finding::{Check, Column};

macro_rules! checks {
    ($($(#[$cfg:meta])? $name:ident: $check:expr;)*) => {
        $($(#[$cfg])? pub(super) const $name: Check = $check;)*
    };
}

checks! {
    STATUS: Check::Status(Column::Specification);
    PLACEMENT: Check::Placement(Column::Specification);
    WALK: Check::Walk(Column::Specification);
    FREE_LISTS: Check::FreeLists(Column::Specification);
    ALIGNMENT: Check::Alignment;
    CONTAINMENT: Check::Containment;
    USABLE_SIZE: Check::UsableSize;
    OVERLAP: Check::Overlap;
    PAYLOAD: Check::Payload;
    UNCHANGED: Check::Unchanged;
    MAX_ALLOCATABLE: Check::MaxAllocatable;
    EXPLANATION: Check::Explanation;
    CENSUS: Check::Census;
    COUNTERS: Check::Counters;
    QUERIES: Check::Queries;
    CRASH: Check::Crash;
    TILING: Check::Law(Law::Tiling);
    MIRROR: Check::Law(Law::Mirror);
    BACK_LINK: Check::Law(Law::BackLink);
    COALESCED: Check::Law(Law::Coalesced);
    SENTINEL: Check::Law(Law::Sentinel);
    MEMBERSHIP: Check::Law(Law::Membership);
    CLASS: Check::Law(Law::Class);
    LINKS: Check::Law(Law::Links);
    OCCUPANCY: Check::Law(Law::Occupancy);
    #[cfg(feature = "stats")]
    CENSUS_LAW: Check::Law(Law::Census);
}

/// The check that fails in place of `check` where the specification has the same mistake: the one that
/// compares with the reference.
pub(super) fn by_reference(check: Check) -> Check {
    match check {
        Check::Status(_) => Check::Status(Column::Reference),
        Check::Placement(_) => Check::Placement(Column::Reference),
        Check::Walk(_) => Check::Walk(Column::Reference),
        Check::FreeLists(_) => Check::FreeLists(Column::Reference),
        other => other,
    }
}
