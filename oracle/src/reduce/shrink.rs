//! The smallest program that fails the same way: fewer ops, then simpler fields, then a simpler
//! header, until nothing more can be removed or lowered.
//!
//! It works on the binary form. By design of the op language, small bytes are simple ops: a field is
//! simpler if its number is lower, and a candidate is the program with a lower number in it. Only
//! candidates that lower the whole are accepted, so shrinking ends, and shrinking a shrunk program
//! changes nothing.

use crate::ops::{HEADER_BYTES, Op, Program, RECORD_BYTES, Swarm};
use crate::run::context::Context;
use crate::run::failure::Failure;

/// The most calls of one shrinking: about a second. With a limit in time, the result would depend on
/// the machine.
const MOST_CALLS: u64 = 180_000;

/// The failure of the smallest program found that fails by the same check, or the failure itself if
/// that program does not fail so in the same context again.
pub fn shrink(context: &mut Context, failure: &Failure) -> Box<Failure> {
    let (config, check) = (&failure.config, failure.check());
    let mut calls = 0;
    let smaller = shrink_by(&failure.program, failure.index, &mut |candidate| {
        if calls >= MOST_CALLS {
            return false;
        }
        let failed = context.observe(candidate, config, &mut |_| calls += 1).err();
        failed.is_some_and(|failed| failed.check() == check)
    });
    match context.observe(&smaller, config, &mut |_| {}) {
        Err(failed) if failed.check() == check => failed,
        _ => Box::new(failure.clone()),
    }
}

/// The smallest program found that still `fails`, as `program` does; ops behind `index` rarely matter.
/// The caller defines what failing means, and when to stop trying.
pub fn shrink_by(
    program: &Program,
    index: usize,
    fails: &mut impl FnMut(&Program) -> bool,
) -> Program {
    let mut best = program.clone();
    cut_behind(&mut best, index, fails);
    loop {
        let before = best.clone();
        drop_ops(&mut best, fails);
        once(&mut best, fails);
        lower_records(&mut best, fails);
        lower_header(&mut best, fails);
        if best == before {
            return best;
        }
    }
}

/// As [`shrink_by`], for inputs without a known form: any bytes are an input.
pub fn shrink_bytes(bytes: &[u8], fails: &mut impl FnMut(&[u8]) -> bool) -> Vec<u8> {
    let mut best = bytes.to_vec();
    loop {
        let before = best.clone();
        let mut chunk = best.len().next_power_of_two();
        while chunk > 0 {
            // From the end: the last bytes matter least.
            let mut end = best.len();
            while end > 0 {
                let start = end.saturating_sub(chunk);
                let mut candidate = best.clone();
                candidate.drain(start..end);
                if fails(&candidate) {
                    best = candidate;
                }
                end = start;
            }
            chunk /= 2;
        }
        for at in 0..best.len() {
            let simpler = lower(best[at].into()).find(|&lower| {
                let mut candidate = best.clone();
                candidate[at] = lower as u8;
                fails(&candidate)
            });
            if let Some(simpler) = simpler {
                best[at] = simpler as u8;
            }
        }
        if best == before {
            return best;
        }
    }
}

/// Drops the ops behind the one that failed, which rarely matter: one run instead of many.
fn cut_behind(best: &mut Program, index: usize, fails: &mut impl FnMut(&Program) -> bool) {
    let mut candidate = best.clone();
    candidate.ops.truncate(index + 1);
    if candidate != *best && fails(&candidate) {
        *best = candidate;
    }
}

/// Drops smaller and smaller chunks, until no single op can be dropped, nor two ops up to eight apart:
/// a malloc and its free can often be dropped only together.
fn drop_ops(best: &mut Program, fails: &mut impl FnMut(&Program) -> bool) {
    let mut chunk = best.ops.len().next_power_of_two();
    while chunk > 0 {
        let mut start = 0;
        let mut dropped = false;
        while start < best.ops.len() {
            let mut candidate = best.clone();
            let end = (start + chunk).min(candidate.ops.len());
            candidate.ops.drain(start..end);
            if fails(&candidate) {
                *best = candidate;
                dropped = true;
            } else {
                start += chunk;
            }
        }
        if !(dropped && chunk == 1) {
            chunk /= 2;
        }
    }
    let mut first = 0;
    while first < best.ops.len() {
        let pair = (2..=8).map(|apart| first + apart).filter(|&second| second < best.ops.len());
        let without = |second: usize| {
            let mut candidate = best.clone();
            candidate.ops.remove(second);
            candidate.ops.remove(first);
            candidate
        };
        match pair.map(without).find(|candidate| fails(candidate)) {
            Some(candidate) => *best = candidate,
            None => first += 1,
        }
    }
}

/// Replaces a repeat by its ops, if fewer of them suffice.
fn once(best: &mut Program, fails: &mut impl FnMut(&Program) -> bool) {
    for at in (1..best.ops.len()).rev() {
        let Op::Repeat { times } = best.ops[at] else { continue };
        let last = best.ops[at - 1];
        for few in 1..=times.min(3) {
            let mut candidate = best.clone();
            candidate.ops.splice(at..=at, (0..few).map(|_| last));
            if fails(&candidate) {
                *best = candidate;
                break;
            }
        }
    }
}

/// A record's numbers, the most significant first: op, name, mode of the size, its parameter.
type Fields = [u16; 4];

fn fields(record: [u8; RECORD_BYTES]) -> Fields {
    let [op, name, low, high] = record;
    let tail = u16::from_le_bytes([low, high]);
    [op.into(), name.into(), tail & 7, tail >> 3]
}

fn record(fields: Fields) -> [u8; RECORD_BYTES] {
    let [op, name, mode, parameter] = fields;
    let [low, high] = (parameter << 3 | mode).to_le_bytes();
    [op as u8, name as u8, low, high]
}

/// Lower numbers in each record, one field at a time.
fn lower_records(best: &mut Program, fails: &mut impl FnMut(&Program) -> bool) {
    for at in 0..best.ops.len() {
        while let Some(lower) = lower_record(best, at, fails) {
            *best = lower;
        }
    }
}

/// The first candidate that fails, if there is one.
fn lower_record(
    best: &Program,
    at: usize,
    fails: &mut impl FnMut(&Program) -> bool,
) -> Option<Program> {
    let bytes = best.encode();
    let from = HEADER_BYTES + at * RECORD_BYTES;
    let here = || from..from + RECORD_BYTES;
    let own = fields(bytes[here()].try_into().ok()?);
    let mut candidates = Vec::new();
    for field in 0..4 {
        for lower in lower(own[field]) {
            let mut changed = own;
            changed[field] = lower;
            candidates.push(changed);
            // Another op or mode gives the numbers behind it another meaning.
            if field == 0 || field == 2 {
                candidates.extend((0..4).map(|few| {
                    let mut simple = changed;
                    simple[3] = few * 8 - u16::from(few > 0);
                    simple
                }));
            }
        }
    }
    candidates.into_iter().find_map(|changed| {
        let mut bytes = bytes.clone();
        bytes[here()].copy_from_slice(&record(changed));
        let candidate = Program::decode_as(best.header.version, &bytes);
        // Compares the encoded form, not the fields that it was made of.
        let written = candidate.encode();
        let lowers =
            written[..from] == bytes[..from] && fields(written[here()].try_into().ok()?) < own;
        (lowers && fails(&candidate)).then_some(candidate)
    })
}

/// Lower numbers, the lowest first: small ones, then a quarter, a half and three quarters, then one less.
fn lower(number: u16) -> impl Iterator<Item = u16> {
    let parts = [number / 4, number / 2, number / 4 * 3, number.saturating_sub(1)];
    let all = (0..number.min(12)).chain(parts.into_iter().filter(|&part| part >= 12));
    all.filter(move |&lower| lower < number)
}

/// Lowers the header: no op turned off, no offsets, the first geometry and the smallest pool that fail.
fn lower_header(best: &mut Program, fails: &mut impl FnMut(&Program) -> bool) {
    let mut candidate = best.clone();
    candidate.header.off = Swarm::default();
    if candidate != *best && fails(&candidate) {
        *best = candidate;
    }
    for at in 0..HEADER_BYTES {
        let bytes = best.encode();
        // Geometry and check profile share a byte, and so do pool and spacing.
        let parts =
            if at < 2 { [(bytes[at] & 15, 0), (bytes[at] >> 4, 4)] } else { [(bytes[at], 0); 2] };
        for (number, shift) in parts {
            let lowest = lower(number.into()).find_map(|lower| {
                let mut bytes = best.encode();
                let rest = if at < 2 { bytes[at] & !(15 << shift) } else { 0 };
                bytes[at] = rest | (lower as u8) << shift;
                let candidate = Program::decode_as(best.header.version, &bytes);
                let lowers = candidate.encode()[..HEADER_BYTES] < best.encode()[..HEADER_BYTES];
                (lowers && fails(&candidate)).then_some(candidate)
            });
            if let Some(candidate) = lowest {
                *best = candidate;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::shrink_bytes;

    #[test]
    fn only_the_bytes_that_matter_remain_and_they_are_low() {
        let mut tries = 0;
        let fails = |bytes: &[u8]| bytes.windows(2).any(|pair| pair[0] > 9 && pair[1] == 7);
        let bytes: Vec<u8> = (0..200).map(|at| if at == 150 { 7 } else { 255 - at }).collect();
        let left = shrink_bytes(&bytes, &mut |bytes| {
            tries += 1;
            fails(bytes)
        });
        assert_eq!(left, [10, 7]);
        assert!(tries < 1000, "{tries}");
    }
}
