//! The geometry of a build.

/// The number of second-level lists of a row. The C code is built once for each.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SecondLevel {
    /// 4 lists: SL_INDEX_COUNT_LOG2 = 2.
    Sl4,
    /// 8 lists: SL_INDEX_COUNT_LOG2 = 3.
    Sl8,
    /// 16 lists: SL_INDEX_COUNT_LOG2 = 4.
    Sl16,
    /// 32 lists: SL_INDEX_COUNT_LOG2 = 5, TLSF 3.1's default.
    Sl32,
}

impl SecondLevel {
    /// All, fewest lists first.
    pub const ALL: [Self; 4] = [Self::Sl4, Self::Sl8, Self::Sl16, Self::Sl32];

    /// Second-level lists per row: SL_INDEX_COUNT.
    pub const fn count(self) -> usize {
        match self {
            Self::Sl4 => 4,
            Self::Sl8 => 8,
            Self::Sl16 => 16,
            Self::Sl32 => 32,
        }
    }

    /// The value with that count, if one exists.
    pub const fn of_count(count: usize) -> Option<Self> {
        match count {
            4 => Some(Self::Sl4),
            8 => Some(Self::Sl8),
            16 => Some(Self::Sl16),
            32 => Some(Self::Sl32),
            _ => None,
        }
    }
}
