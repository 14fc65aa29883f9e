//! Errors that end the process. Nothing here allocates.

use core::fmt::{self, Write};
use core::ptr::NonNull;

/// A file descriptor as a place to print to, at most one line at a time.
pub(crate) struct Line {
    text: [u8; 512],
    len: usize,
}

impl Line {
    pub(crate) const fn new() -> Self {
        Self { text: [0; 512], len: 0 }
    }

    /// Writes the line with one system call, so that lines of several processes do not mix.
    pub(crate) fn write_to(&self, file: i32) {
        // SAFETY: a buffer and its length.
        unsafe { libc::write(file, self.text.as_ptr().cast(), self.len) };
    }
}

impl Write for Line {
    /// What is longer than a line is cut off.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = &mut self.text[self.len..];
        let len = text.len().min(room.len());
        room[..len].copy_from_slice(&text.as_bytes()[..len]);
        self.len += len;
        Ok(())
    }
}

/// Prints an error and ends the process with SIGABRT.
#[cold]
pub(crate) fn fatal(error: &str, block: NonNull<u8>) -> ! {
    let mut line = Line::new();
    let _ = writeln!(line, "memoman-malloc: {error}: {block:p}");
    line.write_to(libc::STDERR_FILENO);
    // SAFETY: it has no preconditions.
    unsafe { libc::abort() }
}
