//! A TLSF allocator that places every block where Matthew Conte's [TLSF 3.1] places it.
//!
//! `no_std`, no dependency, no global state: a [`Tlsf`] is a plain value that hands out blocks of
//! the memory it was given.
//!
//! # The algorithm
//!
//! TLSF (*two-level segregated fit*; Masmano, Ripoll, Crespo and Real, ECRTS 2004) threads two
//! structures through the same bytes:
//!
//! - the **chain**: all blocks of a pool in address order. A header holds the size, so the next
//!   block is an addition away; a free block ends in a pointer to its own header, so the previous
//!   one is, too. Freeing merges a block with its free neighbours without searching.
//! - the **index**: the free blocks by size. The first level is the power of two, the second
//!   divides each power into `SL` equal ranges; one list for each range, one bit for each list.
//!
//! An allocation rounds the request up to the start of the next range, so that *every* block of
//! the list will do, finds the first occupied list from there on with two bit scans, takes its
//! head, and gives back what is left over. No step depends on how many blocks there are: allocating,
//! freeing and resizing in place take *constant time*. The rest does not:
//!
//! - [`Tlsf::reallocate`] copies when it moves a block;
//! - [`Tlsf::add_pool`] and the other verbs of whole pools are O(pools), [`Tlsf::reset`] clears the
//!   lists as well, and [`Tlsf::remove_pool`] of a pool in use looks for the block in the way;
//! - [`Tlsf::try_allocate`] with no block to give looks for the reason, O(free blocks);
//! - looking ([`Tlsf::validate`], [`Tlsf::blocks`], …) is O(what is looked at).
//!
//! # The bytes
//!
//! ```text
//! pool   | shift | header | payload | header | payload | … | header | payload | sentinel |
//! bytes  ALIGN-W     W                  W                        W                  W
//!                         ^ multiple of ALIGN, as is every payload
//!
//! used block   | header | the caller's bytes ………………………………………………… |
//! free block   | header | next link | prev link | … unused … | prev_phys |
//!                                                              ^ this block's address,
//!                                                                for the block behind it
//! header       size of the payload in bytes | PREV_FREE (bit 1) | FREE (bit 0)
//! sentinel     a header: used, of size 0
//! ```
//!
//! W is a word, [`WORD`]. A block costs one word; a pool costs [`Tlsf::POOL_OVERHEAD`], its first
//! shift and header and the sentinel. With ALIGN = W (TLSF 3.1) the shift is empty. A free block
//! needs three words of payload, hence [`Tlsf::BLOCK_SIZE_MIN`].
//!
//! # Ten laws
//!
//! Each has one name, which the code cites where it leans on it, and which [`Tlsf::validate`]
//! reports as a [`Law`] when it is broken.
//!
//! | law | says |
//! |---|---|
//! | [Tiling](Law::Tiling) | blocks of legal sizes cover the pool with no gap |
//! | [Mirror](Law::Mirror) | PREV_FREE equals the predecessor's FREE |
//! | [BackLink](Law::BackLink) | a free block's successor points back at it |
//! | [Coalesced](Law::Coalesced) | no two neighbours are free |
//! | [Sentinel](Law::Sentinel) | each pool ends in one used block of size 0 |
//! | [Membership](Law::Membership) | a block is free exactly if it is in exactly one list |
//! | [Class](Law::Class) | a listed block is in the list of its size |
//! | [Links](Law::Links) | next and prev links agree, lead to blocks, and form no cycle |
//! | [Occupancy](Law::Occupancy) | a bit is set exactly if its list is not empty, on both levels |
//! | [Census](Law::Census) | counters equal what a walk counts |
//!
//! Counters are a feature, `stats`: with it a heap counts blocks and bytes as it goes, tells them
//! in constant time as [`Stats`], and `validate` compares. Without it nothing is counted, and
//! `validate` returns what others may compare theirs with.
//!
//! # Features
//!
//! None is on by default; each may be, with any other. What is always there: [`Tlsf`], [`Shared`],
//! [`LocalHeap`], [`Source`], [`StaticPool`].
//!
//! | feature | adds | depends on |
//! |---|---|---|
//! | `stats` | [`Stats`]: counters, kept as the heap goes | |
//! | `guard` | [`Guarded`]: a heap that checks every call first, see [Misuse](#misuse) | |
//! | `internals` | what tools that look inside need: size classes, free lists, pools without their heap | |
//! | `cost` | [`cost()`]: the words that calls touch, counted, for measuring | `std` |
//! | `lock_api` | [`LockedHeap`]: a heap behind a lock, see [Doors](#doors) | `lock_api` 0.4 |
//! | `critical-section` | [`CriticalHeap`]: a heap for interrupt handlers | `critical-section` 1 |
//! | `allocator-api2` | `Allocator` for the heaps behind doors | `allocator-api2` 0.2 |
//! | `mmap` | [`Mmap`]: memory from the operating system, on Unix | `libc` |
//!
//! # How to integrate
//!
//! A heap in a `static`, its memory in another:
//!
//! ```
//! use core::alloc::Layout;
//! use core::mem::MaybeUninit;
//! use memoman::Tlsf;
//! use std::sync::Mutex; // or the lock of your platform
//!
//! static HEAP: Mutex<Tlsf> = Mutex::new(Tlsf::new());
//! static mut MEMORY: [MaybeUninit<u8>; 64 * 1024] = [MaybeUninit::uninit(); 64 * 1024];
//!
//! let mut heap = HEAP.lock().unwrap();
//! // SAFETY: the only use of MEMORY, once.
//! heap.add_static_pool(unsafe { &mut *(&raw mut MEMORY) })?;
//!
//! let layout = Layout::new::<[u64; 100]>();
//! let block = heap.allocate(layout).expect("64 KiB have room for 800 bytes");
//! // SAFETY: 800 bytes, aligned, and ours until they are freed.
//! unsafe { block.cast::<[u64; 100]>().write([7; 100]) };
//! assert_eq!(heap.validate().unwrap().used_blocks, 1);
//!
//! // SAFETY: handed out by this heap, not freed since, not used afterwards.
//! unsafe { heap.deallocate(block) };
//! assert_eq!(heap.validate().unwrap().free_blocks, 1);
//! # Ok::<(), memoman::PoolError>(())
//! ```
//!
//! One region that holds the control as well, as `tlsf_create_with_pool` makes it:
//!
//! ```
//! use core::alloc::Layout;
//! use core::ptr::NonNull;
//! use memoman::{Tlsf, WORD};
//!
//! /// 12 rows of 8 lists, one pool.
//! type Small = Tlsf<WORD, 12, 8, 1>;
//!
//! let mut region = vec![0_usize; 2048];
//! let bytes = region.len() * WORD;
//! let start = NonNull::new(region.as_mut_ptr()).unwrap().cast();
//! // SAFETY: `region` outlives the heap, and nothing else uses it until then.
//! let heap: &mut Small = unsafe { Small::init_in_place(start, bytes) }?;
//!
//! let a = heap.malloc(100).expect("the pool is empty");
//! // SAFETY: `a` is a block of this heap; only the result is used afterwards.
//! let b = unsafe { heap.reallocate(a, Layout::new::<[u8; 200]>()) };
//! assert_eq!(b, Some(a), "it grew in place");
//! assert_eq!(heap.validate().unwrap().used_bytes, 200);
//! # Ok::<(), memoman::PoolError>(())
//! ```
//!
//! For memory that is neither `static` nor holds the control, there is [`Tlsf::add_pool`]; a heap
//! may have up to `POOLS` pools, give one back with [`Tlsf::remove_pool`], and move a pool's end with
//! [`Tlsf::extend_pool`] and [`Tlsf::shrink_pool`].
//!
//! # Doors
//!
//! A [`Tlsf`] is used through `&mut`. Who has only `&`, as a `static` or a collection has, goes by way
//! of a [`Shared`] heap, which is a [`GlobalAlloc`](core::alloc::GlobalAlloc), and can grow:
//!
//! | door | feature | for | costs, per call |
//! |---|---|---|---|
//! | [`LocalHeap`] | | one thread | a flag |
//! | [`LockedHeap`] | `lock_api` | threads; any lock of `lock_api` (`spin`, `parking_lot`, …) | the lock |
//! | [`CriticalHeap`] | `critical-section` | interrupt handlers | interrupts off, a flag |
//! | [`Shared`] | | a lock of your own, as an [`Exclusion`] | the lock |
//! | `Allocator` for all of them | `allocator-api2` | a `Vec`, `Box` or `HashMap` in a heap of its own | nothing |
//! | [`Source`] | | more memory when there is none left | nothing, until then |
//! | [`StaticPool`] | | that, in a static buffer, once | nothing, until then |
//! | [`Mmap`] | `mmap` | that, from the operating system (Unix) | nothing, until then |
//!
//! **The global allocator needs a source.** `std` allocates before `main`: a heap made with
//! [`Shared::new`], to which `main` would add a pool, has none by then, and the program is aborted
//! before its first line. [`Shared::with_source`] and a [`StaticPool`] or [`Mmap`] have the memory
//! ready.
//!
//! Behind the doors there is always a [`Tlsf`]. The pointer policy, [`Guarded`], is for who has `&mut`.
//!
//! `memoman/examples` has one program for each of the usual cases.
//!
//! # Policies
//!
//! - A request of 0 bytes is refused. Others are rounded up to ALIGN, at least to
//!   [`Tlsf::BLOCK_SIZE_MIN`] ([`Tlsf::usable_size`] tells the result).
//! - Lists are LIFO: what was freed last is handed out first; so is the pool that was added last.
//! - A block is split if the rest can be a block: four words or more with ALIGN = W, else a least
//!   block with its header. The caller gets the front, the rest goes to the head of its list.
//! - Free neighbours are merged at once, the one in front first. Pools never merge.
//! - [`Tlsf::memalign`] makes the gap in front of the aligned payload a free block; a gap too
//!   small for one moves the payload on to a later multiple.
//! - [`Tlsf::reallocate`] grows in place if block and free successor suffice, else it allocates,
//!   copies and frees, in this order; it shrinks in place and never moves a block down. Its halves
//!   are verbs, too: [`Tlsf::try_grow_in_place`], [`Tlsf::shrink_in_place`].
//! - [`Tlsf::reallocate_aligned`] keeps an alignment above ALIGN when the block moves.
//!
//! # Sizes
//!
//! On 64-bit; a test writes this table. `waste` is the most that a block takes beyond the request
//! it was handed out for ([`Tlsf::WASTE_MAX`]; [`Tlsf::waste_of`] for one size): its header,
//! rounding, and a rest too small to be a block.
//!
//! | heap | control, bytes | largest pool | pool overhead | least payload | waste |
//! |---|---|---|---|---|---|
//! | `Tlsf`, the geometry of TLSF 3.1 | 6584 | 4 GiB | 16 | 24 | 55 |
//! | `Tlsf<WORD, 26, 16>`, the same limit | 3512 | 4 GiB | 16 | 24 | 55 |
//! | `Tlsf<WORD, 28, 4>`, the same limit | 1088 | 4 GiB | 16 | 24 | 55 |
//! | `Tlsf<16>` | 6592 | 8 GiB | 24 | 24 | 47 |
//! | `Tlsf<32>` | 6592 | 16 GiB | 40 | 24 | 39 |
//! | `Tlsf<64>` | 6592 | 32 GiB | 72 | 56 | 71 |
//! | `Tlsf<WORD, 56>`, as wide as an address | 14640 | 7 EiB | 16 | 24 | 55 |
//! | `Tlsf<WORD, 16, 8, 1>` | 1120 | 2 MiB | 16 | 24 | 55 |
//! | `Tlsf<WORD, 12, 8, 1>` | 848 | 128 KiB | 16 | 24 | 55 |
//! | `Tlsf<WORD, 8, 4, 1>` | 320 | 4 KiB | 16 | 24 | 55 |
//! | `Tlsf<16, 8, 4, 1>` | 320 | 8 KiB | 24 | 24 | 47 |
//!
//! And on 32-bit, where the default FL is too large for an ALIGN above a word, whose classes would go
//! beyond `2^32`: `FL + log2(SL * ALIGN)` is at most 32.
//!
//! | heap | control, bytes | largest pool | pool overhead | least payload | waste |
//! |---|---|---|---|---|---|
//! | `Tlsf`, the geometry of TLSF 3.1 | 3208 | 1 GiB | 8 | 12 | 27 |
//! | `Tlsf<WORD, 27, 4>`, the same limit | 580 | 1 GiB | 8 | 12 | 27 |
//! | `Tlsf<16, 23>`, as wide as an address | 3088 | 1 GiB | 20 | 12 | 19 |
//! | `Tlsf<64, 21>`, as wide as an address | 2816 | 1 GiB | 68 | 60 | 67 |
//! | `Tlsf<WORD, 16, 8, 1>` | 592 | 1 MiB | 8 | 12 | 27 |
//! | `Tlsf<WORD, 9, 4, 1>` | 196 | 4 KiB | 8 | 12 | 27 |
//! | `Tlsf<16, 8, 4, 1>` | 176 | 8 KiB | 20 | 12 | 19 |
//!
//! [`Tlsf::pool_bytes_for`] tells, in a `const` if need be, how large a pool must be for a set of
//! layouts.
//!
//! A combination of parameters that cannot work does not compile, and the compiler says why:
//!
//! ```compile_fail
//! let heap: memoman::Tlsf<24> = memoman::Tlsf::new(); // ALIGN must be a power of two
//! ```
//! ```compile_fail
//! let heap: memoman::Tlsf<2> = memoman::Tlsf::new(); // ALIGN must be at least the size of usize
//! ```
//! ```compile_fail
//! let heap: memoman::Tlsf<8192, 8> = memoman::Tlsf::new(); // ALIGN must be at most 4096
//! ```
//! ```compile_fail
//! let heap: memoman::Tlsf<16, 16, 12> = memoman::Tlsf::new(); // SL must be a power of two
//! ```
//! ```compile_fail
//! let heap: memoman::Tlsf<16, 16, 64> = memoman::Tlsf::new(); // SL must be 4, 8, 16 or 32
//! ```
//! ```compile_fail
//! let heap: memoman::Tlsf<16, 1, 32> = memoman::Tlsf::new(); // FL must be at least 2
//! ```
//! ```compile_fail
//! let heap: memoman::Tlsf<16, 60, 32> = memoman::Tlsf::new(); // FL is too large: …
//! ```
//! ```compile_fail
//! let heap: memoman::Tlsf<16, 16, 32, 0> = memoman::Tlsf::new(); // POOLS must be at least 1
//! ```
//!
//! # Differences from TLSF 3.1
//!
//! Where the C code is defined, the answers are the same. Where it is wrong, this crate *refuses*:
//! `None` or a [`PoolError`], and no byte of heap or memory has changed. (The numbers are those of
//! the project's list; `max` is `2^FL_INDEX_MAX`.)
//!
//! | id | input | TLSF 3.1 | here |
//! |---|---|---|---|
//! | B1 | `malloc` of nearly `SIZE_MAX` | rounding wraps: a least block | refused |
//! | B2 | `realloc` from `max - ALIGN + 1` on | the live tail is freed | refused, block untouched |
//! | B3 | `realloc` of nearly `SIZE_MAX` | shrinks, and reports success | refused, block untouched |
//! | B4 | `memalign` whose sum overflows | succeeds, too small or misaligned | refused |
//! | B5 | an alignment that is no power of two | ignored, or a wrong one | refused |
//! | B6 | a pool whose payload is `max` | list index out of bounds | refused |
//! | B7 | a buffer smaller than its control | writes beyond it | refused, unwritten |
//! | B8 | null memory | crash | cannot be said: `NonNull` |
//! | B10 | a pool twice, overlapping another, or over the heap's own control | a list that loops; a control that is handed out | refused |
//! | B11 | removing a pool in use, gone, or of another heap | arbitrary write | refused |
//! | B12 | a double, interior or foreign free | corruption | a breach of `unsafe`; refused by [`Guarded`], see [Misuse](#misuse) |
//! | B13 | damaged headers, links, bitmaps | its checks miss most, or hang | [`Tlsf::validate`] names the law |
//! | B14 | the largest request | no call tells; `tlsf_block_size_max` is one too large | [`Tlsf::max_allocatable`], [`Tlsf::BLOCK_SIZE_MAX`]; same placement |
//! | B15 | alignment above a word throughout | not possible | the `ALIGN` parameter |
//! | B16 | `realloc` that moves a `memalign` block | alignment lost | the same; [`Tlsf::reallocate_aligned`] keeps it |
//! | B17 | `FL_INDEX_MAX` of 37 and more | undefined shift; classes too small from 38 on | as wide as an address |
//! | B18 | portability | needs `printf`; a control that was moved hands out its old place | neither |
//!
//! # Misuse
//!
//! [`Tlsf`] believes its caller, as TLSF 3.1 does. With feature `guard` there is [`Guarded`], a heap
//! of the same verbs and placement that asks first, and answers as it is told: with an error, a panic,
//! or a handler. [`Tlsf`] itself stays as it is under that feature, and so do the [doors](#doors): they
//! have no policy.
//!
//! | misuse | [`Tlsf`] | [`Guarded`] |
//! |---|---|---|
//! | freeing, resizing or asking for a pointer into no pool, or into a pool's overhead | undefined | `Misuse::Foreign` |
//! | … one that is no multiple of ALIGN | undefined | `Misuse::Misaligned` |
//! | … one into a live block, header included | undefined | `Misuse::Interior`, naming the block |
//! | … one that was freed, perhaps merged since | undefined | `Misuse::Double`, naming the free block |
//! | … one that was freed and handed out again | the new block is freed | the same: nobody can tell |
//! | `deallocate_sized` with a layout that the block cannot have | a debug assertion, else ignored | `Misuse::Layout` |
//! | any call when a header, link, head or bit is damaged | undefined | `Misuse::Damaged`, naming law and place |
//! | impossible sizes, alignments and pools | refused | refused |
//! | null | cannot be said, or is `None` | the same |
//!
//! In every row of `Misuse` no byte of the heap is changed. The price: each call is O(blocks + FL *
//! SL), or O(blocks of the pool in question) between validations where one in 2^N calls is enough; no
//! byte per block; in the control two words per pool and four more.
//!
//! What damage is named how, one field at a time, is in `oracle/src/guard/matrix.md`.
//!
//! # Known limitations
//!
//! - **Not thread-safe by itself**: every verb takes `&mut self`. Which lock is right is the
//!   platform's to know: see [Doors](#doors); the heap is [`Send`], so any `Mutex` will do.
//! - **A double, interior or foreign free is undefined behaviour.** A header is one word with no
//!   room for a proof of origin, and looking one up would end constant time. Feature `guard` has a
//!   heap that does.
//! - **Good fit, not best fit**: a free block that would just hold the request is passed over
//!   unless its size starts a range: up to one part in `SL` too large, and so even the block just
//!   freed may not be found again. Searching a list for it would end constant time.
//!   [`Tlsf::search_size`] tells beforehand, [`Tlsf::explain`] after a refusal.
//! - **`memalign` searches for `size + align` and a least block**, rounded up to `align`: the
//!   place of the block is not known before it is found. It can fail where the block would fit.
//! - **A header does not remember alignments**: who wants more than ALIGN kept when a block moves
//!   says so at each call of [`Tlsf::reallocate_aligned`].
//! - **Pools are remembered in a table of `POOLS` entries**: overlaps can be refused only by who
//!   knows all pools, and there is no memory to grow a table in.
//! - **The control has `FL * SL` list heads**, used or not: the index has no other way to be
//!   constant-time. Choose `FL` for the largest pool.
//! - **Adjacent pools do not merge**: each keeps its sentinel, so that each can be removed.
//! - **A `Box` passed by value, where a heap is the global allocator, is a violation for Miri.** A
//!   function's `Box` argument is protected until that function returns, also while it drops the `Box`
//!   and the heap writes a list link into the payload. The language lets an allocator end the protected
//!   memory's life, but not use it again, and an allocator written in Rust has no way to say when it does
//!   which. Any free list in the freed memory meets this; it has no known consequence in compiled code.
//! - **Headers lie beside payloads**: a buffer overrun destroys them. `validate` finds it, on
//!   request; nothing repairs it. What no check of these bytes can find is a used block whose
//!   damaged size swallows exactly the used blocks behind it: that is a sound heap, which only the
//!   counters of feature `stats` know to be another. A set of listed
//!   blocks is compared with the free ones by a fingerprint, wrong once in `2^BITS`.
//!
//! # The map of danger
//!
//! `unsafe` code is denied in the crate, and allowed in these modules:
//!
//! | module | what it does with it |
//! |---|---|
//! | `block` | all raw access to pool memory; the others go through its methods |
//! | `span` | reads and writes the headers at both ends of a run of bytes that it owns |
//! | `class`, `bitmap` | tell the compiler that a class, or a bit that was set, is in range |
//! | `free_lists` | reads and writes links of listed blocks |
//! | `pool` | finds a pool's first block, and walks its headers up to the sentinel |
//! | `guard` | calls the verbs below on blocks that it has found; its own reads are `audit`'s and `pool`'s |
//! | `audit` | reads a heap that may be damaged, each place range-checked first |
//! | `tlsf`, `resize`, `memory` | the doors: pointers and memory from callers, on the terms of each `# Safety` section |
//! | `shared`, `exclusion` | one `&mut` at a time to the heap behind a `&`, on the word of an [`Exclusion`] |
//! | `growing`, `source`, `mmap` | pools from a [`Source`], on its word that they are memory |
//! | `allocator` | `Allocator`: pointers from callers, on the terms of that trait |
//! | `survey` | follows the links of free lists, each place range-checked first |
//!
//! `geometry`, `header`, `stats` and `cost` are values, `plan` and `shortage` ask them and `survey`:
//! they have none. Each number of the table of differences has a test that shows the C code wrong, in
//! `oracle/tests/deviations`.
//!
//! [TLSF 3.1]: https://github.com/mattconte/tlsf
// What a feature adds is linked to where it is there, else to the table that tells of it.
#![cfg_attr(feature = "stats", doc = "[`Stats`]: crate::Stats")]
#![cfg_attr(not(feature = "stats"), doc = "[`Stats`]: #features")]
#![cfg_attr(feature = "guard", doc = "[`Guarded`]: crate::Guarded")]
#![cfg_attr(not(feature = "guard"), doc = "[`Guarded`]: #features")]
#![cfg_attr(feature = "cost", doc = "[`cost()`]: crate::cost()")]
#![cfg_attr(not(feature = "cost"), doc = "[`cost()`]: #features")]
#![cfg_attr(feature = "lock_api", doc = "[`LockedHeap`]: crate::LockedHeap")]
#![cfg_attr(not(feature = "lock_api"), doc = "[`LockedHeap`]: #features")]
#![cfg_attr(feature = "critical-section", doc = "[`CriticalHeap`]: crate::CriticalHeap")]
#![cfg_attr(not(feature = "critical-section"), doc = "[`CriticalHeap`]: #features")]
#![cfg_attr(all(feature = "mmap", unix), doc = "[`Mmap`]: crate::Mmap")]
#![cfg_attr(not(all(feature = "mmap", unix)), doc = "[`Mmap`]: #features")]
#![no_std]
#![deny(unsafe_code)]
#![warn(missing_debug_implementations, clippy::missing_errors_doc, clippy::missing_panics_doc)]

mod chain;
mod check;
mod cost;
mod geometry;
#[cfg(feature = "guard")]
#[allow(unsafe_code)]
mod guard;
#[allow(unsafe_code)]
mod heap;
#[allow(unsafe_code)]
mod index;
mod law;
#[allow(unsafe_code)]
mod pool;
#[allow(unsafe_code)]
mod shared;
#[allow(unsafe_code)]
mod source;
mod stats;

#[cfg(feature = "cost")]
pub use cost::cost;
pub use geometry::{CONTE_FL, WORD, first_levels_for};
#[cfg(feature = "guard")]
pub use guard::Guarded;
#[cfg(feature = "guard")]
pub use guard::error::{GuardError, Misuse, Reaction};
pub use heap::error::RequestError;
pub use heap::{Heap, Tlsf};
pub use law::{Census, Law, Place, Violation};
pub use pool::walk::{BlockInfo, Blocks};
pub use pool::{Pool, PoolError};
#[cfg(feature = "critical-section")]
pub use shared::CriticalHeap;
#[cfg(feature = "lock_api")]
pub use shared::LockedHeap;
#[cfg(feature = "critical-section")]
pub use shared::exclusion::CriticalSection;
#[cfg(feature = "lock_api")]
pub use shared::exclusion::Lock;
pub use shared::exclusion::{Exclusion, SingleThread};
pub use shared::{LocalHeap, Shared};
#[cfg(target_has_atomic = "ptr")]
#[doc(hidden)]
pub use source::buffer::StaticMemory;
pub use source::buffer::{Buffer, StaticPool};
#[cfg(all(feature = "mmap", unix))]
pub use source::mmap::Mmap;
pub use source::{NoSource, Region, Source};
#[cfg(feature = "stats")]
pub use stats::Stats;

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
