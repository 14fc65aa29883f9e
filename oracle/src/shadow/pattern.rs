//! The bytes that fill a payload: a pattern for each allocation.

/// A bijective scramble (splitmix64's finaliser).
pub(crate) const fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// The 8 bytes at word `index` of a payload with this tag.
#[inline]
fn word(tag: u64, index: usize) -> u64 {
    tag.wrapping_add((index as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

/// Up to this size, a payload of a program of version 2 has its pattern over its whole length.
const WHOLE: usize = 16 << 10;

/// Bytes of the pattern at each end of a larger one.
const END: usize = 4 << 10;

/// Samples between the ends, and bytes of each.
const SAMPLES: u64 = 4;
const SAMPLE: usize = 64;

/// What an allocation was filled with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pattern {
    /// Its seed: no two live allocations have the same.
    pub tag: u64,
    /// The bytes of the payload.
    pub bytes: usize,
    /// Only its ends and some samples are filled, if it is large: no other page of it is touched.
    pub sampled: bool,
}

impl Pattern {
    /// The ranges that are filled, as (start, end): each starts at a whole word. They may overlap.
    pub(crate) fn ranges(self) -> impl Iterator<Item = (usize, usize)> {
        let (Self { tag, bytes, .. }, is_whole) = (self, self.is_whole());
        let sample = move |number| {
            let places = ((bytes - END - SAMPLE) / 8) as u64;
            let start = (mix(tag ^ number) % places) as usize * 8;
            (start, start + SAMPLE)
        };
        let samples = if is_whole { 0 } else { SAMPLES };
        let ends = match is_whole {
            true => [(0, bytes), (bytes / 8 * 8, bytes)],
            false => [(0, END), ((bytes - END) / 8 * 8, bytes)],
        };
        ends.into_iter().take(if is_whole { 1 } else { 2 }).chain((0..samples).map(sample))
    }

    #[inline]
    const fn is_whole(self) -> bool {
        !self.sampled || self.bytes <= WHOLE
    }

    /// Fills a payload.
    #[inline]
    pub(crate) fn fill(self, payload: &mut [u8]) {
        if self.is_whole() { fill(payload, self.tag) } else { self.fill_ranges(payload) }
    }

    /// The first byte that is not what was filled in, of a payload that may be cut, and from a word on.
    #[inline]
    pub(crate) fn first_wrong(self, payload: &[u8], from: usize) -> Option<usize> {
        match self.is_whole() {
            true => first_wrong(payload, self.tag, from),
            false => self.first_wrong_in_ranges(payload, from),
        }
    }

    /// Not inlined, as below: most programs have no such payload.
    #[inline(never)]
    fn fill_ranges(self, payload: &mut [u8]) {
        for (start, end) in self.ranges() {
            fill_from(&mut payload[..end], self.tag, start / 8);
        }
    }

    #[inline(never)]
    fn first_wrong_in_ranges(self, payload: &[u8], from: usize) -> Option<usize> {
        let wrong = |(start, end): (usize, usize)| {
            let end = end.min(payload.len());
            let from = from.max(start / 8);
            if from * 8 < end { first_wrong(&payload[..end], self.tag, from) } else { None }
        };
        self.ranges().filter_map(wrong).min()
    }
}

/// Fills a payload with its pattern.
pub(crate) fn fill(payload: &mut [u8], tag: u64) {
    fill_from(payload, tag, 0);
}

/// The same, from a word on.
#[inline]
fn fill_from(payload: &mut [u8], tag: u64, from: usize) {
    let (words, tail) = payload.as_chunks_mut_8();
    let count = words.len();
    let mut right: [u64; RUN] = std::array::from_fn(|lane| word(tag, from + lane));
    let mut runs = words[from..].chunks_exact_mut(RUN);
    for run in runs.by_ref() {
        for lane in 0..RUN {
            run[lane] = right[lane].to_le_bytes();
            right[lane] = right[lane].wrapping_add(word(0, RUN));
        }
    }
    for (chunk, right) in runs.into_remainder().iter_mut().zip(right) {
        *chunk = right.to_le_bytes();
    }
    let last = word(tag, count).to_le_bytes();
    tail.copy_from_slice(&last[..tail.len()]);
}

/// Words that are compared at a time, in lanes of their own: the compiler then uses vectors.
const RUN: usize = 8;

/// The first byte, at or behind word `from`, that is not what [`fill`] wrote.
pub(crate) fn first_wrong(payload: &[u8], tag: u64, from: usize) -> Option<usize> {
    let (words, tail) = payload.as_chunks_8();
    let count = words.len();
    let from = from.min(count);
    let mut right: [u64; RUN] = std::array::from_fn(|lane| word(tag, from + lane));
    let mut wrong = [0; RUN];
    let runs = words[from..].chunks_exact(RUN);
    let rest = runs.remainder();
    for run in runs {
        for lane in 0..RUN {
            wrong[lane] |= u64::from_le_bytes(run[lane]) ^ right[lane];
            right[lane] = right[lane].wrapping_add(word(0, RUN));
        }
    }
    for (chunk, right) in rest.iter().zip(right) {
        wrong[0] |= u64::from_le_bytes(*chunk) ^ right;
    }
    let differs = wrong.iter().fold(0, |any, wrong| any | wrong);
    let last = word(tag, count).to_le_bytes();
    if differs == 0 && tail == &last[..tail.len()] {
        return None;
    }
    let right = |at: usize| word(tag, at / 8).to_le_bytes()[at % 8];
    (from * 8..payload.len()).find(|&at| payload[at] != right(at))
}

/// `as_chunks` exists since Rust 1.88; the crate supports 1.85.
trait Chunks8 {
    fn as_chunks_8(&self) -> (&[[u8; 8]], &[u8]);
    fn as_chunks_mut_8(&mut self) -> (&mut [[u8; 8]], &mut [u8]);
}

impl Chunks8 for [u8] {
    fn as_chunks_8(&self) -> (&[[u8; 8]], &[u8]) {
        let (whole, tail) = self.split_at(self.len() / 8 * 8);
        // SAFETY: an array of 8 bytes is aligned as a byte is, and `whole` is a multiple of 8 long.
        (unsafe { std::slice::from_raw_parts(whole.as_ptr().cast(), whole.len() / 8) }, tail)
    }

    fn as_chunks_mut_8(&mut self) -> (&mut [[u8; 8]], &mut [u8]) {
        let (whole, tail) = self.split_at_mut(self.len() / 8 * 8);
        let count = whole.len() / 8;
        // SAFETY: an array of 8 bytes is aligned as a byte is, and `whole` is a multiple of 8 long.
        (unsafe { std::slice::from_raw_parts_mut(whole.as_mut_ptr().cast(), count) }, tail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_payload_is_filled_at_its_ends_and_in_samples_and_checked_there() {
        let bytes = (1 << 20) + 40;
        let mut payload = vec![0; bytes];
        let pattern = Pattern { tag: 7, bytes, sampled: true };
        pattern.fill(&mut payload);
        let touched =
            payload.chunks(4096).filter(|page| page.iter().any(|&byte| byte != 0)).count();
        assert!((3..=2 + 2 + 2 * SAMPLES as usize).contains(&touched), "{touched} pages");
        let covered: Vec<usize> = pattern.ranges().flat_map(|(start, end)| start..end).collect();
        assert!(covered.contains(&0) && covered.contains(&(bytes - 1)));
        for &at in covered.iter().step_by(61) {
            payload[at] ^= 1;
            assert_eq!(pattern.first_wrong(&payload, 0), Some(at));
            assert_eq!(pattern.first_wrong(&payload[..at], 0), None);
            assert_eq!(pattern.first_wrong(&payload, at / 8 + 1), None);
            payload[at] ^= 1;
        }
        assert_eq!(Pattern { sampled: false, ..pattern }.first_wrong(&payload, 0), Some(END));
    }

    #[test]
    fn every_wrong_byte_is_found_where_it_is() {
        for len in [1, 7, 8, 24, 100, 129] {
            let mut payload = vec![0; len];
            fill(&mut payload, 42);
            assert_eq!(first_wrong(&payload, 42, 0), None);
            assert!(first_wrong(&payload, 43, 0).is_some(), "tags differ from the start");
            for at in 0..len {
                payload[at] ^= 0x10;
                assert_eq!(first_wrong(&payload, 42, 0), Some(at));
                payload[at] ^= 0x10;
            }
        }
    }
}
