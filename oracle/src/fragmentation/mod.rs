//! Fragmentation: what memoman and its peers lose to headers, rounding and gaps.
//!
//! # Figures
//!
//! | figure | is | in |
//! |---|---|---|
//! | internal fragmentation | (taken − requested) / taken, where *taken* is what live blocks take with headers and rounding | percent of the taken bytes |
//! | external fragmentation | 1 − largest request that would be granted / free, where *free* is what free blocks could hold without their headers | percent of the free bytes |
//! | largest free block | what it could hold; good fit may not find all of it (B14), so `max_allocatable` stands beside it | bytes |
//! | footprint | highest end of a payload so far, from the pool's start, in a heap with room for anything; beside the most bytes requested and live at a time | bytes; a ratio |
//! | first refusal | requested and live bytes when a request is first refused | percent of the heap |
//!
//! Controls are not part of a heap (memoman: 6.5 KiB, talc: 1.5 KiB): every allocator has one pool of
//! the same bytes behind it.
//!
//! The largest request is `max_allocatable()` of memoman, granted and one more refused; of the C code
//! the least size of the highest occupied list; of the others a binary search on the heap, whose
//! bytes and control are then put back. talc's blocks can't be walked: its gaps are counted, and the
//! largest is the largest that it grants, since it searches the last list.
//!
//! # Loads
//!
//! - Four distributions of [`sizes`] on a [`Staircase`](programs::Staircase) from empty to full, any
//!   live block dying next with the same chance: the same requests for all. Each seed is one run;
//!   samples are taken at the fill levels, after two turnovers, one turnover apart. A refusal ends
//!   the run, so nobody is measured with less live than the others.
//! - A recorded [`Trace`](programs::Trace), in a heap of its peak / fill level; its first refusal is
//!   the lowest fill level, by the percent, at which it is not served.
//! - [`Robson`](programs::Robson)'s adversary, whose requests depend on where blocks are: its
//!   footprint beside the bound that no allocator can be below, and the fill level as for the trace.
//!
//! # Checks
//!
//! Each block is checked when it is handed out: aligned, inside, disjoint from all live ones. Each
//! census adds up to the heap's bytes and has as many blocks as are live. The C code of TLSF 3.1, in
//! four geometries, has every figure of memoman's ([`equivalents`]).
//!
//! The platform's malloc is not here: it has no heap of fixed bytes to be compared in; it takes what
//! the operating system gives.

pub mod equivalents;
pub mod heap;
pub mod live_blocks;
pub mod peers;
pub mod plots;
pub mod programs;
mod region;
pub mod rows;
pub mod run;
pub mod sizes;
pub mod study;
pub mod summary;
