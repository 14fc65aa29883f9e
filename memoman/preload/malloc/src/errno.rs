//! errno: C's variable of each thread.

/// Sets errno.
pub(crate) fn set_errno(code: i32) {
    // SAFETY: the address of this thread's errno.
    unsafe { *libc::__errno_location() = code };
}

/// Runs `f`, whose system calls may set errno, and restores it.
pub(crate) fn keeping_errno<T>(f: impl FnOnce() -> T) -> T {
    // SAFETY: the address of this thread's errno.
    let before = unsafe { *libc::__errno_location() };
    let result = f();
    set_errno(before);
    result
}
