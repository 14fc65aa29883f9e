//! The C functions keep C's, POSIX's and glibc's contracts. This test runs on the malloc that it tests.
#![cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
// SAFETY of this file: C functions, called as C and POSIX require unless a test says otherwise.
#![allow(clippy::undocumented_unsafe_blocks)]

use std::ptr::{null_mut, without_provenance_mut};

use libc::c_void;
use memoman_malloc::{
    aligned_alloc, calloc, free, free_aligned_sized, free_sized, malloc, malloc_usable_size,
    memalign, posix_memalign, pvalloc, realloc, reallocarray, valloc,
};

/// Small, at the limit between small and large, and large.
const SIZES: [usize; 12] = [
    1,
    23,
    24,
    25,
    4096,
    100_000,
    (256 << 10) - 1,
    256 << 10,
    (256 << 10) + 1,
    1_000_000,
    5 << 20,
    100 << 20,
];

/// No object can be that large, or no machine has as much memory.
const TOO_LARGE: [usize; 4] = [usize::MAX, isize::MAX as usize + 1, isize::MAX as usize, 1 << 60];

const UNTOUCHED: i32 = 12345;

fn errno() -> i32 {
    unsafe { *libc::__errno_location() }
}

fn set_errno(code: i32) {
    unsafe { *libc::__errno_location() = code };
}

/// Calls `f` and returns its result, and what it set errno to.
fn with_errno<T>(f: impl FnOnce() -> T) -> (T, i32) {
    set_errno(UNTOUCHED);
    let result = f();
    (result, errno())
}

/// Checks a new block, fills it, frees it.
fn is_block(block: *mut c_void, align: usize, size: usize) {
    assert!(!block.is_null(), "{size} bytes at {align}");
    assert_eq!(block.addr() % align, 0, "{size} bytes at {align}");
    unsafe {
        let usable = malloc_usable_size(block);
        assert!(usable >= size, "{size} bytes at {align}: {usable}");
        block.cast::<u8>().write_bytes(0xA5, usable);
        let ((), after) = with_errno(|| free(block));
        assert_eq!(after, UNTOUCHED, "free leaves errno");
    }
}

#[test]
fn this_program_and_its_c_library_run_on_the_malloc_that_is_tested() {
    for (name, tested) in [
        (c"malloc", malloc as *const () as *mut c_void),
        (c"free", free as *const () as *mut c_void),
        (c"realloc", realloc as *const () as *mut c_void),
    ] {
        let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
        assert_eq!(found, tested, "{name:?} is glibc's");
    }
}

#[test]
fn blocks_of_all_sizes_are_aligned_to_16_bytes() {
    for size in SIZES {
        unsafe {
            let (block, after) = with_errno(|| malloc(size));
            assert_eq!(after, UNTOUCHED);
            is_block(block, 16, size);
            is_block(calloc(size, 1), 16, size);
            is_block(realloc(null_mut(), size), 16, size);
            is_block(reallocarray(null_mut(), 1, size), 16, size);
        }
    }
}

#[test]
fn zero_bytes_are_a_block_of_their_own() {
    unsafe {
        let (a, b, c) = (malloc(0), malloc(0), calloc(0, 8));
        assert!(a != b && a != c && b != c);
        for block in [a, b, c, calloc(8, 0), aligned_alloc(64, 0), realloc(null_mut(), 0)] {
            is_block(block, 16, 0);
        }
    }
}

#[test]
fn blocks_of_all_alignments_are_aligned() {
    for align in (0..=24).map(|log2| 1 << log2) {
        for size in [1, 100, 5000, 300_000, 2 << 20] {
            unsafe {
                is_block(aligned_alloc(align, size), align, size);
                is_block(memalign(align, size), align, size);
                if align >= size_of::<usize>() {
                    let mut block = null_mut();
                    let (code, after) = with_errno(|| posix_memalign(&raw mut block, align, size));
                    assert_eq!((code, after), (0, UNTOUCHED));
                    is_block(block, align, size);
                }
            }
        }
    }
    unsafe {
        is_block(valloc(10), 4096, 10);
        let pages = pvalloc(4097);
        assert!(malloc_usable_size(pages) >= 8192);
        is_block(pages, 4096, 8192);
    }
}

#[test]
fn alignments_that_are_no_powers_of_two_are_refused() {
    unsafe {
        for align in [0, 3, 24, 4097, usize::MAX] {
            assert_eq!(with_errno(|| aligned_alloc(align, 8)), (null_mut(), libc::EINVAL));
            assert_eq!(with_errno(|| memalign(align, 8)), (null_mut(), libc::EINVAL));
        }
        // posix_memalign returns its error; it leaves errno and the pointer alone.
        for align in [0, 1, 4, 24, usize::MAX] {
            let mut block = without_provenance_mut(1);
            let refused = with_errno(|| posix_memalign(&raw mut block, align, 8));
            assert_eq!((refused, block.addr()), ((libc::EINVAL, UNTOUCHED), 1), "{align}");
        }
    }
}

#[test]
fn what_is_too_large_is_refused_with_enomem_and_changes_nothing() {
    unsafe {
        let kept = malloc(100);
        kept.cast::<u8>().write_bytes(7, 100);
        for size in TOO_LARGE {
            let refused = (null_mut(), libc::ENOMEM);
            assert_eq!(with_errno(|| malloc(size)), refused, "{size:#x}");
            assert_eq!(with_errno(|| calloc(1, size)), refused);
            assert_eq!(with_errno(|| realloc(kept, size)), refused);
            assert_eq!(with_errno(|| realloc(null_mut(), size)), refused);
            assert_eq!(with_errno(|| aligned_alloc(16, size)), refused);
            assert_eq!(with_errno(|| aligned_alloc(1 << 62, size)), refused);
            assert_eq!(with_errno(|| valloc(size)), refused);
            assert_eq!(with_errno(|| pvalloc(size)), refused);
            let mut block = without_provenance_mut(1);
            let code = with_errno(|| posix_memalign(&raw mut block, 64, size));
            assert_eq!((code, block.addr()), ((libc::ENOMEM, UNTOUCHED), 1));
        }
        let root = 1 << (usize::BITS / 2);
        for (count, size) in [(2, usize::MAX), (root, root), (usize::MAX, usize::MAX)] {
            assert_eq!(with_errno(|| calloc(count, size)), (null_mut(), libc::ENOMEM));
            assert_eq!(with_errno(|| reallocarray(kept, count, size)), (null_mut(), libc::ENOMEM));
        }
        let bytes = std::slice::from_raw_parts(kept.cast::<u8>(), 100);
        assert!(bytes.iter().all(|&byte| byte == 7));
        free(kept);
    }
}

#[test]
fn calloc_clears_memory_that_was_used_before() {
    for size in SIZES.into_iter().filter(|&size| size < 10 << 20) {
        unsafe {
            let dirty: Vec<_> = (0..4).map(|_| malloc(size)).collect();
            for block in dirty {
                block.cast::<u8>().write_bytes(0xFF, malloc_usable_size(block));
                free(block);
            }
            let block = calloc(1, size);
            let bytes = std::slice::from_raw_parts(block.cast::<u8>(), size);
            assert!(bytes.iter().all(|&byte| byte == 0), "{size}");
            free(block);
        }
    }
}

#[test]
fn realloc_keeps_the_contents_between_all_sizes() {
    let pattern = |at: usize| (at * 31 + at / 251) as u8;
    let sizes = SIZES.into_iter().filter(|&size| size < 10 << 20);
    for from in sizes.clone() {
        for to in sizes.clone() {
            unsafe {
                let block = malloc(from).cast::<u8>();
                let neighbour = malloc(64); // so that it cannot always grow in place
                (0..from).for_each(|at| block.add(at).write(pattern(at)));
                let moved = realloc(block.cast(), to).cast::<u8>();
                assert!(!moved.is_null() && malloc_usable_size(moved.cast()) >= to);
                assert_eq!(moved.addr() % 16, 0);
                for at in 0..from.min(to) {
                    assert_eq!(moved.add(at).read(), pattern(at), "byte {at}: {from} to {to}");
                }
                free(neighbour);
                free(moved.cast());
            }
        }
    }
}

#[test]
fn an_aligned_block_can_be_resized_and_freed() {
    for align in [32, 4096, 1 << 20] {
        for (from, to) in [(100, 5000), (5000, 100), (1 << 20, 2 << 20), (1 << 20, 10)] {
            unsafe {
                let block = aligned_alloc(align, from).cast::<u8>();
                block.write_bytes(3, from);
                let moved = realloc(block.cast(), to).cast::<u8>();
                let bytes = std::slice::from_raw_parts(moved, from.min(to));
                assert!(bytes.iter().all(|&byte| byte == 3));
                is_block(moved.cast(), 16, to);
            }
        }
    }
}

#[test]
fn null_and_size_zero_are_what_they_are_in_glibc() {
    unsafe {
        free(null_mut());
        free_sized(null_mut(), 0);
        free_aligned_sized(null_mut(), 16, 0);
        assert_eq!(malloc_usable_size(null_mut()), 0);
        assert_eq!(with_errno(|| realloc(malloc(10), 0)), (null_mut(), UNTOUCHED), "it frees");
        free_sized(malloc(10), 10);
        free_aligned_sized(aligned_alloc(64, 10), 64, 10);
    }
}

#[test]
fn a_large_block_that_is_freed_is_the_systems_again() {
    unsafe {
        let block = malloc(64 << 20);
        free(block);
        // msync fails for addresses that are not mapped.
        let page = block.map_addr(|at| at & !4095);
        let (code, after) = with_errno(|| libc::msync(page, 4096, libc::MS_ASYNC));
        assert_eq!((code, after), (-1, libc::ENOMEM));
    }
}
