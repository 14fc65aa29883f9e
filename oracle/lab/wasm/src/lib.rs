//! The heap lab as a WebAssembly module: `scripts/lab-wasm` builds it, and `oracle/lab/engine.js` calls it.
//!
//! The caller requests [`room`], writes a request and the bytes of a program there, calls [`run`], and reads
//! [`about`] and [`data`]. A panic ends the instance: its message is at [`panicked`], and the next program needs
//! a new instance.

use std::cell::RefCell;
use std::panic;

use oracle::lab::live::{self, Answer};

thread_local! {
    static INPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static OUTPUT: RefCell<Answer> = RefCell::default();
    static PANICKED: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Returns where the caller writes so many bytes.
#[unsafe(no_mangle)]
pub extern "C" fn room(bytes: usize) -> *mut u8 {
    INPUT.with_borrow_mut(|input| {
        input.clear();
        input.resize(bytes, 0);
        input.as_mut_ptr()
    })
}

/// Answers the input, whose first bytes are the request.
#[unsafe(no_mangle)]
pub extern "C" fn run(request: usize) {
    panic::set_hook(Box::new(|info| PANICKED.set(info.to_string())));
    let answer = INPUT.with_borrow(|input| {
        let (request, bytes) = input.split_at(request.min(input.len()));
        live::answer(&String::from_utf8_lossy(request), bytes)
    });
    OUTPUT.set(answer);
}

/// Exports two functions: the start and the length of bytes that the caller reads.
macro_rules! readable {
    ($what:literal, $start:ident, $length:ident, $from:ident, |$value:ident| $bytes:expr) => {
        #[doc = concat!("Returns the start of ", $what, ".")]
        #[unsafe(no_mangle)]
        pub extern "C" fn $start() -> *const u8 {
            $from.with_borrow(|$value| $bytes.as_ptr())
        }

        #[doc = concat!("Returns the length of ", $what, ".")]
        #[unsafe(no_mangle)]
        pub extern "C" fn $length() -> usize {
            $from.with_borrow(|$value| $bytes.len())
        }
    };
}

readable!("the answer's JSON", about, about_bytes, OUTPUT, |answer| answer.about);
readable!("the steps", data, data_bytes, OUTPUT, |answer| answer.data);
readable!(
    "a panic's message: no bytes if there was none",
    panicked,
    panicked_bytes,
    PANICKED,
    |text| text
);
