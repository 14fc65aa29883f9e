//! Alignments as codes: a program then has the same meaning on 32-bit and 64-bit targets.

use super::version::Version;

const TOP: usize = 1 << (usize::BITS - 1);

/// The value of each code: 17 powers of two, then values that an allocator must refuse, and large ones.
const VALUES: [usize; 41] = [
    1,
    2,
    4,
    8,
    16,
    32,
    64,
    128,
    256,
    512,
    1 << 10,
    1 << 11,
    1 << 12,
    1 << 13,
    1 << 14,
    1 << 15,
    1 << 16,
    0,
    3,
    6,
    12,
    24,
    48,
    1 << 17,
    1 << 18,
    1 << 19,
    1 << 20,
    1 << 24,
    1 << 31,
    usize::MAX,
    TOP,
    TOP >> 1,
    // Those that only version 2 has.
    1 << 21,
    1 << 22,
    1 << 23,
    1 << 25,
    1 << 26,
    1 << 27,
    1 << 28,
    1 << 29,
    1 << 30,
];

/// The keyword of each code in the text form.
const NAMES: [&str; 41] = [
    "1", "2", "4", "8", "16", "32", "64", "128", "256", "512", "1024", "2048", "4096", "8192",
    "16384", "32768", "65536", "0", "3", "6", "12", "24", "48", "2^17", "2^18", "2^19", "2^20",
    "2^24", "2^31", "max", "top", "top/2", "2^21", "2^22", "2^23", "2^25", "2^26", "2^27", "2^28",
    "2^29", "2^30",
];

/// The codes of version 2 by their number there: the powers of two up to 2^30, then 3, which must be refused.
const LARGE: [u8; 32] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 32, 33, 34, 27, 35,
    36, 37, 38, 39, 40, 18,
];

/// An alignment to pass to memalign: one of 32 in each version, some of which are invalid.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Align(u8);

impl Align {
    /// The codes below this one are the powers of two up to 1024. Most records choose among these,
    /// because larger alignments fail in most pools.
    pub(super) const COMMON: u8 = 11;

    /// Returns the alignment of a code, modulo 32.
    pub const fn from_code(code: u8) -> Self {
        Self(code % 32)
    }

    /// Returns the alignment with this number, modulo 32, in a version's binary form.
    pub const fn of_number(version: Version, number: u8) -> Self {
        match version {
            Version::One => Self::from_code(number),
            Version::Two => Self(LARGE[number as usize % 32]),
        }
    }

    /// Returns the number in a version's binary form, if the version has the alignment.
    pub fn number(self, version: Version) -> Option<u8> {
        (0..32).find(|&number| Self::of_number(version, number) == self)
    }

    /// Returns the keywords of a version's alignments, by number.
    pub(super) fn words(version: Version) -> impl Iterator<Item = &'static str> + Clone {
        (0..32).map(move |number| Self::of_number(version, number).word())
    }

    /// Returns the alignment of `2^log2` bytes, with `log2` modulo 17.
    pub const fn power(log2: u8) -> Self {
        Self(log2 % 17)
    }

    /// Returns the number in the binary form of version 1: 0..32. That of the alignments of version 2 alone is
    /// larger.
    pub const fn code(self) -> u8 {
        self.0
    }

    /// Returns the alignment in bytes.
    pub const fn value(self) -> usize {
        VALUES[self.0 as usize]
    }

    /// Returns whether this is a valid alignment, which an allocator must accept.
    pub const fn is_power_of_two(self) -> bool {
        self.value().is_power_of_two()
    }

    /// Returns the keyword in the text form.
    pub const fn word(self) -> &'static str {
        NAMES[self.0 as usize]
    }
}
