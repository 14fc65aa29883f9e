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

/// Fills a payload with its pattern.
pub(crate) fn fill(payload: &mut [u8], tag: u64) {
    let (words, tail) = payload.as_chunks_mut_8();
    let count = words.len();
    let mut right: [u64; RUN] = std::array::from_fn(|lane| word(tag, lane));
    let mut runs = words.chunks_exact_mut(RUN);
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
