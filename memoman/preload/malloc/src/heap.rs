//! The heap of the process: arenas for small blocks, mappings for large ones.
//!
//! A thread starts in arena 0, and moves to another one when it finds its own in use. So a program with one
//! thread has one arena, and threads that allocate at the same time end up in different ones. A block goes back
//! to the arena that it is from.

use core::alloc::Layout;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering};

use crate::arena::{ALIGN, Arena, Entered};
use crate::fatal::fatal;
use crate::large::{self, LARGE};
use crate::lock::this_thread;
use crate::range::{ARENAS, arena_of};

/// The arenas, in the order of their parts of the range.
pub(crate) static ARENA: [Arena; ARENAS] = [
    Arena::new(0),
    Arena::new(1),
    Arena::new(2),
    Arena::new(3),
    Arena::new(4),
    Arena::new(5),
    Arena::new(6),
    Arena::new(7),
];

/// The arenas of threads. Threads that share an entry share an arena.
static HOMES: [AtomicUsize; 64] = [const { AtomicUsize::new(0) }; 64];

/// The entry of this thread.
#[inline]
fn home() -> &'static AtomicUsize {
    const GOLDEN: usize = 0x9E37_79B9_7F4A_7C15;
    &HOMES[this_thread().wrapping_mul(GOLDEN) >> (usize::BITS - 6)]
}

/// Allocates a block. The size is not 0.
#[inline]
pub(crate) fn allocate(layout: Layout) -> Option<NonNull<u8>> {
    if layout.size() >= LARGE || layout.align() >= LARGE {
        return large::allocate(layout);
    }
    let home = &ARENA[home().load(Ordering::Relaxed)];
    match home.try_enter().and_then(|entered| entered.allocate(layout)) {
        None => allocate_elsewhere(layout),
        block => block,
    }
}

/// Allocates from another arena, because the thread's own is in use or full.
#[cold]
fn allocate_elsewhere(layout: Layout) -> Option<NonNull<u8>> {
    let first = home().load(Ordering::Relaxed);
    let others = || (0..ARENAS).map(|next| (first + next) % ARENAS);
    let mut busy = false;
    for arena in others() {
        let Some(entered) = ARENA[arena].try_enter() else {
            busy = true;
            continue;
        };
        if let Some(block) = entered.allocate(layout) {
            home().store(arena, Ordering::Relaxed);
            return Some(block);
        }
    }
    // Those that were in use: wait for them.
    let wait = |arena: usize| ARENA[arena].enter()?.allocate(layout);
    let block = if busy { others().find_map(wait) } else { None };
    block.or_else(|| large::allocate(layout))
}

/// Allocates a block that is filled with 0. The size is not 0.
#[inline]
pub(crate) fn allocate_zeroed(layout: Layout) -> Option<NonNull<u8>> {
    let block = allocate(layout)?;
    if arena_of(block).is_some() {
        // SAFETY: a new block of that size. (Large blocks are zero.)
        unsafe { block.write_bytes(0, layout.size()) };
    }
    Some(block)
}

/// Frees a block.
///
/// # Safety
/// A live block, which is not used any more. Other pointers end the process, or are undefined behaviour.
#[inline]
pub(crate) unsafe fn free(block: NonNull<u8>) {
    match arena_of(block) {
        // SAFETY: the caller's.
        Some(arena) => unsafe { ARENA[arena].free(block) },
        // SAFETY: the caller's.
        None if unsafe { large::free(block) } => {}
        None => fatal("free: not a block", block),
    }
}

/// The bytes of a block: at least those requested.
///
/// # Safety
/// A live block.
pub(crate) unsafe fn usable_size(block: NonNull<u8>) -> usize {
    let Some(arena) = arena_of(block) else {
        // SAFETY: the caller's.
        let size = unsafe { large::usable_size(block) };
        return size.unwrap_or_else(|| fatal("malloc_usable_size: not a block", block));
    };
    match ARENA[arena].enter() {
        // SAFETY: the caller's.
        Some(entered) => unsafe { entered.usable_size(block) },
        // SAFETY: the caller's.
        None => unsafe { usable_size_in_a_handler(block) },
    }
}

/// [`usable_size`] for a signal handler whose thread is inside the block's arena.
///
/// # Safety
/// A live block, which the interrupted call does not resize or free.
#[cold]
unsafe fn usable_size_in_a_handler(block: NonNull<u8>) -> usize {
    const FLAGS: usize = 0b11;
    // SAFETY: a header is the word in front of its block: the size, which only calls for this block
    // change, and two flags, which the interrupted call may change with one store.
    let header = unsafe { AtomicUsize::from_ptr(block.cast::<usize>().sub(1).as_ptr()) };
    header.load(Ordering::Relaxed) & !FLAGS
}

/// Makes a block longer or shorter; it may move. `None` leaves it as it was. The size is not 0.
///
/// # Safety
/// A live block. If the result is another one, the old one is not used any more.
pub(crate) unsafe fn reallocate(block: NonNull<u8>, size: usize) -> Option<NonNull<u8>> {
    let layout = Layout::from_size_align(size, ALIGN).ok()?;
    match arena_of(block) {
        // SAFETY: the caller's.
        None if size >= LARGE => return unsafe { large::reallocate(block, size) },
        Some(arena) if size < LARGE => {
            if let Some(entered) = ARENA[arena].enter() {
                // SAFETY: the caller's.
                if unsafe { entered.resize_in_place(block, size) } {
                    return Some(block);
                }
            }
        }
        _ => {}
    }
    // The copy is outside of all locks.
    let new = allocate(layout)?;
    // SAFETY: both blocks have these bytes, and the new one is no part of the old one.
    unsafe {
        let bytes = usable_size(block).min(size);
        new.copy_from_nonoverlapping(block, bytes);
        free(block);
    }
    Some(new)
}

/// Returns to the system what is free at the ends of the arenas. Returns the number of bytes.
pub(crate) fn trim() -> usize {
    ARENA.iter().filter_map(Arena::enter).map(|entered: Entered<'_>| entered.trim()).sum()
}
