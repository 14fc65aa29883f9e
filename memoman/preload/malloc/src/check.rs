//! The check at exit: `MEMOMAN_CHECK=FILE` makes each process that exits validate its heap and append one
//! line to the file. A damaged heap is printed to standard error as well, and ends the process with SIGABRT.
//!
//! Processes that end by a signal or by `_exit` are not checked.

use core::cell::UnsafeCell;
use core::ffi::{CStr, c_char};
use core::fmt::Write as _;

use crate::arena::Arena;
use crate::fatal::Line;
use crate::heap::ARENA;
use crate::large;

/// The name of the file, as it was when the process started: programs change their environment.
struct Path(UnsafeCell<[c_char; 4096]>);

// SAFETY: written before `main`, when only one thread runs; only read afterwards.
unsafe impl Sync for Path {}

static PATH: Path = Path(UnsafeCell::new([0; 4096]));

unsafe extern "C" {
    static program_invocation_short_name: *const c_char;
}

/// Reads the environment.
pub(crate) fn read_environment() {
    // SAFETY: strings that end in 0; only one thread runs.
    unsafe {
        let value = libc::getenv(c"MEMOMAN_CHECK".as_ptr());
        let path = PATH.0.get().cast::<c_char>();
        if !value.is_null() && libc::strlen(value) < size_of::<Path>() {
            libc::strcpy(path, value);
        }
    }
}

/// What is in the heap, or what is wrong with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// Arenas that have blocks or had some.
    pub arenas: usize,
    /// Blocks in use, large ones included.
    pub used_blocks: usize,
    /// Their bytes.
    pub used_bytes: usize,
    /// Free blocks of the arenas.
    pub free_blocks: usize,
    /// Their bytes.
    pub free_bytes: usize,
    /// Arenas that could not be checked, because the caller interrupted its thread inside one.
    pub skipped: usize,
}

/// Validates all arenas. The error has the arena and what is wrong in it.
///
/// # Errors
/// The first damaged arena, and the law that it breaks.
pub fn check() -> Result<Report, (usize, memoman::Violation)> {
    let (blocks, bytes) = large::live();
    let mut report = Report { used_blocks: blocks, used_bytes: bytes, ..Report::default() };
    for (number, arena) in ARENA.iter().enumerate() {
        let Some(entered) = Arena::enter(arena) else {
            report.skipped += 1;
            continue;
        };
        let census = entered.validate().map_err(|violation| (number, violation))?;
        report.arenas += usize::from(census.used_blocks + census.free_blocks > 0);
        report.used_blocks += census.used_blocks;
        report.used_bytes += census.used_bytes;
        report.free_blocks += census.free_blocks;
        report.free_bytes += census.free_bytes;
    }
    Ok(report)
}

/// Called when the process exits.
pub(crate) extern "C" fn at_exit() {
    // SAFETY: a string that ends in 0, and is not written any more.
    let path = unsafe { CStr::from_ptr(PATH.0.get().cast()) };
    if path.is_empty() {
        return;
    }
    let mut line = Line::new();
    // SAFETY: glibc's, a string.
    let name = unsafe { CStr::from_ptr(program_invocation_short_name) }.to_str().unwrap_or("?");
    // SAFETY: it only returns a number.
    let _ = write!(line, "memoman-malloc: {name} {}: ", unsafe { libc::getpid() });
    let checked = check();
    let _ = match &checked {
        Ok(report) => {
            let Report { arenas, used_blocks, used_bytes, free_blocks, free_bytes, skipped } =
                report;
            writeln!(
                line,
                "sound: {arenas} arenas, {used_blocks} blocks in use ({used_bytes} bytes), \
                 {free_blocks} free ({free_bytes} bytes), {skipped} arenas not checked"
            )
        }
        Err((arena, violation)) => writeln!(line, "DAMAGED: arena {arena}: {violation}"),
    };
    // SAFETY: a string that ends in 0.
    let file = unsafe {
        let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_APPEND | libc::O_CLOEXEC;
        libc::open(path.as_ptr(), flags, 0o644)
    };
    line.write_to(file);
    // SAFETY: opened above.
    unsafe { libc::close(file) };
    if checked.is_err() {
        line.write_to(libc::STDERR_FILENO);
        // SAFETY: it has no preconditions.
        unsafe { libc::abort() };
    }
}
