//! Fragmentation: the bytes that memoman and other allocators lose to headers, rounding and gaps.
//!
//! # Figures
//!
//! | figure | definition | unit |
//! |---|---|---|
//! | internal fragmentation | (taken − requested) / taken, where *taken* is the bytes of live blocks with headers and rounding | percent of the taken bytes |
//! | external fragmentation | 1 − largest request that the heap grants / free, where *free* is the bytes of free blocks without headers | percent of the free bytes |
//! | largest free block | its bytes without the header; good fit may not find it for all of them (B14), so `max_allocatable` is listed beside it | bytes |
//! | footprint | highest end of a payload so far, from the pool's start, in a heap large enough for all requests; listed beside the most requested bytes live at a time | bytes; a ratio |
//! | first refusal | requested bytes of live blocks when a request is first refused | percent of the heap |
//!
//! The control structure is not part of a heap (memoman: 6.5 KiB, talc: 1.5 KiB): every allocator has one
//! pool of the same size.
//!
//! The largest request of memoman is `max_allocatable()`, after a check that it is granted and one byte more
//! is refused. Of the C code it is the least size of the highest occupied list. Of the others it is found
//! by a binary search on the heap, whose bytes and control are then restored. talc has no walk over its
//! blocks; its free bytes are its own count, and its largest free block is the largest request that it
//! grants, because it searches the last list.
//!
//! # Loads
//!
//! - Four distributions of [`sizes`] on a [`Staircase`](programs::Staircase) from empty to full. Each live
//!   block is equally likely to be freed next. The requests are the same for all allocators. Each seed is
//!   one run; samples are taken at the fill levels, after two turnovers, one turnover apart. A refusal
//!   ends the run, so that no allocator is measured with fewer live bytes than the others.
//! - A [`RecordedProgram`](programs::RecordedProgram), in a heap of its peak / fill level. Its first refusal
//!   is the lowest fill level, in whole percents, at which a request is refused.
//! - [`Robson`](programs::Robson)'s adversary, whose requests depend on the places of blocks: its footprint
//!   beside the bound that no allocator can be below, and the fill level as for the recorded program.
//!
//! # Checks
//!
//! Each allocated block is checked: aligned, inside the pool, disjoint from all live blocks. Each census adds
//! up to the heap's bytes and has the right number of blocks. The C code of TLSF 3.1, in four geometries,
//! has the same figures as memoman ([`equivalents`]).
//!
//! The platform's malloc is not measured: it has no heap of a fixed size to compare.

pub mod equivalents;
pub mod heap;
pub mod live_blocks;
pub mod peers;
pub mod plots;
pub mod programs;
mod region;
pub mod results;
pub mod rows;
pub mod run;
pub mod sizes;
pub mod study;
pub mod summary;
