//! Calls before the constructors of a program, limits of the system, and the check at exit.
#![cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
// SAFETY of this file: C functions, called as C and POSIX require unless a test says otherwise.
#![allow(clippy::undocumented_unsafe_blocks)]

mod support;

use std::ffi::c_void;
use std::fs;
use std::hint::black_box;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

use memoman_malloc::{calloc, free, malloc, malloc_trim, realloc};
use support::{child, traffic};

static EARLY: AtomicPtr<c_void> = AtomicPtr::new(null_mut());

/// Runs before every constructor, those of this malloc included.
#[used]
#[unsafe(link_section = ".preinit_array")]
static BEFORE: extern "C" fn() = before;

extern "C" fn before() {
    unsafe {
        let (small, large) = (malloc(100), calloc(1, 1 << 20));
        let longer = realloc(small, 1000);
        free(large);
        longer.cast::<u8>().write_bytes(5, 1000);
        EARLY.store(longer, Ordering::Relaxed);
    }
}

#[test]
fn calls_before_the_constructors_return_blocks() {
    let early = EARLY.swap(null_mut(), Ordering::Relaxed);
    assert!(!early.is_null());
    let bytes = unsafe { std::slice::from_raw_parts(early.cast::<u8>(), 1000) };
    assert!(bytes.iter().all(|&byte| byte == 5));
    unsafe { free(early) };
}

/// Runs an ignored test of this file with the check at exit. Returns the signal that ended it, what the check
/// wrote, and what the process printed to standard error.
fn checked(test: &str) -> (Option<i32>, String, String) {
    let file = tempfile::NamedTempFile::new().unwrap();
    let output = child(test).env("MEMOMAN_CHECK", file.path()).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    (output.status.signal(), fs::read_to_string(file.path()).unwrap(), text)
}

#[test]
#[ignore = "run by the test below, in a process of its own"]
fn child_that_is_sound() {
    traffic(1, 1000);
    // The check reads its environment at the start of the process.
    unsafe { std::env::remove_var("MEMOMAN_CHECK") };
}

#[test]
fn a_sound_heap_is_one_line_of_the_file() {
    let (signal, line, _) = checked("child_that_is_sound");
    assert_eq!(signal, None);
    assert!(line.starts_with("memoman-malloc: start_and_exit"), "{line}");
    assert!(line.contains(": sound: ") && line.ends_with(" 0 arenas not checked\n"), "{line}");
    assert_eq!(line.lines().count(), 1, "{line}");
}

#[test]
#[ignore = "run by the test below, in a process of its own"]
fn child_that_writes_beyond_its_block() {
    // (The compiler knows malloc, and what a program may not do.)
    let block = black_box(unsafe { malloc(40) }.cast::<u8>());
    unsafe {
        block.add(40).cast::<usize>().write(usize::MAX);
        // Before a later call runs into the damage.
        libc::exit(0)
    };
}

#[test]
fn a_damaged_heap_ends_the_process_with_a_line_that_names_arena_and_law() {
    let (signal, line, errors) = checked("child_that_writes_beyond_its_block");
    assert_eq!(signal, Some(libc::SIGABRT));
    assert!(line.contains(": DAMAGED: arena "), "{line}");
    assert!(errors.contains(&line), "{errors}");
}

#[test]
#[ignore = "run by the test below, in a process of its own"]
fn child_that_frees_what_is_no_block() {
    let mut words = [0_usize; 16];
    unsafe { free(words[8..].as_mut_ptr().cast()) };
}

#[test]
fn freeing_what_is_no_block_ends_the_process_with_a_message() {
    let (signal, _, errors) = checked("child_that_frees_what_is_no_block");
    assert_eq!(signal, Some(libc::SIGABRT));
    assert!(errors.contains("memoman-malloc: free: not a block: 0x"), "{errors}");
}

#[test]
#[ignore = "run by the test below, in a process of its own"]
fn child_with_few_addresses() {
    traffic(3, 3000);
    // The arenas have a part of the addresses, not all.
    let [granted, refused] = [150 << 20, 300 << 20].map(|size| black_box(unsafe { malloc(size) }));
    assert!(!granted.is_null() && refused.is_null());
    unsafe { free(granted) };
    // Small blocks are granted until no address is left.
    let blocks: Vec<_> = (0..50_000).map(|_| unsafe { malloc(10_000) }).collect();
    let granted = blocks.iter().take_while(|block| !block.is_null()).count();
    blocks.into_iter().for_each(|block| unsafe { free(block) });
    traffic(4, 3000);
    memoman_malloc::check().unwrap();
    println!("granted {granted} of 10000 bytes");
}

#[test]
fn a_limit_on_addresses_makes_the_arenas_smaller() {
    let inner = child("child_with_few_addresses");
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -v 262144 && exec \"$0\" \"$@\""]);
    limited.arg(inner.get_program()).args(inner.get_args());
    let output = limited.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let granted = text.split("granted ").nth(1).unwrap().split(' ').next().unwrap();
    let granted: usize = granted.parse().unwrap();
    // 256 MiB in all, of which 100 are certainly the program's to use.
    assert!((10_000..26_000).contains(&granted), "{granted}");
}

/// Bytes of this process that are in memory.
fn resident() -> usize {
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as usize;
    let pages = fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * page
}

#[test]
#[ignore = "run by the test below, in a process of its own"]
fn child_that_trims() {
    let blocks: Vec<_> = (0..1000).map(|_| unsafe { calloc(1, 100_000) }).collect();
    let full = resident();
    blocks.into_iter().for_each(|block| unsafe { free(block) });
    assert!(resident() > full - (10 << 20), "the arena keeps its memory");
    assert_eq!(unsafe { malloc_trim(0) }, 1);
    assert!(resident() < full - (90 << 20), "{full} bytes, then {}", resident());
    assert_eq!(unsafe { malloc_trim(0) }, 0, "all of it was returned before");
    traffic(5, 3000);
    memoman_malloc::check().unwrap();
}

#[test]
fn trim_returns_to_the_system_what_is_free_behind_the_last_block() {
    let output = child("child_that_trims").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
