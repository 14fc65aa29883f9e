//! Shared by the libFuzzer targets that run programs: a failure panics with its report; statistics of all
//! inputs, with the calls per second, are printed at exit. Mutations and crossover keep records whole.

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use libfuzzer_sys::fuzzer_mutate;
use oracle::ops;
use oracle::{Failure, Report, Stats};

static TOTAL: Mutex<Option<Stats>> = Mutex::new(None);
/// The time after the first input.
static START: OnceLock<Instant> = OnceLock::new();

extern "C" fn report() {
    let total = TOTAL.lock().unwrap_or_else(PoisonError::into_inner);
    let stats = total.clone().unwrap_or_default();
    eprintln!("{stats}");
    let seconds = START.get().map_or(0.0, |start| start.elapsed().as_secs_f64());
    eprintln!("{:.0} fully checked calls/s, in {seconds:.0} s", stats.steps as f64 / seconds);
}

/// Adds the statistics of a run to the total.
///
/// # Panics
/// If the run failed.
pub fn count(result: Result<Stats, Box<Failure>>) {
    START.get_or_init(|| {
        // SAFETY: `report` is a plain function that takes nothing.
        assert_eq!(unsafe { libc::atexit(report) }, 0);
        Instant::now()
    });
    let stats = result.unwrap_or_else(|failure| panic!("{}", Report::of(&failure)));
    TOTAL.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default().add(&stats);
}

/// Returns the program in `bytes` with a change, at most so many bytes long, from a seed: [`ops::vary`] or
/// [`ops::mutate`].
pub type Change = fn(&[u8], usize, u64) -> Vec<u8>;

/// Defines libFuzzer's mutator and crossover for a target whose inputs are programs. The argument is a [`Change`].
///
/// The targets `ops` and `mutant` use [`ops::vary`]. `large` uses [`ops::mutate`] because situations are written as
/// programs of version 1, and `near` because it replaces the geometry for which a situation computes its sizes.
#[macro_export]
macro_rules! mutations {
    ($change:path) => {
        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            $crate::mutate($change, data, size, max_size, seed)
        });

        libfuzzer_sys::fuzz_crossover!(|one: &[u8], two: &[u8], out: &mut [u8], seed: u32| {
            $crate::crossover(one, two, out, seed)
        });
    };
}

/// Changes the first `size` bytes of `data` and returns the new size, at most `max_size`.
///
/// One mutation in four is libFuzzer's own, which changes bytes regardless of records. From an empty corpus
/// and in the same processor time, both together reach more coverage than libFuzzer's own alone.
pub fn mutate(change: Change, data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    if seed % 4 == 3 {
        return fuzzer_mutate(data, size, max_size);
    }
    put(&change(&data[..size], max_size, seed.into()), data)
}

/// Writes a program with records of both to `out` and returns its size.
pub fn crossover(one: &[u8], two: &[u8], out: &mut [u8], seed: u32) -> usize {
    put(&ops::crossover(one, two, out.len(), seed.into()), out)
}

fn put(new: &[u8], out: &mut [u8]) -> usize {
    out[..new.len()].copy_from_slice(new);
    new.len()
}
