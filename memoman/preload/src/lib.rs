//! Records a program's allocations: `LD_PRELOAD=libmemoman_record.so MEMOMAN_RECORD=file program`.
//!
//! malloc, calloc, realloc, free and the aligned ones are taken over, passed on to glibc's own, and
//! noted. A lock is held over both, so that the records are in the order in which the calls took
//! effect, whatever threads they came from. The hooks allocate nothing.
//!
//! Only the process that loaded it is recorded: children have neither the variables nor, after a
//! fork, a log. `scripts/record` does it all.
//!
//! glibc only. Where a test harness is linked, statically perhaps, its malloc is left alone.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

#[cfg(not(test))]
mod hooks;
#[cfg(not(test))]
mod log;
#[cfg(not(test))]
mod raw;
