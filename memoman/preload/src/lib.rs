//! Records a program's allocations: `LD_PRELOAD=libmemoman_record.so MEMOMAN_RECORD=file program`.
//!
//! The library replaces malloc, calloc, realloc, free and the aligned functions. Each calls glibc's own
//! function and records the call. A lock is held during both, so that the records of all threads are in
//! the order in which the calls took effect. The library allocates nothing.
//!
//! Only the process that loaded it is recorded: the environment variables are removed for its children,
//! and a forked child stops recording. `scripts/record` runs the whole procedure.
//!
//! The library needs glibc. It is empty in tests, whose own malloc must not be replaced.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

#[cfg(not(test))]
mod hooks;
#[cfg(not(test))]
mod log;
#[cfg(not(test))]
mod raw;
