//! Prints the text form, which `parse` reads.

use std::fmt::{self, Display, Formatter};

use super::header::{Header, Spacing};
use super::op::{Count, Op, PoolForm, Target};
use super::program::Program;
use super::size::{Change, Delta, Size, SizeMode, Unit};
use super::swarm::OpKind;

impl Display for Program {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.header)?;
        self.ops.iter().try_for_each(|op| writeln!(f, "{op}"))
    }
}

/// The text form: `scripts/fuzz fmt` and failing assertions then show a program to replay.
impl fmt::Debug for Program {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

/// The lines before the ops, without the settings that have their default.
impl Display for Header {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "ops {}", self.version)?;
        writeln!(f, "geometry {}", self.geometry().name)?;
        write!(f, "pool {}", self.pool_bytes())?;
        if self.extra != 0 {
            write!(f, " extra {}", self.extra)?;
        }
        if self.residue != 0 {
            write!(f, " residue {}", self.residue)?;
        }
        if self.spacing != Spacing::None {
            write!(f, " spacing {}", self.spacing)?;
        }
        if let Some(bytes) = self.move_bytes().filter(|_| self.moves != 0) {
            write!(f, " moves {bytes}")?;
        }
        writeln!(f)?;
        let off = |mask: u8, number: usize| mask >> number & 1 == 1;
        let kinds = OpKind::ALL.iter().filter(|&&kind| off(self.off.kinds, kind as usize));
        let modes = SizeMode::ALL.iter().filter(|&&mode| off(self.off.modes, mode as usize));
        let words: Vec<&str> = kinds.map(|k| k.word()).chain(modes.map(|m| m.word())).collect();
        if !words.is_empty() {
            writeln!(f, "off {}", words.join(" "))?;
        }
        if self.seed != 0 {
            writeln!(f, "seed {}", self.seed)?;
        }
        if self.profile != 0 {
            writeln!(f, "profile {}", self.profile)?;
        }
        Ok(())
    }
}

impl Display for Op {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let opcode = self.opcode();
        match *self {
            Self::Malloc { slot, size } => write!(f, "{opcode} {slot} {size}"),
            Self::Memalign { slot, align, size } => {
                write!(f, "{opcode} {slot} align {} {size}", align.word())
            }
            Self::Realloc { target, size } => write!(f, "{opcode} {target} {size}"),
            Self::Free { target } | Self::Rewrite { target } => write!(f, "{opcode} {target}"),
            Self::AddPool { region, form } => write!(f, "{opcode} {region} {form}"),
            Self::RemovePool { region, force: false } => write!(f, "{opcode} {region}"),
            Self::RemovePool { region, force: true } => write!(f, "{opcode} {region} force"),
            Self::ExtendPool { region, granules } | Self::ShrinkPool { region, granules } => {
                write!(f, "{opcode} {region} {granules}")
            }
            Self::Repeat { times } => write!(f, "{opcode} {times}"),
            Self::Fill { size } => write!(f, "{opcode} {size}"),
            Self::Drain { order, count: Count::All } => write!(f, "{opcode} {order} all"),
            Self::Drain { order, count: Count::Up(n) } => write!(f, "{opcode} {order} {n}"),
            Self::Check => write!(f, "{opcode}"),
            Self::Grow { target, size } | Self::Shrink { target, size } => {
                write!(f, "{opcode} {target} {size}")
            }
            Self::Realign { target, align, ratio: None } => {
                write!(f, "{opcode} {target} align {}", align.word())
            }
            Self::Realign { target, align, ratio: Some(ratio) } => {
                write!(f, "{opcode} {target} align {} {ratio}", align.word())
            }
        }
    }
}

impl Display for Target {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slot(name) => write!(f, "slot {name}"),
            Self::Newest(k) => write!(f, "newest {k}"),
            Self::Oldest(k) => write!(f, "oldest {k}"),
            Self::Next => f.write_str("next"),
            Self::Prev => f.write_str("prev"),
        }
    }
}

impl Display for PoolForm {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fresh { eighths_off } => write!(f, "fresh {eighths_off}"),
            Self::Duplicate => f.write_str("duplicate"),
            Self::Overlap => f.write_str("overlap"),
            Self::Misaligned => f.write_str("misaligned"),
            Self::TooSmall => f.write_str("too_small"),
            Self::TooLarge => f.write_str("too_large"),
        }
    }
}

impl Display for Size {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mode = self.mode();
        match self {
            Self::Tiny(n) | Self::Granules(n) | Self::Fraction(n) => write!(f, "{mode} {n}"),
            Self::Edge { row, list, step } => write!(f, "{mode} {row} {list} {step}"),
            Self::Relative { base, change: Change::By(delta) } => {
                write!(f, "{mode} {base} {delta}")
            }
            Self::Relative { base, change: Change::Times(ratio) } => {
                write!(f, "{mode} {base} {ratio}")
            }
            Self::Gap { goal, delta: Delta::ZERO } => write!(f, "{mode} {goal}"),
            Self::Gap { goal, delta } => write!(f, "{mode} {goal} {delta}"),
            Self::Log { exp, mantissa } => write!(f, "{mode} {exp} {mantissa}"),
            Self::Hostile { limit, delta: Delta::ZERO } => write!(f, "{mode} {limit}"),
            Self::Hostile { limit, delta } => write!(f, "{mode} {limit} {delta}"),
        }
    }
}

/// `+0`, `-3`, `+2W`; one word is `+W`, one ALIGN `+A`.
impl Display for Delta {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match (self.count(), self.unit()) {
            (1, unit @ (Unit::Word | Unit::Granule)) => write!(f, "+{unit}"),
            (-1, unit @ (Unit::Word | Unit::Granule)) => write!(f, "-{unit}"),
            (count, unit) => write!(f, "{count:+}{unit}"),
        }
    }
}
