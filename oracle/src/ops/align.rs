//! Alignments by code, so that a program means the same at both word widths.

const TOP: usize = 1 << (usize::BITS - 1);

/// What the codes stand for: 17 powers of two, then large ones and what no allocator may take.
const VALUES: [usize; 32] = [
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
];

/// How the text form spells them.
pub(super) const NAMES: [&str; 32] = [
    "1", "2", "4", "8", "16", "32", "64", "128", "256", "512", "1024", "2048", "4096", "8192",
    "16384", "32768", "65536", "0", "3", "6", "12", "24", "48", "2^17", "2^18", "2^19", "2^20",
    "2^24", "2^31", "max", "top", "top/2",
];

/// An alignment to ask memalign for: one of 32, not all of them lawful.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Align(u8);

impl Align {
    /// Codes below are the powers of two up to 1024: most records choose among these, as any
    /// larger one fails in most pools.
    pub(super) const GENTLE: u8 = 11;

    /// The alignment of a code, modulo 32.
    pub const fn from_code(code: u8) -> Self {
        Self(code % 32)
    }

    /// `2^log2` bytes, for log2 up to 16; larger ones are taken modulo 17.
    pub const fn power(log2: u8) -> Self {
        Self(log2 % 17)
    }

    /// Its number in the binary form: 0..32.
    pub const fn code(self) -> u8 {
        self.0
    }

    /// Bytes.
    pub const fn value(self) -> usize {
        VALUES[self.0 as usize]
    }

    /// Whether an allocator has to take it.
    pub const fn is_power_of_two(self) -> bool {
        self.value().is_power_of_two()
    }

    /// How the text form spells it.
    pub const fn word(self) -> &'static str {
        NAMES[self.0 as usize]
    }
}
