//! A TLSF allocator that places every block where Matthew Conte's [TLSF 3.1] places it.
//!
//! `no_std`, no dependency, no global state: a [`Tlsf`] is a plain value that allocates blocks in the
//! memory it was given.
//!
//! ```
//! use core::alloc::Layout;
//! use memoman::Heap; // the geometry of TLSF 3.1
//!
//! let mut heap = Heap::new(); // `const`: works in a `static`
//! heap.add_static_pool(Box::leak(Box::new_uninit_slice(64 * 1024)))?;
//!
//! let block = heap.allocate(Layout::new::<[u64; 100]>()).expect("800 bytes are free");
//! // SAFETY: 800 bytes, aligned, and used by nothing else until they are freed.
//! unsafe { block.cast::<[u64; 100]>().write([7; 100]) };
//! assert_eq!(heap.validate().unwrap().used_blocks, 1);
//!
//! // SAFETY: this heap returned `block`, and nothing uses it any more.
//! unsafe { heap.deallocate(block) };
//! assert_eq!(heap.validate().unwrap().free_blocks, 1);
//! # Ok::<(), memoman::PoolError>(())
//! ```
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
//! the list is large enough, finds the first occupied list from there on with two bit scans, takes its
//! head, and frees the rest of it. No step depends on the number of blocks: allocating, freeing and
//! resizing in place take *constant time*. The others do not:
//!
//! - [`Tlsf::reallocate`] copies when it moves a block;
//! - [`Tlsf::add_pool`] and the other operations on whole pools are O(pools), [`Tlsf::reset`] clears
//!   the lists as well, and [`Tlsf::remove_pool`] of a pool in use searches for the live block;
//! - [`Tlsf::try_allocate`] without a block to return searches for the reason, O(free blocks);
//! - inspection ([`Tlsf::validate`], [`Tlsf::blocks`], …) is O(what is inspected).
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
//! needs three words of payload, so [`Tlsf::BLOCK_SIZE_MIN`] is at least that.
//!
//! # Ten laws
//!
//! Each has one name, which the code cites where it relies on it, and which [`Tlsf::validate`]
//! reports as a [`Law`] when it is broken.
//!
//! | law | statement |
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
//! Counters are a feature, `stats`: with it a heap counts blocks and bytes at each call and returns
//! them in constant time as [`Stats`], and `validate` compares them with a walk. Without it nothing is
//! counted, and `validate` returns what the walk counts.
//!
//! # Features
//!
//! None is on by default; each may be, with any other. Always available are [`Tlsf`], [`Shared`],
//! [`LocalHeap`], [`Source`] and [`Buffer`].
//!
//! | feature | adds | depends on |
//! |---|---|---|
//! | `stats` | [`Stats`]: counters, updated by each call | |
//! | `guard` | [`Guarded`]: a heap that checks every call, see [Misuse](#misuse) | |
//! | `internals` | what tools that look inside need: size classes, free lists, pools without their heap | |
//! | `cost` | [`cost()`]: the number of words that calls touch, for measurements | `std` |
//! | `lock_api` | [`LockedHeap`]: a heap behind a lock, see [Shared heaps](#shared-heaps) | `lock_api` 0.4 |
//! | `critical-section` | [`CriticalHeap`]: a heap for interrupt handlers | `critical-section` 1 |
//! | `allocator-api2` | `Allocator` for the shared heaps | `allocator-api2` 0.2 |
//! | `mmap` | [`Mmap`]: memory from the operating system, on Unix | `libc` |
//!
//! # How to integrate
//!
//! A static heap for all threads, with its memory in the program: see [`static_buffer!`]. Memory of
//! the stack, or any that is borrowed: see [`Buffer`]. One region that holds the control as well, as
//! `tlsf_create_with_pool` makes it:
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
//! // SAFETY: `region` outlives the heap and is not used otherwise.
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
//! A heap may have up to `POOLS` pools: add one with [`Tlsf::add_pool`], remove it with
//! [`Tlsf::remove_pool`], and move its end with [`Tlsf::extend_pool`] and [`Tlsf::shrink_pool`].
//! `memoman/examples` has one program for each of the usual cases.
//!
//! # Shared heaps
//!
//! A [`Tlsf`] is used through `&mut`. A `static` or a collection has only `&`: for them, a [`Shared`]
//! heap is a [`GlobalAlloc`](core::alloc::GlobalAlloc) behind an [`Exclusion`], and can grow.
//!
//! | type | feature | for | cost per call |
//! |---|---|---|---|
//! | [`LocalHeap`] | | one thread | a flag |
//! | [`LockedHeap`] | `lock_api` | threads; any lock of `lock_api` (`spin`, `parking_lot`, …) | the lock |
//! | [`CriticalHeap`] | `critical-section` | interrupt handlers | interrupts off, a flag |
//! | [`Shared`] | | a lock of your own, as an [`Exclusion`] | the lock |
//! | `Allocator` for all of them | `allocator-api2` | a `Vec`, `Box` or `HashMap` in a heap of its own | nothing |
//! | [`Source`] | | more memory when none is left | nothing until then |
//! | [`Buffer`], [`static_buffer!`] | | a source of one buffer | nothing until then |
//! | [`Mmap`] | `mmap` | a source of the operating system's pages (Unix) | nothing until then |
//!
//! **The global allocator needs a source.** `std` allocates before `main`: a heap without memory, to
//! which `main` would add a pool, refuses those requests, and the program is aborted before its first
//! line. [`Shared::with_source`] with a [`static_buffer!`] or [`Mmap`] has memory from the start.
//!
//! Inside each is a [`Tlsf`]. The pointer policy, [`Guarded`], needs `&mut`.
//!
//! # Policies
//!
//! - A request of 0 bytes is refused. Others are rounded up to ALIGN, at least to
//!   [`Tlsf::BLOCK_SIZE_MIN`] ([`Tlsf::usable_size`] returns the result).
//! - Lists are LIFO: the block freed last is allocated first; so is the pool that was added last.
//! - A block is split if the rest can be a block: four words or more with ALIGN = W, else a least
//!   block with its header. The caller gets the front, the rest becomes the head of its list.
//! - Free neighbours are merged at once, the one in front first. Pools never merge.
//! - An alignment above ALIGN makes the gap in front of the aligned payload a free block; a gap too
//!   small for one moves the payload on to a later multiple.
//! - [`Tlsf::reallocate`] grows in place if block and free successor suffice, else it allocates,
//!   copies and frees, in this order; it shrinks in place and never moves a block down. Its halves
//!   are operations, too: [`Tlsf::try_grow_in_place`], [`Tlsf::shrink_in_place`].
//!
#![doc = include_str!("../docs/sizes.md")]
#![doc = include_str!("../docs/differences.md")]
#![doc = include_str!("../docs/misuse.md")]
#![doc = include_str!("../docs/limitations.md")]
//!
//! # Unsafe code
//!
//! `unsafe` code is denied in the crate, and allowed in these modules:
//!
//! | module | what it does with it |
//! |---|---|
//! | `chain/block` | all raw access to pool memory; the others go through its methods |
//! | `chain/span` | reads and writes the headers at both ends of a run of bytes that it owns |
//! | `index` | reads and writes links of listed blocks; asserts to the compiler that a class is in range |
//! | `pool` | finds a pool's first block, and walks its headers up to the sentinel |
//! | `check` | reads a heap that may be damaged: headers inside the pools, links of blocks found free |
//! | `heap` | takes pointers and memory from callers, under the terms of each `# Safety` section |
//! | `guard` | calls `heap` on blocks that it has found |
//! | `shared` | gives one caller at a time `&mut` to the heap behind a `&`, by the contract of an [`Exclusion`] |
//! | `source` | makes pools of memory, by the contract of a [`Source`] |
//!
//! `geometry`, `law`, `stats`, `cost` and `chain/header` are values and have none.
//!
//! [TLSF 3.1]: https://github.com/mattconte/tlsf
// What a feature adds is linked if it is available, else the link leads to the table of features.
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
#![cfg_attr(target_has_atomic = "ptr", doc = "[`static_buffer!`]: crate::static_buffer")]
#![cfg_attr(not(target_has_atomic = "ptr"), doc = "[`static_buffer!`]: crate::Buffer")]
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
