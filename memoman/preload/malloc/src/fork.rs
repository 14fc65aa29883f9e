//! fork: the child has a copy of the heap, and of its locks, but only the thread that forked. So that thread
//! holds all locks while the process is copied.

use core::sync::atomic::{AtomicUsize, Ordering};

use crate::arena::Entered;
use crate::heap::ARENA;

/// The arenas that [`prepare`] entered, one bit each. Written by the thread that is inside arena 0.
static ENTERED: AtomicUsize = AtomicUsize::new(0);

/// Registers the functions below, before the program's `main`. What is registered first is prepared last,
/// and released first.
pub(crate) fn register() {
    // SAFETY: functions without preconditions but those that glibc keeps: the three are called in turn.
    unsafe { libc::pthread_atfork(Some(prepare), Some(release), Some(release)) };
}

extern "C" fn prepare() {
    let mut entered = 0;
    for (number, arena) in ARENA.iter().enumerate() {
        // A signal handler that forks may be inside an arena already.
        if let Some(inside) = arena.enter() {
            Entered::stay(inside);
            entered |= 1 << number;
        }
    }
    ENTERED.store(entered, Ordering::Relaxed);
}

extern "C" fn release() {
    let entered = ENTERED.load(Ordering::Relaxed);
    for (number, arena) in ARENA.iter().enumerate() {
        if entered & 1 << number != 0 {
            // SAFETY: `prepare` entered, in this thread or, in the child, in the thread that forked.
            unsafe { arena.leave() };
        }
    }
}
