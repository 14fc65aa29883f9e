//! AFL++'s mutations of the targets that read programs: a shared library that `AFL_CUSTOM_MUTATOR_LIBRARY` names.
//! Its changes are those of libFuzzer's targets: whole records, and situations. AFL++ makes its own changes beside
//! them.

use std::ffi::{c_uint, c_void};
use std::slice;

use oracle::ops::{self, MAX_BYTES};

/// The state between two calls.
struct Mutator {
    /// The number of the next change.
    seed: u64,
    /// The last result, which AFL++ reads.
    new: Vec<u8>,
}

/// AFL++ calls it once, with a random number that depends on its own seed.
#[unsafe(no_mangle)]
pub extern "C" fn afl_custom_init(_afl: *mut c_void, seed: c_uint) -> *mut c_void {
    Box::into_raw(Box::new(Mutator { seed: u64::from(seed) << 32, new: Vec::new() })).cast()
}

/// Changes an input, one in five with records of another one. Returns the number of bytes, which are at `*out`
/// until the next call.
///
/// # Safety
/// `state` is from [`afl_custom_init`], and no other call uses it. `input` and `size` are an input, `other` and
/// `other_size` another one or null. `out` can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn afl_custom_fuzz(
    state: *mut c_void,
    input: *const u8,
    size: usize,
    out: *mut *const u8,
    other: *const u8,
    other_size: usize,
    max_size: usize,
) -> usize {
    // SAFETY: the caller's.
    let mutator = unsafe { &mut *state.cast::<Mutator>() };
    // SAFETY: the caller's.
    let one = unsafe { slice::from_raw_parts(input, size) };
    mutator.seed += 1;
    let (max, seed) = (max_size.min(MAX_BYTES), mutator.seed);
    let crossed = seed.is_multiple_of(5) && !other.is_null();
    let mixed = crossed.then(|| {
        // SAFETY: the caller's; it is not null.
        let two = unsafe { slice::from_raw_parts(other, other_size) };
        ops::crossover(one, two, max, seed)
    });
    mutator.new = ops::vary(mixed.as_deref().unwrap_or(one), max, seed);
    // SAFETY: the caller's.
    unsafe { *out = mutator.new.as_ptr() };
    mutator.new.len()
}

/// Ends the mutator.
///
/// # Safety
/// `state` is from [`afl_custom_init`], and it is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn afl_custom_deinit(state: *mut c_void) {
    // SAFETY: the caller's.
    drop(unsafe { Box::from_raw(state.cast::<Mutator>()) });
}

#[cfg(test)]
mod tests {
    use std::ptr;

    use super::*;

    #[test]
    fn changes_follow_the_seed_and_keep_the_limit() {
        let run = |seed| {
            let state = afl_custom_init(ptr::null_mut(), seed);
            let (one, two) = (ops::generate(1, 1), ops::generate(1, 2));
            let mut all = Vec::new();
            for _ in 0..100 {
                let mut out = ptr::null();
                // SAFETY: the state is new, and both inputs live on.
                let new = unsafe {
                    let (one, two) = (&*one, &*two);
                    let size = afl_custom_fuzz(
                        state,
                        one.as_ptr(),
                        one.len(),
                        &raw mut out,
                        two.as_ptr(),
                        two.len(),
                        900,
                    );
                    slice::from_raw_parts(out, size)
                };
                assert!(new.len() <= 900);
                all.push(new.to_vec());
            }
            // SAFETY: it is not used again.
            unsafe { afl_custom_deinit(state) };
            all
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
    }
}
