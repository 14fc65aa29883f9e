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

/// Returns the start of the answer's JSON.
#[unsafe(no_mangle)]
pub extern "C" fn about() -> *const u8 {
    OUTPUT.with_borrow(|answer| answer.about.as_ptr())
}

/// Returns the length of the answer's JSON.
#[unsafe(no_mangle)]
pub extern "C" fn about_bytes() -> usize {
    OUTPUT.with_borrow(|answer| answer.about.len())
}

/// Returns the start of the steps.
#[unsafe(no_mangle)]
pub extern "C" fn data() -> *const u8 {
    OUTPUT.with_borrow(|answer| answer.data.as_ptr())
}

/// Returns the length of the steps.
#[unsafe(no_mangle)]
pub extern "C" fn data_bytes() -> usize {
    OUTPUT.with_borrow(|answer| answer.data.len())
}

/// Returns the start of a panic's message.
#[unsafe(no_mangle)]
pub extern "C" fn panicked() -> *const u8 {
    PANICKED.with_borrow(|text| text.as_ptr())
}

/// Returns the length of a panic's message: 0 if there was none.
#[unsafe(no_mangle)]
pub extern "C" fn panicked_bytes() -> usize {
    PANICKED.with_borrow(String::len)
}
