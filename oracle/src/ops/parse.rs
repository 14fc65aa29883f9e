//! The text form: reading. Only what the binary form can say is accepted.

use std::str::FromStr;

use super::align::{self, Align};
use super::header::{Header, Kind};
use super::line::{Line, ParseError, Parsed};
use super::op::{Count, Op, PoolForm, Target, Verb};
use super::size::{Change, Delta, Mode, Ratio, Size, Unit};
use super::words::{Either, spelled};
use super::{MAX_OPS, Program};
use crate::geometry::GEOMETRIES;

spelled! {
    /// The first word of a line before the ops.
    enum Setting {
        Geometry = "geometry",
        Pool = "pool",
        Off = "off",
        Seed = "seed",
        Profile = "profile",
    }
}

spelled! {
    /// What may follow the pool's size.
    enum PoolSetting {
        Extra = "extra",
        Residue = "residue",
        Spacing = "spacing",
    }
}

impl FromStr for Program {
    type Err = ParseError;

    fn from_str(text: &str) -> Parsed<Self> {
        let mut lines = Line::all(text);
        let mut title = lines.next().unwrap_or_else(|| Line::new(1, ""));
        title.pick(["ops"].into_iter())?;
        title.pick(["v1"].into_iter())?;
        title.end()?;
        let mut program = Self::default();
        for mut line in lines {
            match program.setting(&line)? {
                Some(setting) => {
                    line.word();
                    program.header.set(setting, &mut line)?;
                }
                None => program.ops.push(program.op(&mut line)?),
            }
            line.end()?;
        }
        Ok(program)
    }
}

impl FromStr for Op {
    type Err = ParseError;

    fn from_str(text: &str) -> Parsed<Self> {
        whole(text, |line| Program::default().op(line))
    }
}

impl FromStr for Size {
    type Err = ParseError;

    fn from_str(text: &str) -> Parsed<Self> {
        whole(text, |line| Program::default().size(line))
    }
}

fn whole<T>(text: &str, read: impl FnOnce(&mut Line<'_>) -> Parsed<T>) -> Parsed<T> {
    let mut line = Line::new(1, text);
    let value = read(&mut line)?;
    line.end().map(|()| value)
}

impl Header {
    fn set(&mut self, setting: Setting, line: &mut Line<'_>) -> Parsed<()> {
        match setting {
            Setting::Geometry => {
                self.geometry = line.pick(GEOMETRIES.iter().map(|geometry| geometry.name))? as u8;
            }
            Setting::Pool => {
                let bytes: usize = line.number("the bytes of a region", 256..=256 << 10)?;
                if !bytes.is_power_of_two() {
                    return Err(line.wrong("a power of two"));
                }
                self.pool_class = (bytes / 256).ilog2() as u8;
                while line.more() {
                    match line.choose()? {
                        PoolSetting::Extra => self.extra = line.number("bytes", 0..=255)?,
                        PoolSetting::Residue => self.residue = line.number("ALIGNs", 0..=255)?,
                        PoolSetting::Spacing => self.spacing = line.choose()?,
                    }
                }
            }
            Setting::Off => {
                let kinds = Kind::ALL.iter().map(|kind| kind.word());
                let words = kinds.chain(Mode::ALL.iter().map(|mode| mode.word()));
                while line.more() {
                    match line.pick(words.clone())? {
                        kind @ 0..8 => self.off.kinds |= 1 << kind,
                        mode => self.off.modes |= 1 << (mode - 8),
                    }
                }
            }
            Setting::Seed => self.seed = line.number("a seed", 0..=u16::MAX)?,
            Setting::Profile => self.profile = line.number("a check profile", 0..=3)?,
        }
        Ok(())
    }
}

impl Program {
    /// The setting that a line starts with: until the first op, either may come.
    fn setting(&self, line: &Line<'_>) -> Parsed<Option<Setting>> {
        if !self.ops.is_empty() {
            return Ok(None);
        }
        let settings = Setting::ALL.iter().map(|setting| setting.word());
        let number = line.clone().pick(settings.chain(Verb::ALL.iter().map(|verb| verb.word())))?;
        Ok(Setting::ALL.get(number).copied())
    }

    /// Reads an op that this program's header lets through.
    fn op(&self, line: &mut Line<'_>) -> Parsed<Op> {
        let verb = self.verb(line)?;
        Ok(match verb {
            Verb::Malloc => Op::Malloc { slot: slot(line)?, size: self.size(line)? },
            Verb::Free => Op::Free { target: target(line)? },
            Verb::Realloc => Op::Realloc { target: target(line)?, size: self.size(line)? },
            Verb::Memalign => {
                let slot = slot(line)?;
                if slot % 32 != 0 {
                    return Err(line.wrong("a multiple of 32"));
                }
                line.pick(["align"].into_iter())?;
                let align = Align::from_code(line.pick(align::NAMES.into_iter())? as u8);
                Op::Memalign { slot, align, size: self.size(line)? }
            }
            Verb::Rewrite => Op::Rewrite { target: target(line)? },
            Verb::Check => Op::Check,
            Verb::Repeat => Op::Repeat { times: line.number("how often", 1..=16)? },
            Verb::Drain => Op::Drain { order: line.choose()?, count: count(line)? },
            Verb::Fill => Op::Fill { size: self.size(line)? },
            Verb::AddPool => Op::AddPool { region: region(line)?, form: form(line)? },
            Verb::RemovePool => {
                let region = region(line)?;
                let force = line.more() && line.pick(["force"].into_iter()).map(|_| true)?;
                Op::RemovePool { region, force }
            }
            Verb::ExtendPool => Op::ExtendPool { region: region(line)?, granules: granules(line)? },
            Verb::ShrinkPool => Op::ShrinkPool { region: region(line)?, granules: granules(line)? },
        })
    }

    fn verb(&self, line: &mut Line<'_>) -> Parsed<Verb> {
        let on = |&verb: &Verb| verb.kind().is_none_or(|kind| !self.header.off.without(kind));
        let verb = line.choose()?;
        if self.ops.len() == MAX_OPS {
            return Err(line.wrong(format_args!("no more than {MAX_OPS} ops")));
        }
        if !on(&verb) {
            let verbs = Verb::ALL.iter().copied().filter(on).map(Verb::word);
            return Err(line.wrong(format_args!("what is not off: {}", Either(verbs))));
        }
        Ok(verb)
    }

    fn size(&self, line: &mut Line<'_>) -> Parsed<Size> {
        let on = |&mode: &Mode| !self.header.off.without_mode(mode);
        let mode = line.choose()?;
        if !on(&mode) {
            let modes = Mode::ALL.iter().copied().filter(on).map(Mode::word);
            return Err(line.wrong(format_args!("what is not off: {}", Either(modes))));
        }
        Ok(match mode {
            Mode::Tiny => Size::Tiny(line.number("bytes", 1..=256)?),
            Mode::Edge => {
                let row = line.number("a row", 0..=31)?;
                let list = line.number("a list", 0..=31)?;
                let step = if line.more() { line.choose()? } else { super::Step::Zero };
                Size::Edge { row, list, step }
            }
            Mode::Granules => Size::Granules(line.number("ALIGNs", 1..=1024)?),
            Mode::Relative => {
                let base = line.choose()?;
                let signed = line.peek().is_some_and(|word| word.starts_with(['+', '-']));
                let change = match signed {
                    true => Change::By(delta(line)?),
                    false => Change::Times(ratio(line)?),
                };
                Size::Relative { base, change }
            }
            Mode::Gap => Size::Gap { goal: line.choose()?, delta: delta(line)? },
            Mode::Fraction => Size::Fraction(line.number("1024ths of the pool", 1..=1024)?),
            Mode::Log => {
                let exp = line.number("an exponent", 0..=31)?;
                Size::Log { exp, mantissa: line.number("256ths", 0..=255)? }
            }
            Mode::Hostile => match line.choose()? {
                limit @ super::Limit::Zero => Size::Hostile { limit, delta: Delta::ZERO },
                limit => Size::Hostile { limit, delta: delta(line)? },
            },
        })
    }
}

fn slot(line: &mut Line<'_>) -> Parsed<u8> {
    line.number("a slot", 0..=255)
}

fn region(line: &mut Line<'_>) -> Parsed<u8> {
    line.number("a region", 0..=3)
}

fn granules(line: &mut Line<'_>) -> Parsed<u16> {
    line.number("ALIGNs", 0..=1023)
}

fn count(line: &mut Line<'_>) -> Parsed<Count> {
    match line.word() {
        "all" => Ok(Count::All),
        word => match word.parse() {
            Ok(n @ 1..=63) => Ok(Count::Up(n)),
            _ => Err(line.wrong("all or how many (1 to 63)")),
        },
    }
}

fn target(line: &mut Line<'_>) -> Parsed<Target> {
    Ok(match line.pick(["slot", "newest", "oldest", "next", "prev"].into_iter())? {
        0 => Target::Slot(slot(line)?),
        1 => Target::Newest(line.number("how many came after", 0..=255)?),
        2 => Target::Oldest(line.number("how many came before", 0..=255)?),
        3 => Target::Next,
        _ => Target::Prev,
    })
}

fn form(line: &mut Line<'_>) -> Parsed<PoolForm> {
    let words = ["fresh", "duplicate", "overlap", "misaligned", "too_small", "too_large"];
    Ok(match line.pick(words.into_iter())? {
        0 => PoolForm::Fresh { eighths_off: line.number("eighths left off", 0..=7)? },
        1 => PoolForm::Duplicate,
        2 => PoolForm::Overlap,
        3 => PoolForm::Misaligned,
        4 => PoolForm::TooSmall,
        _ => PoolForm::TooLarge,
    })
}

fn ratio(line: &mut Line<'_>) -> Parsed<Ratio> {
    let word = line.word();
    let ratio = Ratio::ALL.iter().copied().find(|ratio| ratio.word() == word);
    let words = Ratio::ALL.iter().map(|ratio| ratio.word());
    ratio.ok_or_else(|| {
        line.wrong(format_args!("{}, or a distance such as +0, -3 or +2W", Either(words)))
    })
}

/// `+8`, `-2W`, `+A`; nothing is no distance.
fn delta(line: &mut Line<'_>) -> Parsed<Delta> {
    if !line.more() {
        return Ok(Delta::ZERO);
    }
    let word = line.word();
    spell(word).ok_or_else(|| line.wrong("a distance of -32 to +31, such as +8, -2W or +A"))
}

fn spell(word: &str) -> Option<Delta> {
    let (negative, rest) = match word.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, word.strip_prefix('+')?),
    };
    let digits = rest.trim_end_matches(['W', 'A']);
    let unit = *Unit::ALL.iter().find(|unit| unit.word() == &rest[digits.len()..])?;
    let count = match digits {
        "" if unit != Unit::Byte => 1,
        digits if digits.starts_with(['+', '-']) => return None,
        digits => digits.parse().ok()?,
    };
    let count: i8 = if negative { -count } else { count };
    (-32..=31).contains(&count).then(|| Delta::new(count, unit))
}
