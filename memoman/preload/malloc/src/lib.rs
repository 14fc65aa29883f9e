//! A whole malloc on memoman, to run programs on that were built for the system's:
//!
//! ```sh
//! cargo build --release -p memoman-malloc
//! LD_PRELOAD=$PWD/target/release/libmemoman_malloc.so program
//! ```
//!
//! malloc, calloc, realloc, reallocarray, free, free_sized, free_aligned_sized, posix_memalign, aligned_alloc,
//! memalign, valloc, pvalloc, malloc_usable_size and malloc_trim, for programs on 64-bit Linux with glibc that are
//! linked dynamically. `scripts/clients` runs real programs on it.
//!
//! | module | what it does |
//! |---|---|
//! | `functions` | C's names and contracts: null, 0 bytes, overflow, errno |
//! | `heap` | chooses the arena of a request, and finds the arena of a block |
//! | `arena` | a heap of memoman behind a lock; blocks that are freed while it is in use wait in a stack |
//! | `range` | the addresses of the arenas, reserved once; an arena grows by `mprotect` inside its part |
//! | `large` | blocks from 256 KiB on: each is a mapping of its own |
//! | `lock` | a futex that names its holder |
//! | `fork` | holds all locks while the process is copied |
//! | `check` | `MEMOMAN_CHECK=FILE`: the heap is validated when the process exits |
//!
//! **Threads.** A thread starts in the first arena, and moves to another one when it finds its own in use. Free
//! never waits. The copy of a realloc that moves is outside of all locks. With one lock around everything, a call
//! took four times as long in two threads as in one; with eight arenas it takes less (BENCHMARKS.md).
//!
//! **Signal handlers** may allocate and free, even if they interrupt an allocation: the lock names its holder,
//! so the handler takes another arena. POSIX does not promise this, and in glibc the handler may wait for ever.
//!
//! **Early calls.** Nothing has to be initialised, so calls may come before the constructors of this library.
//!
//! **Choices that C leaves open** are glibc's: 0 bytes are a block, and `realloc(block, 0)` frees. An alignment
//! that is no power of two is refused with EINVAL, and `free` leaves errno.
//!
//! **Limits.** The library must be loaded with the program, not by `dlopen`. glibc's mallinfo, mallopt and
//! malloc_stats see glibc's own heap, which is empty. An arena keeps its memory until malloc_trim. The first
//! request reserves 512 GiB of addresses (no memory); where `ulimit -v` allows less, half of what is allowed.
#![cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]

mod arena;
mod check;
mod errno;
mod fatal;
mod fork;
mod functions;
mod heap;
mod large;
mod lock;
mod range;

pub use check::{Report, check};
pub use functions::*;

/// Runs when the library is loaded, before the constructors of the program. Calls of malloc may come earlier.
#[used]
#[unsafe(link_section = ".init_array")]
static AT_LOAD: extern "C" fn() = at_load;

#[used]
#[unsafe(link_section = ".fini_array")]
static AT_EXIT: extern "C" fn() = check::at_exit;

extern "C" fn at_load() {
    fork::register();
    check::read_environment();
}
