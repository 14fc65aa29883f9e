//! Heaps whose control fits their largest pool: a choice of compiled geometries, made when the heap is
//! made. The control's head names the choice.
//!
//! The second level is 8 lists for pools up to 16 KiB, 16 up to 256 KiB, and 32 above, as in espressif's
//! fork of TLSF. Blocks are placed as by a TLSF 3.1 of that second level.

#[cfg(feature = "sized")]
pub mod mm_sized;

use core::ffi::c_void;

use crate::configuration::LARGEST_POOL;
use crate::control::kind;

/// Entries in the table of pools.
pub(crate) const POOLS: usize = 8;

/// Bytes of the largest pool that the last geometry can have at least.
const LARGEST: usize = if LARGEST_POOL > 4 << 20 { LARGEST_POOL } else { 4 << 20 };

/// A geometry, by the bytes of its largest pool.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(crate) enum Kind {
    Of4K = 1,
    Of16K,
    Of64K,
    Of256K,
    Of4M,
    Largest,
}

impl Kind {
    const ALL: [Self; 6] =
        [Self::Of4K, Self::Of16K, Self::Of64K, Self::Of256K, Self::Of4M, Self::Largest];

    /// Bytes of the largest pool.
    const fn largest_pool(self) -> usize {
        match self {
            Self::Of4K => 4 << 10,
            Self::Of16K => 16 << 10,
            Self::Of64K => 64 << 10,
            Self::Of256K => 256 << 10,
            Self::Of4M => 4 << 20,
            Self::Largest => LARGEST,
        }
    }

    /// The least that can have a pool of so many bytes.
    pub(crate) fn for_pool(bytes: usize) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| bytes <= kind.largest_pool())
    }

    /// The kind of the heap that a handle points at; none for null.
    ///
    /// # Safety
    /// The handle is null or a heap's.
    #[inline]
    pub(crate) unsafe fn of(handle: *const c_void) -> Option<Self> {
        // SAFETY: the caller's contract.
        let number = usize::from(unsafe { kind(handle) });
        Self::ALL.get(number.wrapping_sub(1)).copied()
    }
}

/// The controls of all kinds, for one alignment.
macro_rules! controls {
    ($module:ident, $align:expr, $beyond:ty) => {
        pub(crate) mod $module {
            use engine::first_levels_for;

            use super::{Kind, POOLS};
            use crate::control::Control;

            const ALIGN: usize = $align;
            type Beyond = $beyond;

            const fn rows<const SL: usize>(kind: Kind) -> usize {
                first_levels_for::<ALIGN, SL>(kind.largest_pool())
            }

            pub(crate) type Of4K = Control<ALIGN, { rows::<8>(Kind::Of4K) }, 8, POOLS, Beyond>;
            pub(crate) type Of16K = Control<ALIGN, { rows::<8>(Kind::Of16K) }, 8, POOLS, Beyond>;
            pub(crate) type Of64K = Control<ALIGN, { rows::<16>(Kind::Of64K) }, 16, POOLS, Beyond>;
            pub(crate) type Of256K =
                Control<ALIGN, { rows::<16>(Kind::Of256K) }, 16, POOLS, Beyond>;
            pub(crate) type Of4M = Control<ALIGN, { rows::<32>(Kind::Of4M) }, 32, POOLS, Beyond>;
            pub(crate) type Largest =
                Control<ALIGN, { rows::<32>(Kind::Largest) }, 32, POOLS, Beyond>;
        }
    };
}

#[cfg(feature = "sized")]
controls!(mm_controls, crate::configuration::MM_ALIGN, crate::flavour::InTable);
#[cfg(feature = "espressif")]
controls!(esp_controls, engine::WORD, crate::flavour::Unlimited);

/// The engine of a `tlsf_espressif.h` heap, for what is the same in all geometries.
#[cfg(feature = "espressif")]
pub(crate) type EspEngine = engine::Tlsf<
    { engine::WORD },
    { engine::first_levels_for::<{ engine::WORD }, 32>(LARGEST) },
    32,
    1,
>;

/// Calls an associated function of the control of a kind; without a kind, has the value after `else`.
macro_rules! of_kind {
    ($kind:expr, $controls:ident :: $operation:ident($($argument:expr),*), else $none:expr) => {{
        use $crate::sized::Kind;
        match $kind {
            Some(Kind::Of4K) => $controls::Of4K::$operation($($argument),*),
            Some(Kind::Of16K) => $controls::Of16K::$operation($($argument),*),
            Some(Kind::Of64K) => $controls::Of64K::$operation($($argument),*),
            Some(Kind::Of256K) => $controls::Of256K::$operation($($argument),*),
            Some(Kind::Of4M) => $controls::Of4M::$operation($($argument),*),
            Some(Kind::Largest) => $controls::Largest::$operation($($argument),*),
            None => $none,
        }
    }};
}
pub(crate) use of_kind;
