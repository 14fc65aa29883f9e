//! A call of a function whose arguments are machine words.

use std::ffi::c_void;
use std::mem::transmute;

use crate::cli::check::names::{Argument, MOST_ARGUMENTS, Signature};

/// The arguments of a call, by what they are. What a function does not take is 0.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Words {
    pub(crate) heap: usize,
    pub(crate) size: usize,
    pub(crate) align: usize,
    pub(crate) block: usize,
    pub(crate) mem: usize,
    pub(crate) bytes: usize,
    pub(crate) pool: usize,
    pub(crate) out: usize,
    pub(crate) walker: usize,
    pub(crate) user: usize,
}

impl Words {
    const fn word(&self, argument: Argument) -> usize {
        match argument {
            Argument::Heap => self.heap,
            Argument::Size => self.size,
            Argument::Align => self.align,
            Argument::Block => self.block,
            Argument::Mem => self.mem,
            Argument::Bytes => self.bytes,
            Argument::Pool => self.pool,
            Argument::Out => self.out,
            Argument::Walker => self.walker,
            Argument::User => self.user,
            Argument::Number(number) => number,
        }
    }
}

/// A function of a library that stays loaded.
#[derive(Clone, Debug)]
pub(super) struct Function {
    pub(super) address: *mut c_void,
    pub(super) signature: Signature,
}

macro_rules! call_with {
    ($address:expr, $words:ident, $($k:literal)*) => {{
        // SAFETY: the caller's: a C function of so many words. In C's calling conventions, a pointer, a size and
        // a smaller integer are passed as a word.
        let function = unsafe {
            transmute::<*mut c_void, unsafe extern "C" fn($(call_with!(@ $k)),*) -> usize>($address)
        };
        // SAFETY: the caller's.
        unsafe { function($($words[$k]),*) }
    }};
    (@ $k:literal) => { usize };
}

impl Function {
    /// Calls it. The result of a function without one is unspecified.
    ///
    /// # Safety
    /// The address is that of a C function with these arguments, and the words are what the function may be
    /// called with: or this process may be ended by it.
    pub(super) unsafe fn call(&self, words: &Words) -> usize {
        let arguments = &self.signature.arguments;
        let mut all = [0; MOST_ARGUMENTS];
        for (word, &argument) in all.iter_mut().zip(arguments) {
            *word = words.word(argument);
        }
        let address = self.address;
        match arguments.len() {
            0 => call_with!(address, all,),
            1 => call_with!(address, all, 0),
            2 => call_with!(address, all, 0 1),
            3 => call_with!(address, all, 0 1 2),
            4 => call_with!(address, all, 0 1 2 3),
            _ => call_with!(address, all, 0 1 2 3 4),
        }
    }
}
