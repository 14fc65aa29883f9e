//! A lock that names the thread that holds it, and on which other threads wait by futex.
//!
//! A signal handler may interrupt its thread while that thread holds a lock. The handler would wait for
//! ever, so it must find out that the holder is its own thread. The holder is therefore part of the word that
//! takes the lock: it is known from the very instruction on that takes it.

use core::hint::spin_loop;
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};

use crate::errno::keeping_errno;

pub(crate) struct Lock {
    /// 0 if the lock is free; else its holder, with [`AWAITED`] if a thread may be asleep until it is free.
    word: AtomicUsize,
}

/// A bit that is 0 in the name of each thread.
const AWAITED: usize = 1;

/// How often a thread looks at a lock before it sleeps.
const LOOKS: usize = 100;

/// The name of this thread: no other thread of the process has it, and it is even.
///
/// (A thread-local variable would not do: glibc may allocate while a shared library accesses one.)
#[inline]
pub(crate) fn this_thread() -> usize {
    // SAFETY: it has no preconditions. It returns the address of the thread's descriptor.
    unsafe { libc::pthread_self() as usize }
}

impl Lock {
    pub(crate) const fn new() -> Self {
        Self { word: AtomicUsize::new(0) }
    }

    /// Takes the lock if it is free.
    #[inline]
    pub(crate) fn try_lock(&self) -> bool {
        self.take(this_thread())
    }

    /// Waits until the lock is free and takes it. Returns `false` if this thread holds it already.
    #[inline]
    pub(crate) fn lock(&self) -> bool {
        self.try_lock() || self.wait()
    }

    /// Releases the lock.
    ///
    /// # Safety
    /// This thread holds it.
    #[inline]
    pub(crate) unsafe fn unlock(&self) {
        if self.word.swap(0, Ordering::Release) & AWAITED != 0 {
            keeping_errno(|| self.futex(libc::FUTEX_WAKE, 1));
        }
    }

    #[inline]
    fn take(&self, word: usize) -> bool {
        self.word.compare_exchange(0, word, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    #[cold]
    fn wait(&self) -> bool {
        let me = this_thread();
        for _ in 0..LOOKS {
            match self.word.load(Ordering::Relaxed) {
                0 if self.take(me) => return true,
                held if held & !AWAITED == me => return false,
                _ => spin_loop(),
            }
        }
        loop {
            let held = self.word.load(Ordering::Relaxed);
            let awaited = held | AWAITED;
            if held == 0 {
                // Other threads may be asleep: the bit makes this one wake one of them.
                if self.take(me | AWAITED) {
                    return true;
                }
            } else if held == awaited || self.replace(held, awaited) {
                // Returns at once if the word has changed by now.
                keeping_errno(|| self.futex(libc::FUTEX_WAIT, awaited as u32));
            }
        }
    }

    fn replace(&self, held: usize, awaited: usize) -> bool {
        self.word.compare_exchange(held, awaited, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// A futex is 32 bits long: the half of the word with the bit [`AWAITED`].
    fn futex(&self, operation: i32, value: u32) {
        let low = if cfg!(target_endian = "little") { 0 } else { size_of::<u32>() };
        let private = operation | libc::FUTEX_PRIVATE_FLAG;
        // SAFETY: an aligned address inside the word, which is static; there is no timeout.
        unsafe {
            let half = self.word.as_ptr().cast::<u8>().add(low);
            libc::syscall(libc::SYS_futex, half, private, value, ptr::null::<libc::timespec>());
        }
    }
}
