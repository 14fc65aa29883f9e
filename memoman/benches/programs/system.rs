//! The program of bench `programs` on the system's malloc.

mod work;

fn main() {
    work::main();
}
