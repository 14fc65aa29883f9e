//! A global allocator that checks every call: by default, a misuse ends the program with a message.
#![cfg(unix)]

use std::alloc::{GlobalAlloc, Layout};
use std::env;
use std::process::{Command, Output};
use std::sync::Mutex;

use memoman::{GuardedBlockingHeap, Mmap};

#[global_allocator]
static HEAP: GuardedBlockingHeap<Mmap> = GuardedBlockingHeap::with_source(Mmap::new());

/// The variable that makes the test program misuse its heap.
const MISUSE: &str = "MEMOMAN_TEST_MISUSE";

/// Runs this program again, as one that frees a block in a wrong way.
fn misuse(name: &str) -> Output {
    let mut program = Command::new(env::current_exe().unwrap());
    program.args(["--exact", "the_misuse", "--nocapture"]).env(MISUSE, name);
    program.output().unwrap()
}

#[test]
fn the_misuse() {
    let Ok(name) = env::var(MISUSE) else { return };
    let layout = Layout::new::<[u64; 8]>();
    let block = Box::into_raw(Box::new([7_u64; 8])).cast::<u8>();
    // SAFETY: none: the second call is wrong, or the word in front of the block is overwritten.
    unsafe {
        match name.as_str() {
            "double free" => HEAP.dealloc(block, layout),
            "overrun" => block.cast::<usize>().sub(1).write(usize::MAX),
            _ => {}
        }
        HEAP.dealloc(block.wrapping_add(usize::from(name == "interior pointer") * 16), layout);
    }
    println!("still running");
}

fn ends_with(name: &str, message: &str) {
    let output = misuse(name);
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains(message), "{name}: {text}");
    assert!(!output.status.success() && output.status.code().is_none(), "a signal: {output:?}");
    assert!(!String::from_utf8_lossy(&output.stdout).contains("still running"));
}

#[test]
fn a_misuse_ends_the_program_with_a_message() {
    ends_with("double free", "double free of 0x");
    ends_with("interior pointer", "interior pointer 0x");
    ends_with("overrun", "damaged heap: ");
    assert!(misuse("none").status.success());
}

#[test]
fn a_program_works_in_a_checked_heap() {
    let words = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let words = &words;
            scope.spawn(move || {
                for word in 0..50 {
                    words.lock().unwrap().push(format!("{thread} {word}"));
                }
            });
        }
    });
    let mut words = words.into_inner().unwrap();
    words.sort();
    words.dedup();
    assert_eq!(words.len(), 200);
    assert!(HEAP.inspect(|heap| heap.validate()).is_ok());
}
