//! A TLSF allocator that places every block where Matthew Conte's [TLSF 3.1] places it.
//!
//! `no_std`, no dependency, no global state: a [`Tlsf`] is a plain value that allocates blocks in the
//! memory it was given. This value is the heap's *control*: bitmaps, list heads and the table of pools.
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
//!   block is found by one addition. A free block ends in a pointer to its own header, so the block
//!   behind it can find it. Freeing merges a block with its free neighbours without searching.
//! - the **index**: the free blocks by size. The first level is the power of two. The second level
//!   divides each power into `SL` equal ranges. Each range has one list and one bit.
//!
//! An allocation rounds the request up to the start of the next range, so that *every* block of
//! that list is large enough. Two bit scans find the first occupied list from there on. The allocation
//! takes the head of that list, and what the request does not need becomes a free block again. No step
//! depends on the number of blocks: allocating, freeing and resizing in place take *constant time*.
//! The other operations do not:
//!
//! - [`Tlsf::reallocate`] copies when it moves a block;
//! - [`Tlsf::add_pool`] and the other operations on whole pools are O(pools); [`Tlsf::reset`] clears
//!   the lists as well; [`Tlsf::remove_pool`] and [`Tlsf::shrink_pool`] search the pool for the live
//!   block that makes them fail;
//! - [`Tlsf::try_allocate`], if it refuses, searches for the reason, O(free blocks);
//! - inspection ([`Tlsf::validate`], [`Tlsf::blocks`], …) takes time in proportion to what it reads.
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
//! Each law has one name. The code cites it where it relies on the law, and [`Tlsf::validate`] reports
//! it as a [`Law`] when the law is broken.
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
//! Counters need feature `stats`: with it a heap counts blocks and bytes at each call and returns the
//! counts in constant time as [`Stats`], and `validate` compares them with a walk. Without it a heap
//! counts nothing, and `validate` returns what its walk counts.
//!
//! # Features
//!
//! No feature is on by default, and all can be combined. [`Tlsf`], [`Shared`], [`LocalHeap`],
//! [`Source`] and [`Buffer`] need none.
//!
//! | feature | adds | depends on |
//! |---|---|---|
//! | `stats` | [`Stats`]: counters, updated by each call | |
//! | `guard` | [`Guarded`]: a heap that checks every call, see [Misuse](#misuse) | |
//! | `internals` | functions for tools that inspect a heap (size classes, free lists, pools without their heap), and for the C library (pools beyond the table, blocks at a chosen place) | |
//! | `cost` | [`cost()`]: the number of words that calls touch, for measurements | `std` |
//! | `std` | [`BlockingHeap`]: a heap for the threads of a program with `std`, see [Shared heaps](#shared-heaps) | `std` |
//! | `lock_api` | [`LockedHeap`]: a heap behind a lock of your choice | `lock_api` 0.4 |
//! | `critical-section` | [`CriticalHeap`]: a heap for interrupt handlers | `critical-section` 1 |
//! | `allocator-api2` | `Allocator` for the shared heaps; [`Aligned`]: more alignment | `allocator-api2` 0.2 |
//! | `nightly` | [`Std`]: the same for the standard library's own, unstable `Allocator` | `allocator-api2` 0.2 |
//! | `mmap` | [`Mmap`]: memory from the operating system, on Unix and Windows | `libc`, `windows-sys` 0.61 |
//!
//! # How to integrate
//!
//! For a static heap of all threads, with its memory in the program, see [`static_buffer!`]; without an
//! operating system, see [Microcontrollers](#microcontrollers). For memory on the stack, or any that is borrowed, see [`Buffer`]. One region can hold the control as
//! well, as `tlsf_create_with_pool` lays it out:
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
//! | [`BlockingHeap`] | `std` | threads, and `#[global_allocator]`: the mutex of `std`, which on Linux and Windows allocates nothing | the lock |
//! | [`LockedHeap`] | `lock_api` | threads; any lock of `lock_api` (`spin`, …); as the global allocator, one that does not allocate (not `parking_lot`) | the lock |
//! | [`LocalHeap`] | | one thread | a flag |
//! | [`CriticalHeap`] | `critical-section` | interrupt handlers | interrupts off, a flag |
//! | [`Shared`] | | a lock of your own, as an [`Exclusion`] | the lock |
//! | `Guarded…` of each | `guard` | the same, with every call checked: see [Misuse](#misuse) | O(blocks) |
//! | `Allocator` for all of them | `allocator-api2` | a `Vec`, `Box` or `HashMap` in a heap of its own | nothing |
//! | [`Std`] | `nightly` | a `Vec`, `Box`, `Arc`, … of `std`, on nightly Rust | nothing |
//! | [`Aligned`] | `allocator-api2` | a `Vec` for SIMD: a greater alignment than that of its elements | a larger search |
//! | [`Source`] | | more memory when none is left | nothing until then |
//! | [`Buffer`], [`static_buffer!`] | | a source of one buffer | nothing until then |
//! | [`Mmap`] | `mmap` | a source of the operating system's pages (Unix, Windows) | nothing until then |
//! | [`FromAllocator`] | | a source of another allocator's memory, such as `std::alloc::System` | nothing until then |
//! | [`WasmMemory`] | | a source of a WebAssembly module's pages (wasm32) | nothing until then |
//!
//! **The global allocator needs a source.** `std` allocates before `main`: a heap without memory, to
//! which `main` would add a pool, refuses those requests, and the program is aborted before its first
//! line. [`Shared::with_source`] with a [`static_buffer!`] or [`Mmap`] has memory from the start.
//!
//! Each contains a [`Tlsf`], which relies on its callers. One name changes that: [`GuardedBlockingHeap`] in
//! the place of [`BlockingHeap`], and so on, contains a [`Guarded`], which refuses and reports a misuse
//! (`memoman/examples/checked_heap.rs`).
//!
//! A reallocation that moves a large block (4 KiB, in a critical section 256 bytes) copies it while others use
//! the heap. Placement does not depend on that: allocation, copy and deallocation are in the same order.
//!
//! # Policies
//!
//! - A request of 0 bytes is refused. Others are rounded up to ALIGN, at least to
//!   [`Tlsf::BLOCK_SIZE_MIN`] ([`Tlsf::usable_size`] returns the result).
//! - A request takes a block of the first list in which every block is large enough; with the const
//!   parameter SEARCH it first looks at the first blocks of its own list: see [`Tlsf`].
//! - Lists are LIFO: of the blocks in a list, the one that entered last is allocated first. The block
//!   of a new pool enters its list as a freed block does.
//! - A block is split if the rest can be a block of its own: a header and [`Tlsf::BLOCK_SIZE_MIN`],
//!   which is four words with ALIGN = W. The caller gets the front; the rest becomes the head of its
//!   list.
//! - Free neighbours are merged at once. Pools never merge.
//! - With an alignment above ALIGN, the gap in front of the aligned payload becomes a free block. If
//!   the gap is too small for one, the payload moves on to a later multiple of the alignment.
//! - [`Tlsf::reallocate`] shrinks in place. It grows in place if the block and a free successor are
//!   large enough together; else it allocates, copies and frees, in this order. It never uses a free
//!   predecessor. [`Tlsf::try_grow_in_place`] and [`Tlsf::shrink_in_place`] never move a block.
//!
#![doc = include_str!("../docs/firmware.md")]
#![doc = include_str!("../docs/sizes.md")]
#![doc = include_str!("../docs/differences.md")]
#![doc = include_str!("../docs/misuse.md")]
#![doc = include_str!("../docs/limitations.md")]
//!
//! # Unsafe code
//!
//! `unsafe` code is denied in the crate, and allowed in these modules:
//!
//! | module | what its `unsafe` code does |
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
//! `geometry`, `law`, `stats`, `cost`, `relaxed`, `chain/header` and `check/fingerprint` have none.
//!
//! [TLSF 3.1]: https://github.com/mattconte/tlsf
// An item of a feature is linked if the feature is on; else the link leads to the table of features.
#![cfg_attr(feature = "stats", doc = "[`Stats`]: crate::Stats")]
#![cfg_attr(not(feature = "stats"), doc = "[`Stats`]: #features")]
#![cfg_attr(feature = "guard", doc = "[`Guarded`]: crate::Guarded")]
#![cfg_attr(not(feature = "guard"), doc = "[`Guarded`]: #features")]
#![cfg_attr(feature = "cost", doc = "[`cost()`]: crate::cost()")]
#![cfg_attr(not(feature = "cost"), doc = "[`cost()`]: #features")]
#![cfg_attr(feature = "std", doc = "[`BlockingHeap`]: crate::BlockingHeap")]
#![cfg_attr(not(feature = "std"), doc = "[`BlockingHeap`]: #features")]
#![cfg_attr(
    all(feature = "std", feature = "guard"),
    doc = "[`GuardedBlockingHeap`]: crate::GuardedBlockingHeap"
)]
#![cfg_attr(
    not(all(feature = "std", feature = "guard")),
    doc = "[`GuardedBlockingHeap`]: #features"
)]
#![cfg_attr(feature = "lock_api", doc = "[`LockedHeap`]: crate::LockedHeap")]
#![cfg_attr(not(feature = "lock_api"), doc = "[`LockedHeap`]: #features")]
#![cfg_attr(feature = "critical-section", doc = "[`CriticalHeap`]: crate::CriticalHeap")]
#![cfg_attr(not(feature = "critical-section"), doc = "[`CriticalHeap`]: #features")]
#![cfg_attr(feature = "allocator-api2", doc = "[`Aligned`]: crate::Aligned")]
#![cfg_attr(not(feature = "allocator-api2"), doc = "[`Aligned`]: #features")]
#![cfg_attr(all(feature = "nightly", has_allocator_api), doc = "[`Std`]: crate::Std")]
#![cfg_attr(not(all(feature = "nightly", has_allocator_api)), doc = "[`Std`]: #features")]
#![cfg_attr(all(feature = "mmap", any(unix, windows)), doc = "[`Mmap`]: crate::Mmap")]
#![cfg_attr(not(all(feature = "mmap", any(unix, windows))), doc = "[`Mmap`]: #features")]
#![cfg_attr(target_arch = "wasm32", doc = "[`WasmMemory`]: crate::WasmMemory")]
#![cfg_attr(not(target_arch = "wasm32"), doc = "[`WasmMemory`]: #shared-heaps")]
#![cfg_attr(
    any(target_has_atomic = "ptr", feature = "critical-section"),
    doc = "[`static_buffer!`]: crate::static_buffer"
)]
#![cfg_attr(
    not(any(target_has_atomic = "ptr", feature = "critical-section")),
    doc = "[`static_buffer!`]: crate::Buffer"
)]
#![no_std]
// On docs.rs, what a feature adds has the feature's name.
#![cfg_attr(docsrs, feature(doc_cfg))]
// For the case that another crate turns on the feature `nightly` of allocator-api2: see build.rs.
#![cfg_attr(has_allocator_api, allow(unknown_lints, unused_features), feature(allocator_api))]
#![deny(unsafe_code)]
#![warn(missing_debug_implementations, clippy::missing_errors_doc, clippy::missing_panics_doc)]

#[cfg(feature = "std")]
extern crate std;

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
mod relaxed;
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
#[cfg(feature = "internals")]
pub use pool::unlisted::UnlistedPools;
pub use pool::walk::{BlockInfo, Blocks};
pub use pool::{Pool, PoolError};
pub use shared::Shared;
#[cfg(feature = "std")]
pub use shared::aliases::BlockingHeap;
#[cfg(feature = "critical-section")]
pub use shared::aliases::CriticalHeap;
#[cfg(all(feature = "guard", feature = "std"))]
pub use shared::aliases::GuardedBlockingHeap;
#[cfg(all(feature = "guard", feature = "critical-section"))]
pub use shared::aliases::GuardedCriticalHeap;
#[cfg(feature = "guard")]
pub use shared::aliases::GuardedLocalHeap;
#[cfg(all(feature = "guard", feature = "lock_api"))]
pub use shared::aliases::GuardedLockedHeap;
pub use shared::aliases::LocalHeap;
#[cfg(feature = "lock_api")]
pub use shared::aliases::LockedHeap;
#[cfg(feature = "allocator-api2")]
pub use shared::aligned::Aligned;
pub use shared::engine::Engine;
#[cfg(feature = "std")]
pub use shared::exclusion::Blocking;
#[cfg(feature = "critical-section")]
pub use shared::exclusion::CriticalSection;
#[cfg(feature = "lock_api")]
pub use shared::exclusion::Lock;
pub use shared::exclusion::{Exclusion, SingleThread};
#[cfg(all(feature = "nightly", has_allocator_api))]
pub use shared::nightly::Std;
pub use source::allocator::FromAllocator;
#[cfg(any(target_has_atomic = "ptr", feature = "critical-section"))]
#[doc(hidden)]
pub use source::buffer::StaticMemory;
pub use source::buffer::{Buffer, StaticPool};
#[cfg(all(feature = "mmap", unix))]
pub use source::mmap::Mmap;
#[cfg(any(target_arch = "wasm32", test))]
pub use source::wasm::WasmMemory;
#[cfg(all(feature = "mmap", windows))]
pub use source::windows::Mmap;
pub use source::{NoSource, Region, Source};
#[cfg(feature = "stats")]
pub use stats::Stats;

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
