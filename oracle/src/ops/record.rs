//! The binary form of an op: a record of four bytes.
//!
//! ```text
//!   byte 0            byte 1                      bytes 2–3, little-endian
//!   entry 0–5         slot name, or k             size: mode 0–2, parameter 3–15
//!   target 6–7        memalign: align code 0–4,   others: parameter 3–15
//!                     slot / 32 in 5–7
//! ```

use super::align::Align;
use super::header::Header;
use super::op::{Count, Op, Opcode, Order, PoolForm, Target};
use super::size::{Ratio, Size};
use super::size_field::skewed;
use super::swarm::{OpKind, Swarm};
use super::version::Version;

/// The length of a record in the binary form, in bytes.
pub const RECORD_BYTES: usize = 4;

/// The op table, in runs: how many of the 64 entries each opcode has. Part of version 1: the
/// numbers never change. Simple ops come first, so that smaller bytes are simpler ops.
const RUNS: [(Opcode, usize); 14] = [
    (Opcode::Malloc, 18),
    (Opcode::Free, 17),
    (Opcode::Realloc, 10),
    (Opcode::Memalign, 4),
    (Opcode::Rewrite, 2),
    (Opcode::Check, 1),
    (Opcode::Repeat, 2),
    (Opcode::Drain, 2),
    (Opcode::Fill, 1),
    (Opcode::AddPool, 2),
    (Opcode::RemovePool, 2),
    (Opcode::ExtendPool, 1),
    (Opcode::ShrinkPool, 1),
    // The last entry takes any alignment, the four entries above only those below [`Align::COMMON`].
    (Opcode::Memalign, 1),
];

/// The op table of version 2, in the same way.
const LARGE_RUNS: [(Opcode, usize); 17] = [
    (Opcode::Malloc, 17),
    (Opcode::Free, 16),
    (Opcode::Realloc, 9),
    (Opcode::Memalign, 4),
    (Opcode::Rewrite, 1),
    (Opcode::Check, 1),
    (Opcode::Repeat, 2),
    (Opcode::Drain, 2),
    (Opcode::Fill, 1),
    (Opcode::AddPool, 2),
    (Opcode::RemovePool, 1),
    (Opcode::ExtendPool, 1),
    (Opcode::ShrinkPool, 1),
    (Opcode::Grow, 2),
    (Opcode::Shrink, 1),
    (Opcode::Realign, 2),
    (Opcode::Memalign, 1),
];

const TABLE: [Opcode; 64] = table(&RUNS);
const LARGE_TABLE: [Opcode; 64] = table(&LARGE_RUNS);

const fn table(runs: &[(Opcode, usize)]) -> [Opcode; 64] {
    let mut table = [Opcode::Malloc; 64];
    let (mut run, mut end) = (0, 0);
    while run < runs.len() {
        let (opcode, entries) = runs[run];
        let start = end;
        end += entries;
        let mut entry = start;
        while entry < end {
            table[entry] = opcode;
            entry += 1;
        }
        run += 1;
    }
    assert!(end == table.len(), "the weights add up to 64");
    table
}

const ANY_ALIGN: u8 = 63;

/// The first of an opcode's entries in a version's op table.
pub(super) fn entry(version: Version, opcode: Opcode) -> u8 {
    let runs = match version {
        Version::One => &RUNS[..],
        Version::Two => &LARGE_RUNS[..],
    };
    runs.iter().take_while(|run| run.0 != opcode).map(|run| run.1 as u8).sum()
}

pub(super) fn decode([head, name, low, high]: [u8; RECORD_BYTES], header: &Header) -> Op {
    let (version, off) = (header.version, header.off);
    let table = match version {
        Version::One => &TABLE,
        Version::Two => &LARGE_TABLE,
    };
    let tail = u16::from_le_bytes([low, high]);
    let parameter = tail >> 3;
    let size = || Size::decode(tail, off);
    let target = decode_target(head >> 6, name);
    let region = name & 3;
    match replacement(table[usize::from(head & 63)], off) {
        Opcode::Malloc => Op::Malloc { slot: name, size: size() },
        Opcode::Free => Op::Free { target },
        Opcode::Realloc => Op::Realloc { target, size: size() },
        Opcode::Memalign => {
            let code = name & 31;
            let any = head & 63 == ANY_ALIGN;
            let align = Align::of_number(version, if any { code } else { code % Align::COMMON });
            Op::Memalign { slot: name & !31, align, size: size() }
        }
        Opcode::Rewrite => Op::Rewrite { target },
        Opcode::Check => Op::Check,
        Opcode::Repeat => Op::Repeat { times: (name & 15) + 1 },
        Opcode::Drain => {
            let order = Order::ALL[usize::from(name & 3)];
            // Six bits, shifted right by 0 to 3: mostly small counts; 0 stands for all.
            let count = (parameter & 63) >> (parameter >> 6 & 3);
            let count = if count == 0 { Count::All } else { Count::Up(count as u8) };
            Op::Drain { order, count }
        }
        Opcode::Fill => Op::Fill { size: size() },
        Opcode::AddPool => Op::AddPool { region, form: decode_form(parameter) },
        Opcode::RemovePool => Op::RemovePool { region, force: parameter & 7 == 7 },
        Opcode::ExtendPool => Op::ExtendPool { region, granules: skewed(parameter) },
        Opcode::ShrinkPool => Op::ShrinkPool { region, granules: skewed(parameter) },
        Opcode::Grow => Op::Grow { target, size: size() },
        Opcode::Shrink => Op::Shrink { target, size: size() },
        Opcode::Realign => {
            // Bits 0–4: the alignment. Bits 5–8: as it is, or a ratio, half of the time each.
            let ratio =
                usize::from(parameter >> 5 & 15).checked_sub(8).map(|ratio| Ratio::ALL[ratio]);
            Op::Realign { target, align: Align::of_number(version, (parameter & 31) as u8), ratio }
        }
    }
}

pub(super) fn encode(op: &Op, header: &Header) -> [u8; RECORD_BYTES] {
    let version = header.version;
    let plain = entry(version, op.opcode());
    // What a version does not have is the simplest one: 1.
    let number = |align: Align| align.number(version).unwrap_or(0);
    let target = op.target().map(encode_target);
    let (head, name, tail) = match *op {
        Op::Malloc { slot, size } => (plain, slot, size.encode()),
        Op::Memalign { slot, align, size } => {
            let align = number(align);
            let any = align >= Align::COMMON;
            (if any { ANY_ALIGN } else { plain }, slot & !31 | align, size.encode())
        }
        Op::Realloc { size, .. } | Op::Grow { size, .. } | Op::Shrink { size, .. } => {
            (plain, 0, size.encode())
        }
        Op::Realign { align, ratio, .. } => {
            let ratio = ratio.map_or(0, |ratio| 8 + ratio as u16);
            (plain, 0, (u16::from(number(align)) | ratio << 5) << 3)
        }
        Op::Free { .. } | Op::Rewrite { .. } | Op::Check => (plain, 0, 0),
        Op::Repeat { times } => (plain, times.clamp(1, 16) - 1, 0),
        Op::Drain { order, count: Count::All } => (plain, order as u8, 0),
        Op::Drain { order, count: Count::Up(n) } => {
            (plain, order as u8, u16::from(n.clamp(1, 63)) << 3)
        }
        Op::Fill { size } => (plain, 0, size.encode()),
        Op::AddPool { region, form } => (plain, region & 3, encode_form(form) << 3),
        Op::RemovePool { region, force } => (plain, region & 3, if force { 7 << 3 } else { 0 }),
        Op::ExtendPool { region, granules } | Op::ShrinkPool { region, granules } => {
            (plain, region & 3, granules.min(1023) << 3)
        }
    };
    let (choice, name) = target.unwrap_or((0, name));
    let [low, high] = tail.to_le_bytes();
    [head | choice << 6, name, low, high]
}

/// The opcode itself, or the one that replaces it where the header disables its kind.
fn replacement(opcode: Opcode, off: Swarm) -> Opcode {
    match opcode.kind().filter(|&kind| off.without(kind)) {
        None => opcode,
        Some(OpKind::Memalign | OpKind::Pools | OpKind::Fill | OpKind::Rewrite) => Opcode::Malloc,
        Some(OpKind::Realloc | OpKind::Repeat | OpKind::Drain | OpKind::Check) => Opcode::Free,
    }
}

fn decode_target(choice: u8, name: u8) -> Target {
    match (choice & 3, name & 1) {
        (0, _) => Target::Slot(name),
        (1, _) => Target::Newest(name),
        (2, _) => Target::Oldest(name),
        (_, 0) => Target::Next,
        (_, _) => Target::Prev,
    }
}

fn encode_target(target: Target) -> (u8, u8) {
    match target {
        Target::Slot(name) => (0, name),
        Target::Newest(k) => (1, k),
        Target::Oldest(k) => (2, k),
        Target::Next => (3, 0),
        Target::Prev => (3, 1),
    }
}

/// The hostile forms, with numbers from 27.
const HOSTILE_FORMS: [PoolForm; 5] = [
    PoolForm::Duplicate,
    PoolForm::Overlap,
    PoolForm::Misaligned,
    PoolForm::TooSmall,
    PoolForm::TooLarge,
];

/// Bits 0–2: eighths left off. Bits 3–7: the form, which is fresh for 27 of 32 numbers.
fn decode_form(parameter: u16) -> PoolForm {
    let fresh = PoolForm::Fresh { eighths_off: (parameter & 7) as u8 };
    let hostile = usize::from(parameter >> 3 & 31).checked_sub(27);
    hostile.map_or(fresh, |number| HOSTILE_FORMS[number])
}

fn encode_form(form: PoolForm) -> u16 {
    match form {
        PoolForm::Fresh { eighths_off } => u16::from(eighths_off & 7),
        PoolForm::Duplicate => 27 << 3,
        PoolForm::Overlap => 28 << 3,
        PoolForm::Misaligned => 29 << 3,
        PoolForm::TooSmall => 30 << 3,
        PoolForm::TooLarge => 31 << 3,
    }
}
