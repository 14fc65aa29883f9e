//! Counts the instructions of a function, one by one: the processor's trap flag raises a signal after each.
//!
//! The count is of instructions in user mode, the same in every run. What the kernel does in a system call is one
//! instruction. `rep movsb` and its like count once for each repetition.

use std::arch::asm;
use std::ffi::{c_int, c_void};
use std::mem;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

static COUNT: AtomicU64 = AtomicU64::new(0);

/// Counting ends here: the count is a lower bound.
pub(crate) const LIMIT: u64 = 1 << 20;

/// The flag in the flag register.
const TRAP: i64 = 0x100;

extern "C" fn on_trap(_signal: c_int, _info: *mut libc::siginfo_t, context: *mut c_void) {
    // The trap flag is off in here.
    let count = COUNT.load(Ordering::Relaxed) + 1;
    COUNT.store(count, Ordering::Relaxed);
    if count == LIMIT {
        let context = context.cast::<libc::ucontext_t>();
        // SAFETY: the kernel passes the interrupted function's registers.
        unsafe { (*context).uc_mcontext.gregs[libc::REG_EFL as usize] &= !TRAP };
    }
}

/// Must be called once before [`count`].
pub(crate) fn install() {
    let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) = on_trap;
    // SAFETY: all zeros are valid; the handler only counts, and changes the flag.
    let done = unsafe {
        let mut action: libc::sigaction = mem::zeroed();
        action.sa_sigaction = handler as libc::sighandler_t;
        action.sa_flags = libc::SA_SIGINFO;
        libc::sigaction(libc::SIGTRAP, &raw const action, ptr::null_mut())
    };
    assert_eq!(done, 0, "SIGTRAP cannot be handled");
}

/// The instructions that the function takes, with some for the call of it, which are always the same; at most
/// [`LIMIT`].
pub(crate) fn count<F: FnOnce()>(function: F) -> u64 {
    extern "C" fn run<F: FnOnce()>(function: *mut c_void) {
        // SAFETY: the pointer below, passed once.
        let function = unsafe { function.cast::<Option<F>>().as_mut() };
        if let Some(function) = function.and_then(Option::take) {
            function();
        }
    }
    let mut function = Some(function);
    COUNT.store(0, Ordering::Relaxed);
    // SAFETY: the flag register is changed for the call only, the stack is as before it, and the C calling
    // convention's registers are clobbered. The signal's handler is installed.
    unsafe {
        asm!(
            "pushfq",
            "or qword ptr [rsp], 0x100",
            "popfq",
            "call {run}",
            "pushfq",
            "and qword ptr [rsp], -257",
            "popfq",
            run = in(reg) run::<F> as extern "C" fn(*mut c_void),
            in("rdi") ptr::from_mut(&mut function).cast::<c_void>(),
            clobber_abi("C"),
        );
    }
    COUNT.load(Ordering::Relaxed)
}
