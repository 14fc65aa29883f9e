//! AFL++ runs a mutant, a faulty allocator in the engine's place, in persistent mode. The environment names it: see
//! [`oracle::mutants::target`].

use oracle::mutants::target;

fn main() {
    afl::fuzz!(|bytes: &[u8]| target::run(bytes));
}
