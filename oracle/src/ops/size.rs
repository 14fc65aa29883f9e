//! Symbolic sizes. `resolve` computes the number of bytes when the op runs.

use super::keywords::keywords;

/// A symbolic size, resolved against the heap when its op runs ([`Size::resolve`]). The same program
/// is then meaningful at both word widths, in each geometry and after each edit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "a variant's sentence covers its fields")]
pub enum Size {
    /// A number of bytes: 1..=256.
    Tiny(u16),
    /// The lower edge of a size class: row 0..32, modulo the rows that the pool reaches, and list
    /// 0..32, modulo the lists of a row.
    Edge { row: u8, list: u8, step: EdgeStep },
    /// A multiple of ALIGN: 1..=1024.
    Granules(u16),
    /// A size relative to that of a live or a freed block.
    Relative { base: Base, change: Change },
    /// A size near the largest that fits.
    Gap { goal: Goal, delta: Delta },
    /// A fraction of the pool's payload, in 1024ths: 1..=1024, mostly small.
    Fraction(u16),
    /// `2^exp` plus `mantissa` 256ths of it, with `exp` (0..32) modulo the pool's own exponent.
    Log { exp: u8, mantissa: u8 },
    /// A size at a limit of the machine or of the engine.
    Hostile { limit: Limit, delta: Delta },
}

keywords! {
    /// A size mode: a [`Size`] without its parameter.
    pub enum SizeMode {
        /// [`Size::Tiny`]
        Tiny = "tiny",
        /// [`Size::Edge`]
        Edge = "edge",
        /// [`Size::Granules`]
        Granules = "granules",
        /// [`Size::Relative`]
        Relative = "relative",
        /// [`Size::Gap`]
        Gap = "gap",
        /// [`Size::Fraction`]
        Fraction = "fraction",
        /// [`Size::Log`]
        Log = "log",
        /// [`Size::Hostile`]
        Hostile = "hostile",
    }
}

keywords! {
    /// A distance from the edge of a size class; A is ALIGN, W a word.
    pub enum EdgeStep {
        /// On the edge.
        Zero = "+0",
        /// One byte less.
        ByteLess = "-1",
        /// One byte more.
        ByteMore = "+1",
        /// ALIGN less.
        GranuleLess = "-A",
        /// ALIGN more.
        GranuleMore = "+A",
        /// ALIGN and a byte more.
        GranuleAndByteMore = "+A+1",
        /// The smallest block that is split off less.
        CutLess = "-4W",
        /// The smallest block that is split off more.
        CutMore = "+4W",
    }
}

keywords! {
    /// The size that a [`Size::Relative`] starts from.
    pub enum Base {
        /// The target's size; for an op without a target, that of the last freed block.
        Target = "target",
        /// The size of the last freed block.
        Freed = "freed",
    }
}

/// The change that a [`Size::Relative`] makes to its base.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Change {
    /// Add.
    By(Delta),
    /// Multiply.
    Times(Ratio),
}

keywords! {
    /// A factor.
    pub enum Ratio {
        /// 1/4
        Quarter = "x1/4",
        /// 1/2
        Half = "x1/2",
        /// 3/4
        ThreeQuarters = "x3/4",
        /// 7/8
        SevenEighths = "x7/8",
        /// 5/4
        FiveQuarters = "x5/4",
        /// 3/2
        ThreeHalves = "x3/2",
        /// 2
        Double = "x2",
        /// 4
        Fourfold = "x4",
    }
}

keywords! {
    /// The size from which a [`Size::Gap`] starts.
    pub enum Goal {
        /// The largest free block.
        Free = "free",
        /// The largest size for which the search finds a block: at most the largest free block.
        Fit = "fit",
        /// Half of `fit`.
        Half = "half",
        /// A quarter of `fit`.
        Quarter = "quarter",
    }
}

keywords! {
    /// The limit near which a [`Size::Hostile`] lies. `max` is the first size that no block can have.
    pub enum Limit {
        /// 0; the delta is ignored.
        Zero = "zero",
        /// `usize::MAX`
        SizeMax = "size_max",
        /// `usize::MAX - ALIGN`: above it, rounding up to ALIGN overflows.
        SizeMaxGranule = "size_max-A",
        /// `isize::MAX`
        IsizeMax = "isize_max",
        /// The first size that no block can have.
        Max = "max",
        /// `max` less ALIGN.
        MaxGranule = "max-A",
        /// The lower edge of the last class: above it, no class is left to search.
        Last = "last",
        /// Twice `max`.
        TwiceMax = "max*2",
    }
}

keywords! {
    /// The unit of a [`Delta`].
    pub enum Unit {
        /// Bytes.
        Byte = "",
        /// Machine words.
        Word = "W",
        /// ALIGN.
        Granule = "A",
    }
}

/// A small signed distance: −32..=31 bytes, words or granules.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Delta {
    count: i8,
    unit: Unit,
}

impl Delta {
    /// Zero.
    pub const ZERO: Self = Self { count: 0, unit: Unit::Byte };

    /// Creates a distance. The count is clamped to −32..=31; zero of any unit is zero bytes.
    pub fn new(count: i8, unit: Unit) -> Self {
        if count == 0 { Self::ZERO } else { Self { count: count.clamp(-32, 31), unit } }
    }

    /// Returns the number of units.
    pub const fn count(self) -> i8 {
        self.count
    }

    /// Returns the unit.
    pub const fn unit(self) -> Unit {
        self.unit
    }
}

impl Size {
    /// Returns the mode.
    pub const fn mode(&self) -> SizeMode {
        match self {
            Self::Tiny(_) => SizeMode::Tiny,
            Self::Edge { .. } => SizeMode::Edge,
            Self::Granules(_) => SizeMode::Granules,
            Self::Relative { .. } => SizeMode::Relative,
            Self::Gap { .. } => SizeMode::Gap,
            Self::Fraction(_) => SizeMode::Fraction,
            Self::Log { .. } => SizeMode::Log,
            Self::Hostile { .. } => SizeMode::Hostile,
        }
    }

    /// Returns whether the size lies at a limit, where TLSF 3.1 is not defined everywhere.
    pub const fn is_hostile(&self) -> bool {
        matches!(self, Self::Hostile { .. })
    }
}
