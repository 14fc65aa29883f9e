//! The swarm masks: the op kinds and size modes that a header disables.

use super::keywords::keywords;
use super::size::SizeMode;

keywords! {
    /// The op kinds that a header can disable, in the order of the mask's bits. Malloc and free are
    /// always enabled.
    pub enum OpKind {
        /// If disabled, it decodes as malloc.
        Memalign = "memalign",
        /// If disabled, it decodes as free.
        Realloc = "realloc",
        /// Add, remove, extend and shrink a pool. If disabled, they decode as malloc.
        Pools = "pools",
        /// If disabled, it decodes as free.
        Repeat = "repeat",
        /// If disabled, it decodes as malloc.
        Fill = "fill",
        /// If disabled, it decodes as free.
        Drain = "drain",
        /// If disabled, it decodes as malloc.
        Rewrite = "rewrite",
        /// If disabled, it decodes as free.
        Check = "check",
    }
}

/// The disabled op kinds and size modes. A program that cannot free in bulk, or has no odd sizes,
/// reaches states that an even mixture never does ("swarm testing", Groce et al. 2012).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Swarm {
    /// Bit `k` disables the [`OpKind`] with number `k`.
    pub kinds: u8,
    /// Bit `m` disables the [`SizeMode`] with number `m`. A mask with all bits set disables none.
    pub modes: u8,
}

impl Swarm {
    /// Returns whether ops of this kind decode as malloc or free.
    pub const fn without(self, kind: OpKind) -> bool {
        self.kinds >> kind as u8 & 1 == 1
    }

    /// Returns whether sizes of this mode decode as another mode.
    pub const fn without_mode(self, mode: SizeMode) -> bool {
        self.modes != u8::MAX && self.modes >> mode as u8 & 1 == 1
    }

    /// Returns the mode itself or, if it is disabled, the next enabled one, cyclically.
    pub(super) fn nearest_mode(self, mode: SizeMode) -> SizeMode {
        let upward = SizeMode::ALL.iter().cycle().skip(mode as usize).take(SizeMode::ALL.len());
        upward.copied().find(|&m| !self.without_mode(m)).unwrap_or(mode)
    }
}
