//! Feature `guard`: the report of a misuse, and its handler.

use core::ffi::CStr;
use core::fmt::{self, Write};
use core::mem::transmute;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, Ordering};

use engine::Misuse;

use crate::types::mm_misuse;

/// The handler of misuse, a `mm_misuse`; null for none.
static HANDLER: AtomicPtr<()> = AtomicPtr::new(null_mut());

/// Sets the handler, and returns the one before.
pub(crate) fn set_handler(handler: mm_misuse) -> mm_misuse {
    let old = handler_now();
    // Not one swap: some processors have loads and stores only.
    HANDLER.store(handler.map_or(null_mut(), |handler| handler as *mut ()), Ordering::Release);
    old
}

fn handler_now() -> mm_misuse {
    // SAFETY: `set_handler` stored it; null is None.
    unsafe { transmute::<*mut (), mm_misuse>(HANDLER.load(Ordering::Acquire)) }
}

/// Calls the handler; without one, prints the misuse and aborts. The words of a misuse are `Display`
/// of `memoman::Misuse`, in `memoman/src/guard/error.rs`.
pub(crate) fn report(function: &str, misuse: &Misuse) {
    let mut line = ReportLine { text: [0; 256], length: 0 };
    // Text beyond the buffer is dropped.
    let _truncated = write!(line, "memoman: {function}: {misuse}");
    let text = CStr::from_bytes_until_nul(&line.text).unwrap_or(c"memoman: misuse");
    match handler_now() {
        // SAFETY: by the contract of mm_on_misuse.
        Some(handler) => unsafe { handler(text.as_ptr()) },
        None => {
            print(text);
            print(c"\nmemoman: aborting, as mm_on_misuse has set no handler\n");
            abort();
        }
    }
}

unsafe extern "C" {
    safe fn abort() -> !;
}

/// Writes text to standard error, on Unix.
fn print(text: &CStr) {
    #[cfg(unix)]
    {
        unsafe extern "C" {
            fn write(file: core::ffi::c_int, text: *const core::ffi::c_char, bytes: usize)
            -> isize;
        }
        // SAFETY: `text` has that many bytes. The program aborts next, so errors are ignored.
        unsafe { write(2, text.as_ptr(), text.count_bytes()) };
    }
    #[cfg(not(unix))]
    let _ = text;
}

/// A text with a NUL at its end, truncated to the buffer.
struct ReportLine {
    text: [u8; 256],
    length: usize,
}

impl Write for ReportLine {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let space = self.text.len() - 1 - self.length;
        let taken = more.len().min(space);
        self.text[self.length..][..taken].copy_from_slice(&more.as_bytes()[..taken]);
        self.length += taken;
        if taken == more.len() { Ok(()) } else { Err(fmt::Error) }
    }
}
