//! fork while other threads allocate: the child's heap is whole, and no lock of it is held.
#![cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
// SAFETY of this file: C functions, called as C and POSIX require unless a test says otherwise.
#![allow(clippy::undocumented_unsafe_blocks)]

mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use support::{Block, end_after, traffic};

/// Forks, and runs `f` in the child. Returns what `waitpid` returns of it.
fn in_a_fork(f: impl FnOnce()) -> i32 {
    match unsafe { libc::fork() } {
        -1 => panic!("fork: {}", std::io::Error::last_os_error()),
        0 => {
            // Ends the child if it waits for a lock.
            end_after(10);
            f();
            unsafe { libc::_exit(0) }
        }
        child => {
            let mut status = 0;
            assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
            status
        }
    }
}

#[test]
fn a_child_allocates_and_frees_while_the_parents_threads_do() {
    static DONE: AtomicBool = AtomicBool::new(false);
    end_after(60);
    let threads: Vec<_> = (1..8)
        .map(|seed| {
            thread::spawn(move || {
                while !DONE.load(Ordering::Relaxed) {
                    traffic(seed, 1000);
                }
            })
        })
        .collect();
    for number in 0..100 {
        let before = Block::new(1000, 1);
        let status = in_a_fork(|| {
            drop(before);
            traffic(number, 1000);
            match memoman_malloc::check() {
                Ok(report) if report.skipped == 0 => {}
                Ok(_) => unsafe { libc::_exit(4) }, // It still holds a lock.
                Err(_) => unsafe { libc::_exit(3) },
            }
        });
        assert_eq!(status, 0, "child {number}: signal {}, exit {}", status & 127, status >> 8);
    }
    DONE.store(true, Ordering::Relaxed);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    memoman_malloc::check().expect("the parent's heap is sound");
}
