//! Sizes as symbols: what a program asks for, before it is known what that comes to.

use super::header::Swarm;
use super::record::skewed;
use super::words::spelled;

/// A size, resolved against the heap when its op runs ([`Size::resolve`]), so that the same
/// program is meaningful at both word widths, in each geometry and after each edit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "a variant's sentence covers its fields")]
pub enum Size {
    /// So many bytes: 1..=256.
    Tiny(u16),
    /// At the lower edge of a size class: row 0..32, modulo the rows that the pool reaches, and
    /// list 0..32, modulo the lists of a row.
    Edge { row: u8, list: u8, step: Step },
    /// So many times ALIGN: 1..=1024.
    Granules(u16),
    /// A little or a lot more or less than a size that was there before.
    Relative { base: Base, change: Change },
    /// Just fits, or just does not.
    Gap { goal: Goal, delta: Delta },
    /// So many 1024ths of the pool's payload: 1..=1024, mostly few.
    Fraction(u16),
    /// `2^exp` and so many 256ths of that, exp modulo the pool's own: 0..32.
    Log { exp: u8, mantissa: u8 },
    /// At a limit of the machine or of the engine.
    Hostile { limit: Limit, delta: Delta },
}

spelled! {
    /// A size mode: a [`Size`] without its parameter.
    pub enum Mode {
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

spelled! {
    /// How far from the edge of a size class; A is ALIGN, W a word.
    pub enum Step {
        /// On it.
        Zero = "+0",
        /// Less one byte.
        ByteLess = "-1",
        /// One byte more.
        ByteMore = "+1",
        /// Less ALIGN.
        GranuleLess = "-A",
        /// ALIGN more.
        GranuleMore = "+A",
        /// ALIGN and a byte more.
        GranuleAndByteMore = "+A+1",
        /// Less the least that is worth cutting off.
        CutLess = "-4W",
        /// The least that is worth cutting off more.
        CutMore = "+4W",
    }
}

spelled! {
    /// The size that a [`Size::Relative`] starts from.
    pub enum Base {
        /// The target's; for an op without target, the last freed one.
        Target = "target",
        /// The last freed one.
        Freed = "freed",
    }
}

/// What a [`Size::Relative`] does to its base.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Change {
    /// Add.
    By(Delta),
    /// Multiply.
    Times(Ratio),
}

spelled! {
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

spelled! {
    /// The size that a [`Size::Gap`] aims at.
    pub enum Goal {
        /// The largest free block.
        Free = "free",
        /// The largest size for which the search finds a block: at most the former.
        Fit = "fit",
        /// Half of that.
        Half = "half",
        /// A quarter of it.
        Quarter = "quarter",
    }
}

spelled! {
    /// Where a [`Size::Hostile`] lies. `max` is the first size that no block can have.
    pub enum Limit {
        /// 0 itself, whatever the delta.
        Zero = "zero",
        /// `usize::MAX`
        SizeMax = "size_max",
        /// `usize::MAX - ALIGN`: above, rounding up wraps.
        SizeMaxGranule = "size_max-A",
        /// `isize::MAX`
        IsizeMax = "isize_max",
        /// The first size that no block can have.
        Max = "max",
        /// One ALIGN below.
        MaxGranule = "max-A",
        /// The lower edge of the last class: for more, the search has no class left.
        Last = "last",
        /// Twice `max`.
        TwiceMax = "max*2",
    }
}

spelled! {
    /// What a [`Delta`] counts.
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
    /// No distance.
    pub const ZERO: Self = Self { count: 0, unit: Unit::Byte };

    /// So many of a unit. The count is clamped to −32..=31; zero of any unit is zero bytes.
    pub fn new(count: i8, unit: Unit) -> Self {
        if count == 0 { Self::ZERO } else { Self { count: count.clamp(-32, 31), unit } }
    }

    /// How many.
    pub const fn count(self) -> i8 {
        self.count
    }

    /// Of what.
    pub const fn unit(self) -> Unit {
        self.unit
    }

    /// Bits 0–5: 0, −1, +1, −2 … Bits 6–7: shifts them right by 0, 2, 4 or 6, so that a third of
    /// all deltas are 0 and half are within 1. Bits 8–9: the unit; 3 is bytes again.
    fn decode(bits: u16) -> Self {
        let zigzag = (bits & 63) >> (2 * (bits >> 6 & 3));
        let half = zigzag.div_ceil(2) as i8;
        let count = if zigzag % 2 == 1 { -half } else { half };
        let unit = Unit::ALL.get(usize::from(bits >> 8 & 3));
        Self::new(count, unit.copied().unwrap_or(Unit::Byte))
    }

    fn encode(self) -> u16 {
        let twice = 2 * u16::from(self.count.unsigned_abs());
        let zigzag = if self.count < 0 { twice - 1 } else { twice };
        zigzag | (self.unit as u16) << 8
    }
}

impl Size {
    /// The mode.
    pub const fn mode(&self) -> Mode {
        match self {
            Self::Tiny(_) => Mode::Tiny,
            Self::Edge { .. } => Mode::Edge,
            Self::Granules(_) => Mode::Granules,
            Self::Relative { .. } => Mode::Relative,
            Self::Gap { .. } => Mode::Gap,
            Self::Fraction(_) => Mode::Fraction,
            Self::Log { .. } => Mode::Log,
            Self::Hostile { .. } => Mode::Hostile,
        }
    }

    /// Whether it lies at a limit, where TLSF 3.1 is not defined everywhere.
    pub const fn is_hostile(&self) -> bool {
        matches!(self, Self::Hostile { .. })
    }

    /// Bits 0–2: the mode. Bits 3–15: its parameter.
    pub(super) fn decode(tail: u16, off: Swarm) -> Self {
        let parameter = tail >> 3;
        let bits = |from: u32, count: u32| parameter >> from & ((1 << count) - 1);
        let at = |from, count| usize::from(bits(from, count));
        match off.nearest_mode(Mode::ALL[usize::from(tail & 7)]) {
            Mode::Tiny => Self::Tiny(bits(0, 8) + 1),
            Mode::Edge => Self::Edge {
                row: bits(0, 5) as u8,
                list: bits(5, 5) as u8,
                step: Step::ALL[at(10, 3)],
            },
            Mode::Granules => Self::Granules(skewed(parameter) + 1),
            Mode::Relative => {
                let by_ratio = bits(8, 2) == 3;
                let change = match by_ratio {
                    true => Change::Times(Ratio::ALL[at(0, 3)]),
                    false => Change::By(Delta::decode(bits(0, 10))),
                };
                Self::Relative { base: Base::ALL[at(10, 1)], change }
            }
            Mode::Gap => {
                Self::Gap { goal: Goal::ALL[at(10, 2)], delta: Delta::decode(bits(0, 10)) }
            }
            Mode::Fraction => Self::Fraction(skewed(parameter) + 1),
            Mode::Log => Self::Log { exp: bits(0, 5) as u8, mantissa: bits(5, 8) as u8 },
            Mode::Hostile => match Limit::ALL[at(10, 3)] {
                Limit::Zero => Self::Hostile { limit: Limit::Zero, delta: Delta::ZERO },
                limit => Self::Hostile { limit, delta: Delta::decode(bits(0, 10)) },
            },
        }
    }

    pub(super) fn encode(&self) -> u16 {
        let parameter = match *self {
            Self::Tiny(bytes) => bytes.clamp(1, 256) - 1,
            Self::Edge { row, list, step } => {
                u16::from(row & 31) | u16::from(list & 31) << 5 | (step as u16) << 10
            }
            Self::Granules(n) | Self::Fraction(n) => n.clamp(1, 1024) - 1,
            Self::Relative { base, change: Change::By(delta) } => {
                delta.encode() | (base as u16) << 10
            }
            Self::Relative { base, change: Change::Times(ratio) } => {
                ratio as u16 | 3 << 8 | (base as u16) << 10
            }
            Self::Gap { goal, delta } => delta.encode() | (goal as u16) << 10,
            Self::Log { exp, mantissa } => u16::from(exp & 31) | u16::from(mantissa) << 5,
            Self::Hostile { limit: Limit::Zero, .. } => 0,
            Self::Hostile { limit, delta } => delta.encode() | (limit as u16) << 10,
        };
        parameter << 3 | self.mode() as u16
    }
}
