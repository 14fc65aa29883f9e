//! Runs inputs: one, every damage to every field, and the random inputs.

use super::failure::GuardFailure;
use super::heap::{SHAPES, shape};
use super::session::Session;
use super::tally::Tally;

/// Runs an input.
///
/// # Errors
/// The first broken promise, with the report of all steps. The report is made by a second run.
pub fn run(bytes: &[u8]) -> Result<Tally, Box<GuardFailure>> {
    Session::new(bytes, shape, None).run().map_err(|failure| {
        let mut report = Vec::new();
        match Session::new(bytes, shape, Some(&mut |line| report.push(line))).run() {
            Err(again) => Box::new(GuardFailure { report, ..*again }),
            Ok(_) => failure,
        }
    })
}

/// Damages every field of heaps of every shape in every way, and checks every promise: with calls that
/// validate, with calls that do not, and with both in turn.
///
/// # Errors
/// The first broken promise.
pub fn matrix() -> Result<Tally, Box<GuardFailure>> {
    let (mut tally, noise) = (Tally::default(), generate(5, 5));
    for number in 0..SHAPES {
        for (seed, every) in [(1, 1), (2, 2), (3, 0), (4, 4)] {
            let mut bytes = generate(seed, number as u64);
            bytes[0] = number as u8;
            tally.add(&Session::new(&bytes, shape, None).exhaust(every, &noise)?);
        }
    }
    Ok(tally)
}

/// Returns the bytes of random input `number` of a seed. Equal arguments give equal bytes.
pub fn generate(seed: u64, number: u64) -> Vec<u8> {
    use rand_xoshiro::rand_core::{Rng as _, SeedableRng as _};
    let mixed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(number);
    let mut rng = rand_xoshiro::Xoshiro256PlusPlus::seed_from_u64(mixed);
    let mut bytes = vec![0; 200 + (rng.next_u32() % 1800) as usize];
    rng.fill_bytes(&mut bytes);
    bytes
}
