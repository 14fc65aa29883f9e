//! Memory for an allocator under test. It has the largest alignment that a program requests, so that
//! the alignment of an offset is that of its address, and no trace holds an address.
//!
//! On Unix it is reserved address space: a page takes memory when it is first written.

use std::ptr::NonNull;

/// The largest pool of a program, in bytes, but for up to 255 bytes more of its first one: 4 GiB where the system
/// reserves address space for it. Elsewhere larger ones are cut to this size.
pub const LARGEST_POOL: usize = memory::LARGEST_POOL;

/// Alignment of the arena of a program: above the largest alignment that can succeed in it.
pub const ARENA_ALIGN: usize = if LARGEST_POOL > SMALL_ALIGN { LARGEST_POOL } else { SMALL_ALIGN };

/// Bytes of the arena of a program: four regions, and what lies before and between them.
pub const ARENA_BYTES: usize = 4 * LARGEST_POOL + SMALL_MARGIN;

/// Bytes of the arena that programs of version 1 use: four regions of 256 KiB, and the same margin.
pub const SMALL_BYTES: usize = (1 << 20) + SMALL_MARGIN;

const SMALL_MARGIN: usize = 1 << 16;

/// The largest pool on 32 bits: small enough for the arenas of all geometries, in several threads. WebAssembly has it,
/// too: its traces are those of other machines of 32 bits.
const LARGEST_POOL_OF_32_BITS: usize = 1 << 21;

/// The least alignment of an arena: what the alignments that version 1 grants need.
pub const SMALL_ALIGN: usize = 1 << 20;

/// Bytes of address space that an arena of [`ARENA_BYTES`] takes: 20 GiB on 64-bit Unix.
pub const RESERVED_BYTES: usize = ARENA_BYTES + ARENA_ALIGN + memory::SHIFT;

/// An owned arena, zeroed at first.
#[derive(Debug)]
pub struct Arena {
    base: NonNull<u8>,
    memory: memory::Memory,
    bytes: usize,
    /// Whether it begins as many bytes later as small pools have it.
    is_shifted: bool,
}

// SAFETY: plain memory with one owner.
unsafe impl Send for Arena {}

impl Arena {
    /// A new arena for programs: of [`ARENA_BYTES`], or of [`SMALL_BYTES`] in a process that may not reserve so much
    /// address space.
    ///
    /// # Panics
    /// If the system refuses the memory.
    pub fn new() -> Self {
        Self::reserved(ARENA_BYTES).unwrap_or_else(|| Self::of(SMALL_BYTES))
    }

    /// A new arena of so many bytes.
    ///
    /// # Panics
    /// If there are none, or the system refuses the memory.
    pub fn of(bytes: usize) -> Self {
        assert!(bytes > 0, "an arena has bytes");
        Self::reserved(bytes)
            .unwrap_or_else(|| panic!("no memory for an arena of {bytes} bytes; see ulimit -v"))
    }

    /// Whether the system reserves the address space of so many arenas for programs at the same time. It is given back
    /// at once.
    pub fn can_reserve(arenas: usize) -> bool {
        let bytes = RESERVED_BYTES.checked_mul(arenas);
        bytes.is_some_and(|bytes| memory::Memory::new(bytes, SMALL_ALIGN).is_some())
    }

    fn reserved(bytes: usize) -> Option<Self> {
        let align = bytes.checked_next_power_of_two()?.clamp(SMALL_ALIGN, ARENA_ALIGN);
        let (memory, base) = memory::Memory::new(bytes, align)?;
        Some(Self { base, memory, bytes, is_shifted: false })
    }

    /// Its length.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Before pools of 4 GiB, or of 256 KiB at most. The latter need less alignment, and then the arena begins
    /// elsewhere: addresses of two arenas that agree in their lower 32 bits slow each other down in the first
    /// cache of some processors, which looks at a few bits only.
    ///
    /// # Panics
    /// If it is too short for the large ones: [`Arena::new`] did not get [`RESERVED_BYTES`].
    pub(crate) fn set_large(&mut self, is_large: bool) {
        assert!(
            !is_large || self.bytes == ARENA_BYTES,
            "version 2 needs {RESERVED_BYTES} bytes of address space for each arena, of which this one has \
             {}; see ulimit -v",
            self.bytes
        );
        let shift = memory::SHIFT;
        self.base = match (self.is_shifted, !is_large) {
            // SAFETY: the memory is so much longer than the arena.
            (false, true) => unsafe { self.base.add(shift) },
            // SAFETY: back to where it began.
            (true, false) => unsafe { self.base.sub(shift) },
            _ => self.base,
        };
        self.is_shifted = !is_large;
    }

    /// Its first byte.
    pub const fn base(&self) -> NonNull<u8> {
        self.base
    }

    /// The address `offset` bytes in; it may lie outside.
    pub const fn at(&self, offset: usize) -> *mut u8 {
        self.base.as_ptr().wrapping_add(offset)
    }

    /// The offset of an address, wrapping if it lies before the base.
    pub fn offset(&self, ptr: *const u8) -> usize {
        ptr.addr().wrapping_sub(self.base.addr().get())
    }

    /// Gives the memory of its pages back to the system, where that is possible. All bytes may change.
    pub fn discard(&mut self) {
        self.memory.discard();
    }
}

impl Default for Arena {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(all(unix, not(miri)))]
mod memory {
    use std::ptr::NonNull;

    use memmap2::{MmapMut, MmapOptions, UncheckedAdvice};

    /// 4 GiB on 64 bits.
    pub(super) const LARGEST_POOL: usize =
        if usize::BITS == 64 { 1 << 32 } else { super::LARGEST_POOL_OF_32_BITS };

    /// A multiple of the alignment that version 1 needs, with different low bits. On 32-bit, bytes are scarce.
    pub(super) const SHIFT: usize = if usize::BITS == 64 { 38 << 20 } else { 0 };

    /// A mapping, in which the arena begins at the first multiple of its alignment.
    #[derive(Debug)]
    pub(super) struct Memory(MmapMut);

    impl Memory {
        /// The memory, and where the arena begins; none if the system does not reserve so much.
        pub(super) fn new(bytes: usize, align: usize) -> Option<(Self, NonNull<u8>)> {
            let length = bytes.checked_add(align)?.checked_add(SHIFT)?;
            let mut mapping = MmapOptions::new().len(length).no_reserve_swap().map_anon().ok()?;
            let start = NonNull::new(mapping.as_mut_ptr()).expect("a mapping is not at address 0");
            let skipped = start.as_ptr().align_offset(align);
            // Pools of version 1 lie in one large page, if the system has one, which spares misses of the TLB. Of
            // larger pools little is written, here and there.
            #[cfg(target_os = "linux")]
            if length - skipped - SHIFT >= 2 << 20 {
                let _ = mapping.advise(memmap2::Advice::NoHugePage);
                let _ = mapping.advise_range(memmap2::Advice::HugePage, skipped + SHIFT, 2 << 20);
            }
            // SAFETY: less than `align` into the mapping, which is so much longer than the arena.
            Some((Self(mapping), unsafe { start.add(skipped) }))
        }

        pub(super) fn discard(&mut self) {
            // SAFETY: there is no reference to these bytes, which may have any values.
            let discarded = unsafe { self.0.unchecked_advise(UncheckedAdvice::DontNeed) };
            discarded.expect("pages of a mapping of one's own");
        }
    }
}

#[cfg(not(all(unix, not(miri))))]
mod memory {
    use std::alloc::{Layout, alloc_zeroed, dealloc};
    use std::ptr::NonNull;

    /// There is one place for the arena.
    pub(super) const SHIFT: usize = 0;

    /// That of version 1: here an arena takes all its memory at once.
    pub(super) const LARGEST_POOL: usize =
        if cfg!(target_family = "wasm") { super::LARGEST_POOL_OF_32_BITS } else { 1 << 18 };

    /// An allocation.
    #[derive(Debug)]
    pub(super) struct Memory(NonNull<u8>, Layout);

    impl Memory {
        pub(super) fn new(bytes: usize, align: usize) -> Option<(Self, NonNull<u8>)> {
            let layout = Layout::from_size_align(bytes, align).ok()?;
            // SAFETY: the layout is not empty: no arena is.
            let base = NonNull::new(unsafe { alloc_zeroed(layout) })?;
            Some((Self(base, layout), base))
        }

        pub(super) fn discard(&mut self) {}
    }

    impl Drop for Memory {
        fn drop(&mut self) {
            // SAFETY: allocated by `new` with this layout.
            unsafe { dealloc(self.0.as_ptr(), self.1) }
        }
    }
}
