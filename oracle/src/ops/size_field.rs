//! A size as the last two bytes of a record, and back.
//!
//! ```text
//!   bits 0–2   the size mode
//!   bits 3–15  its parameter, 13 bits
//! ```

use super::size::{Base, Change, Delta, EdgeStep, Goal, Limit, Ratio, Size, SizeMode, Unit};
use super::swarm::Swarm;

impl Size {
    pub(super) fn decode(tail: u16, off: Swarm) -> Self {
        let parameter = tail >> 3;
        let bits = |from: u32, count: u32| parameter >> from & ((1 << count) - 1);
        let at = |from, count| usize::from(bits(from, count));
        match off.nearest_mode(SizeMode::ALL[usize::from(tail & 7)]) {
            SizeMode::Tiny => Self::Tiny(bits(0, 8) + 1),
            SizeMode::Edge => Self::Edge {
                row: bits(0, 5) as u8,
                list: bits(5, 5) as u8,
                step: EdgeStep::ALL[at(10, 3)],
            },
            SizeMode::Granules => Self::Granules(skewed(parameter) + 1),
            SizeMode::Relative => {
                let by_ratio = bits(8, 2) == 3;
                let change = match by_ratio {
                    true => Change::Times(Ratio::ALL[at(0, 3)]),
                    false => Change::By(Delta::decode(bits(0, 10))),
                };
                Self::Relative { base: Base::ALL[at(10, 1)], change }
            }
            SizeMode::Gap => {
                Self::Gap { goal: Goal::ALL[at(10, 2)], delta: Delta::decode(bits(0, 10)) }
            }
            SizeMode::Fraction => Self::Fraction(skewed(parameter) + 1),
            SizeMode::Log => Self::Log { exp: bits(0, 5) as u8, mantissa: bits(5, 8) as u8 },
            SizeMode::Hostile => match Limit::ALL[at(10, 3)] {
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

impl Delta {
    /// Bits 0–5: 0, −1, +1, −2 … Bits 6–7: a right shift of bits 0–5 by 0, 2, 4 or 6; a third of all
    /// deltas are then 0 and half are within 1. Bits 8–9: the unit; 3 stands for bytes.
    fn decode(bits: u16) -> Self {
        let zigzag = (bits & 63) >> (2 * (bits >> 6 & 3));
        let half = zigzag.div_ceil(2) as i8;
        let count = if zigzag % 2 == 1 { -half } else { half };
        let unit = Unit::ALL.get(usize::from(bits >> 8 & 3));
        Self::new(count, unit.copied().unwrap_or(Unit::Byte))
    }

    fn encode(self) -> u16 {
        let twice = 2 * u16::from(self.count().unsigned_abs());
        let zigzag = if self.count() < 0 { twice - 1 } else { twice };
        zigzag | (self.unit() as u16) << 8
    }
}

/// Maps 13 bits to 0..1024: the lower ten bits, shifted right by 0, 2, 3 … 8 as the upper three
/// select. All orders of magnitude are then frequent. A number below 1024 maps to itself.
pub(super) const fn skewed(parameter: u16) -> u16 {
    let magnitude = parameter >> 10 & 7;
    (parameter & 1023) >> if magnitude == 0 { 0 } else { magnitude + 1 }
}
