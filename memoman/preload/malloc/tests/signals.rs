//! Signal handlers that run while their thread is inside malloc, and call it themselves.
#![cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
// SAFETY of this file: C functions, called as C and POSIX require unless a test says otherwise.
#![allow(clippy::undocumented_unsafe_blocks)]

mod support;

use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use memoman_malloc::{free, malloc, malloc_usable_size, realloc};
use support::{end_after, traffic};

/// A block of the interrupted thread's, which the handler resizes and frees.
static BLOCK: AtomicPtr<u8> = AtomicPtr::new(null_mut());
static RUNS: AtomicUsize = AtomicUsize::new(0);
static DONE: AtomicBool = AtomicBool::new(false);

extern "C" fn handler(_signal: i32) {
    RUNS.fetch_add(1, Ordering::Relaxed);
    unsafe {
        let own = malloc(200).cast::<u8>();
        own.write_bytes(1, 200);
        let taken = BLOCK.swap(null_mut(), Ordering::Relaxed);
        if !taken.is_null() {
            let (first, size) = (taken.read(), malloc_usable_size(taken.cast()));
            assert!((100..200).contains(&size), "{size} bytes");
            let longer = realloc(taken.cast(), 5000).cast::<u8>();
            assert_eq!((longer.read(), longer.add(99).read()), (first, first));
            free(longer.cast());
        }
        free(own.cast());
    }
}

#[test]
fn a_handler_allocates_resizes_and_frees_while_its_thread_is_inside() {
    end_after(60);
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler as extern "C" fn(i32) as usize;
        action.sa_flags = libc::SA_RESTART;
        assert_eq!(libc::sigaction(libc::SIGUSR1, &raw const action, null_mut()), 0);
    }
    let interrupted = unsafe { libc::pthread_self() };
    let sender = thread::spawn(move || {
        while !DONE.load(Ordering::Relaxed) {
            unsafe { libc::pthread_kill(interrupted, libc::SIGUSR1) };
            thread::sleep(Duration::from_micros(20));
        }
    });
    let start = Instant::now();
    let mut seed = 0;
    while start.elapsed() < Duration::from_secs(2) {
        let block = unsafe { malloc(100) }.cast::<u8>();
        unsafe { block.write_bytes(9, 100) };
        let left = BLOCK.swap(block, Ordering::Relaxed);
        unsafe { free(left.cast()) };
        traffic(seed, 20);
        seed += 1;
    }
    DONE.store(true, Ordering::Relaxed);
    sender.join().unwrap();
    assert!(RUNS.load(Ordering::Relaxed) > 1000, "the handler ran {RUNS:?} times");
    let report = memoman_malloc::check().expect("the heap is sound");
    assert_eq!(report.skipped, 0);
}
