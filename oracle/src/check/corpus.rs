//! The programs that the harness comes with.

use crate::ops::Program;

/// Each as its length in two bytes, little-endian, and its binary form.
const PROGRAMS: &[u8] = include_bytes!("corpus.bin");

/// The programs: a sample of the corpus of memoman's own fuzzing.
pub fn programs() -> impl Iterator<Item = Program> {
    let mut rest = PROGRAMS;
    std::iter::from_fn(move || {
        let (length, behind) = rest.split_first_chunk()?;
        let (bytes, behind) = behind.split_at(u16::from_le_bytes(*length).into());
        rest = behind;
        Some(Program::decode(bytes))
    })
}
