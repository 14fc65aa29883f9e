//! Parses the text form. Accepts only what the binary form can express.

use std::str::FromStr;

use super::align::Align;
use super::header::{Header, MOVES};
use super::keywords::{Either, keywords};
use super::line::{Line, ParseError, Parsed};
use super::op::{Count, Op, Opcode, PoolForm, Target};
use super::program::{MAX_OPS, Program};
use super::size::{Change, Delta, EdgeStep, Limit, Ratio, Size, SizeMode, Unit};
use super::swarm::OpKind;
use super::version::Version;
use crate::geometry::GEOMETRIES;

keywords! {
    /// The first word of a line before the ops.
    enum Setting {
        Geometry = "geometry",
        Pool = "pool",
        Off = "off",
        Seed = "seed",
        Profile = "profile",
    }
}

keywords! {
    /// What may follow the pool's size on its line.
    enum PoolSetting {
        Extra = "extra",
        Residue = "residue",
        Spacing = "spacing",
        Moves = "moves",
    }
}

impl FromStr for Program {
    type Err = ParseError;

    fn from_str(text: &str) -> Parsed<Self> {
        let mut lines = Line::all(text);
        let mut title = lines.next().unwrap_or_else(|| Line::new(1, ""));
        title.pick(["ops"].into_iter())?;
        let version = title.choose()?;
        title.end()?;
        let mut program = Self::default();
        program.header.version = version;
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
        let of = |version| {
            let header = Header { version, ..Header::default() };
            whole(text, |line| Program { header, ops: Vec::new() }.op(line))
        };
        of(Version::One).or_else(|error| of(Version::Two).map_err(|_| error))
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
                let most = 128 << self.version.pool_classes();
                let bytes: u64 = line.number("the bytes of a region", 256..=most)?;
                if !bytes.is_power_of_two() {
                    return Err(line.wrong("a power of two"));
                }
                self.pool_class = (bytes / 256).ilog2() as u8;
                while line.more() {
                    match line.choose()? {
                        PoolSetting::Extra => self.extra = line.number("bytes", 0..=255)?,
                        PoolSetting::Residue => self.residue = line.number("ALIGNs", 0..=255)?,
                        PoolSetting::Spacing => self.spacing = line.choose()?,
                        PoolSetting::Moves => self.moves = moves(line, self.version)?,
                    }
                }
            }
            Setting::Off => {
                let kinds = OpKind::ALL.iter().map(|kind| kind.word());
                let words = kinds.chain(SizeMode::ALL.iter().map(|mode| mode.word()));
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
    /// Returns the setting that a line starts with. Before the first op a line is a setting or an op.
    fn setting(&self, line: &Line<'_>) -> Parsed<Option<Setting>> {
        if !self.ops.is_empty() {
            return Ok(None);
        }
        let settings = Setting::ALL.iter().map(|setting| setting.word());
        let number =
            line.clone().pick(settings.chain(Opcode::ALL.iter().map(|opcode| opcode.word())))?;
        Ok(Setting::ALL.get(number).copied())
    }

    /// Parses an op that this program's header enables.
    fn op(&self, line: &mut Line<'_>) -> Parsed<Op> {
        Ok(match self.opcode(line)? {
            Opcode::Malloc => Op::Malloc { slot: slot(line)?, size: self.size(line)? },
            Opcode::Free => Op::Free { target: target(line)? },
            Opcode::Realloc => Op::Realloc { target: target(line)?, size: self.size(line)? },
            Opcode::Memalign => {
                let slot = slot(line)?;
                if slot % 32 != 0 {
                    return Err(line.wrong("a multiple of 32"));
                }
                Op::Memalign { slot, align: self.align(line)?, size: self.size(line)? }
            }
            Opcode::Rewrite => Op::Rewrite { target: target(line)? },
            Opcode::Check => Op::Check,
            Opcode::Repeat => Op::Repeat { times: line.number("a number of repetitions", 1..=16)? },
            Opcode::Drain => Op::Drain { order: line.choose()?, count: count(line)? },
            Opcode::Fill => Op::Fill { size: self.size(line)? },
            Opcode::AddPool => Op::AddPool { region: region(line)?, form: form(line)? },
            Opcode::RemovePool => {
                let region = region(line)?;
                let force = line.more() && line.pick(["force"].into_iter()).map(|_| true)?;
                Op::RemovePool { region, force }
            }
            Opcode::ExtendPool => {
                Op::ExtendPool { region: region(line)?, granules: granules(line)? }
            }
            Opcode::ShrinkPool => {
                Op::ShrinkPool { region: region(line)?, granules: granules(line)? }
            }
            Opcode::Grow => Op::Grow { target: target(line)?, size: self.size(line)? },
            Opcode::Shrink => Op::Shrink { target: target(line)?, size: self.size(line)? },
            Opcode::Realign => {
                let (target, align) = (target(line)?, self.align(line)?);
                let ratio = if line.more() { Some(line.choose()?) } else { None };
                Op::Realign { target, align, ratio }
            }
        })
    }

    fn align(&self, line: &mut Line<'_>) -> Parsed<Align> {
        line.pick(["align"].into_iter())?;
        let version = self.header.version;
        Ok(Align::of_number(version, line.pick(Align::words(version))? as u8))
    }

    fn opcode(&self, line: &mut Line<'_>) -> Parsed<Opcode> {
        let Header { version, off, .. } = self.header;
        let on = |&opcode: &Opcode| {
            opcode.is_in(version) && opcode.kind().is_none_or(|kind| !off.without(kind))
        };
        let opcode = line.choose()?;
        if self.ops.len() == MAX_OPS {
            return Err(line.wrong(format_args!("no more than {MAX_OPS} ops")));
        }
        if !on(&opcode) {
            let opcodes = Opcode::ALL.iter().copied().filter(on).map(Opcode::word);
            return Err(line.wrong(format_args!("an enabled op: {}", Either(opcodes))));
        }
        Ok(opcode)
    }

    fn size(&self, line: &mut Line<'_>) -> Parsed<Size> {
        let on = |&mode: &SizeMode| !self.header.off.without_mode(mode);
        let mode = line.choose()?;
        if !on(&mode) {
            let modes = SizeMode::ALL.iter().copied().filter(on).map(SizeMode::word);
            return Err(line.wrong(format_args!("an enabled size mode: {}", Either(modes))));
        }
        Ok(match mode {
            SizeMode::Tiny => Size::Tiny(line.number("bytes", 1..=256)?),
            SizeMode::Edge => {
                let row = line.number("a row", 0..=31)?;
                let list = line.number("a list", 0..=31)?;
                let step = if line.more() { line.choose()? } else { EdgeStep::Zero };
                Size::Edge { row, list, step }
            }
            SizeMode::Granules => Size::Granules(line.number("ALIGNs", 1..=1024)?),
            SizeMode::Relative => {
                let base = line.choose()?;
                let signed = line.peek().is_some_and(|word| word.starts_with(['+', '-']));
                let change = match signed {
                    true => Change::By(delta(line)?),
                    false => Change::Times(ratio(line)?),
                };
                Size::Relative { base, change }
            }
            SizeMode::Gap => Size::Gap { goal: line.choose()?, delta: delta(line)? },
            SizeMode::Fraction => Size::Fraction(line.number("1024ths of the pool", 1..=1024)?),
            SizeMode::Log => {
                let exp = line.number("an exponent", 0..=31)?;
                Size::Log { exp, mantissa: line.number("256ths", 0..=255)? }
            }
            SizeMode::Hostile => match line.choose()? {
                limit @ Limit::Zero => Size::Hostile { limit, delta: Delta::ZERO },
                limit => Size::Hostile { limit, delta: delta(line)? },
            },
        })
    }
}

fn moves(line: &mut Line<'_>, version: Version) -> Parsed<u8> {
    if version == Version::One {
        return Err(line.wrong("nothing here: the bytes of moves are a setting of version 2"));
    }
    let bytes: u32 = line.number("the bytes that reallocs may copy", MOVES[0]..=MOVES[7])?;
    let number = MOVES.iter().position(|&known| known == bytes);
    number.map(|number| number as u8).ok_or_else(|| line.wrong(format_args!("one of {MOVES:?}")))
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
            _ => Err(line.wrong("all or a count (1 to 63)")),
        },
    }
}

fn target(line: &mut Line<'_>) -> Parsed<Target> {
    Ok(match line.pick(["slot", "newest", "oldest", "next", "prev"].into_iter())? {
        0 => Target::Slot(slot(line)?),
        1 => Target::Newest(line.number("how many are newer", 0..=255)?),
        2 => Target::Oldest(line.number("how many are older", 0..=255)?),
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

/// Parses `+8`, `-2W` or `+A`; at the end of the line the distance is zero.
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
