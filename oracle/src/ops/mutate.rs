//! Mutations of programs that keep records whole, for fuzzers with a custom mutator. Each result is a
//! function of the bytes and the seed.

use std::ops::Range;

use super::header::HEADER_BYTES;
use super::record::RECORD_BYTES;
use crate::rng::SeededRng;

type Record = [u8; RECORD_BYTES];

/// The largest number of records that one mutation moves, copies or removes.
const LONGEST_RUN: u64 = 32;

/// Returns a program similar to the one in `bytes`, at most `max` bytes long.
pub fn mutate(bytes: &[u8], max: usize, seed: u64) -> Vec<u8> {
    let mut rng = SeededRng::new(seed);
    let (mut header, mut records) = split(bytes);
    for _ in 0..1 + skewed(&mut rng, 4) {
        change(&mut header, &mut records, &mut rng);
    }
    join(header, &records, max)
}

/// Returns a program of alternating runs of records of `one` and `two`, with the header of `one`.
pub fn crossover(one: &[u8], two: &[u8], max: usize, seed: u64) -> Vec<u8> {
    let mut rng = SeededRng::new(seed);
    let (header, mut from) = split(one);
    let (_, mut other) = split(two);
    // At most as long as the longer one: only mutations make programs longer.
    let total = from.len().max(other.len());
    let mut records = Vec::new();
    while records.len() < total {
        let run = 1 + rng.index(total);
        records.extend(from.drain(..run.min(from.len())));
        std::mem::swap(&mut from, &mut other);
    }
    records.truncate(total);
    join(header, &records, max)
}

fn change(header: &mut [u8; HEADER_BYTES], records: &mut Vec<Record>, rng: &mut SeededRng) {
    if records.is_empty() {
        records.push(fresh(rng));
        return;
    }
    let at = rng.index(records.len());
    let run = at..records.len().min(at + 1 + skewed(rng, LONGEST_RUN) as usize);
    match rng.below(16) {
        0 => header[rng.index(HEADER_BYTES)] = rng.number() as u8,
        1..=2 => records.insert(at, fresh(rng)),
        3..=4 => drop(records.drain(run)),
        5 => {
            let copied = records[run].to_vec();
            let to = rng.index(records.len() + 1);
            records.splice(to..to, copied);
        }
        6 => {
            let moved: Vec<_> = records.drain(run).collect();
            let to = rng.index(records.len() + 1);
            records.splice(to..to, moved);
        }
        7 => records[at] = fresh(rng),
        // A field of another record: the same target or the same size.
        8..=9 => {
            let from = records[rng.index(records.len())];
            let field = field(rng);
            records[at][field.clone()].copy_from_slice(&from[field]);
        }
        10..=11 => {
            let fresh = fresh(rng);
            let field = field(rng);
            records[at][field.clone()].copy_from_slice(&fresh[field]);
        }
        // A size's parameter changes by a step or in one bit; its mode stays.
        12..=13 => {
            let [head, name, low, high] = records[at];
            let tail = u16::from_le_bytes([low, high]);
            let step = (1 << skewed(rng, 13)) << 3;
            let tail = match rng.below(3) {
                0 => tail.wrapping_add(step),
                1 => tail.wrapping_sub(step),
                _ => tail ^ step,
            };
            let [low, high] = tail.to_le_bytes();
            records[at] = [head, name, low, high];
        }
        14 => {
            let by = 1 << rng.below(8);
            records[at][rng.index(2)] ^= by;
        }
        _ => {
            let with = rng.index(records.len());
            records.swap(at, with);
        }
    }
}

fn split(bytes: &[u8]) -> ([u8; HEADER_BYTES], Vec<Record>) {
    let (head, tail) = bytes.split_at(bytes.len().min(HEADER_BYTES));
    let mut header = [0; HEADER_BYTES];
    header[..head.len()].copy_from_slice(head);
    let records = tail.chunks_exact(RECORD_BYTES).map(|r| [r[0], r[1], r[2], r[3]]);
    (header, records.collect())
}

/// Joins header and records, as many whole records as fit.
fn join(header: [u8; HEADER_BYTES], records: &[Record], max: usize) -> Vec<u8> {
    let most = max.saturating_sub(HEADER_BYTES) / RECORD_BYTES;
    let records = records.iter().take(most).copied().flatten();
    let mut bytes: Vec<u8> = header.into_iter().chain(records).collect();
    bytes.truncate(max);
    bytes
}

/// Returns a number below `bound`, each order of magnitude equally likely.
fn skewed(rng: &mut SeededRng, bound: u64) -> u64 {
    let order = rng.below(u64::from(bound.ilog2()) + 1);
    rng.below((2 << order).min(bound))
}

fn fresh(rng: &mut SeededRng) -> Record {
    let [a, b, c, d, ..] = rng.bytes();
    [a, b, c, d]
}

/// Returns the bytes of one field: opcode, name or size.
fn field(rng: &mut SeededRng) -> Range<usize> {
    [0..1, 1..2, 2..4][rng.index(3)].clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::generate;

    const MAX: usize = 2000;

    #[test]
    fn equal_seeds_give_equal_mutations() {
        let (one, two) = (generate(1, 0), generate(1, 1));
        assert_eq!(mutate(&one, MAX, 7), mutate(&one, MAX, 7));
        assert_eq!(crossover(&one, &two, MAX, 7), crossover(&one, &two, MAX, 7));
        let many: std::collections::HashSet<_> = (0..100).map(|i| mutate(&one, MAX, i)).collect();
        assert!(many.len() > 80, "{} of 100", many.len());
    }

    #[test]
    fn records_stay_whole_and_within_the_limit() {
        for seed in 0..500 {
            let (one, two) = (generate(2, seed), generate(3, seed));
            let max = seed as usize * 4;
            for out in [mutate(&one, max, seed), crossover(&one, &two, max, seed)] {
                assert!(out.len() <= max, "{} of {max}", out.len());
                assert_eq!(out.len() % RECORD_BYTES, 0, "{}", out.len());
            }
        }
    }

    #[test]
    fn every_input_is_accepted_and_growth_is_bounded() {
        for few in 0..20 {
            let bytes = &generate(4, 0)[..few];
            for seed in 0..200 {
                let out = mutate(bytes, MAX, seed);
                assert!(out.len() <= bytes.len().max(HEADER_BYTES) + 64 * RECORD_BYTES);
                assert!(crossover(bytes, &[], few, seed).len() <= few);
            }
        }
        let mut bytes = generate(5, 0);
        (0..2000).for_each(|seed| bytes = mutate(&bytes, MAX, seed));
        assert!((HEADER_BYTES..=MAX).contains(&bytes.len()));
    }

    #[test]
    fn mutations_keep_most_records() {
        let whole = generate(6, 1);
        let records = |bytes: &[u8]| split(bytes).1;
        let mut kept = 0;
        for seed in 0..200 {
            let after = records(&mutate(&whole, MAX, seed));
            let before = records(&whole);
            let same = before.iter().filter(|record| after.contains(record)).count();
            kept += usize::from(same * 10 >= before.len() * 7);
        }
        assert!(kept > 150, "{kept} of 200");
    }

    #[test]
    fn a_crossover_has_records_of_both_parents_only() {
        let (one, two) = (generate(7, 0), generate(7, 1));
        let (first, second) = (split(&one).1, split(&two).1);
        let mut both = 0;
        for seed in 0..100 {
            let cross = split(&crossover(&one, &two, usize::MAX, seed)).1;
            assert_eq!(cross.len(), first.len().max(second.len()));
            assert!(cross.iter().all(|r| first.contains(r) || second.contains(r)));
            both += usize::from(
                cross.iter().any(|r| first.contains(r)) && cross.iter().any(|r| second.contains(r)),
            );
        }
        assert!(both > 60, "{both} of 100");
    }
}
