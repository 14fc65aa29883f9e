//! The log: a mapped file, and the lock that orders its records.

use core::ffi::CStr;
use core::hint::spin_loop;
use core::marker::PhantomData;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use crate::raw::{CallRecord, MAGIC};

/// The capacity of the file in records, 1.3 GB. The file takes disk space only for records written.
const CAPACITY: usize = 1 << 25;

/// The file's first record; null while nothing is recorded.
static LOG: AtomicPtr<CallRecord> = AtomicPtr::new(null_mut());
static LOCKED: AtomicBool = AtomicBool::new(false);

/// The lock, held from before a call to glibc until its record is written.
pub(crate) struct LogTurn {
    log: *mut CallRecord,
    /// The thread that took the lock releases it.
    _not_send: PhantomData<*mut ()>,
}

impl LogTurn {
    pub(crate) fn take() -> Self {
        let log = LOG.load(Ordering::Acquire);
        if !log.is_null() {
            while LOCKED.swap(true, Ordering::Acquire) {
                spin_loop();
                // SAFETY: it has no preconditions.
                unsafe { libc::sched_yield() };
            }
        }
        Self { log, _not_send: PhantomData }
    }

    pub(crate) fn record(&self, record: CallRecord) {
        if self.log.is_null() {
            return;
        }
        // SAFETY: mapped for CAPACITY records; only the thread with the lock writes.
        unsafe {
            let head = &mut *self.log;
            let place = head.align as usize + 1;
            if place < CAPACITY {
                self.log.add(place).write(record);
                head.align += 1;
            } else {
                head.size += 1;
            }
        }
    }
}

impl Drop for LogTurn {
    fn drop(&mut self) {
        if !self.log.is_null() {
            LOCKED.store(false, Ordering::Release);
        }
    }
}

#[used]
#[unsafe(link_section = ".init_array")]
static BEGIN: extern "C" fn() = begin;

/// Starts the recording, before the program's `main`. Blocks allocated before are not recorded, and
/// memoman-compact skips the calls that free them.
extern "C" fn begin() {
    const VARIABLE: &CStr = c"MEMOMAN_RECORD";
    // SAFETY: only one thread runs; strings end in 0; the mapping is new and CAPACITY records long.
    unsafe {
        let path = libc::getenv(VARIABLE.as_ptr());
        if path.is_null() {
            return;
        }
        let bytes = CAPACITY * size_of::<CallRecord>();
        let file =
            libc::open(path, libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC | libc::O_CLOEXEC, 0o644);
        if file < 0 || libc::ftruncate(file, bytes as libc::off_t) != 0 {
            return print_error(
                c"memoman-record: the file named by MEMOMAN_RECORD cannot be created\n",
            );
        }
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let log = libc::mmap(null_mut(), bytes, access, libc::MAP_SHARED, file, 0);
        libc::close(file);
        if log == libc::MAP_FAILED {
            return print_error(
                c"memoman-record: the file named by MEMOMAN_RECORD cannot be mapped\n",
            );
        }
        let log = log.cast::<CallRecord>();
        log.write(CallRecord { kind: MAGIC, align: 0, size: 0, old: 0, new: 0 });
        libc::unsetenv(VARIABLE.as_ptr());
        libc::unsetenv(c"LD_PRELOAD".as_ptr());
        libc::pthread_atfork(None, None, Some(stop));
        LOG.store(log, Ordering::Release);
    }
}

/// Stops recording in the child of a fork, because the log is the parent's.
extern "C" fn stop() {
    LOG.store(null_mut(), Ordering::Release);
}

fn print_error(text: &CStr) {
    // SAFETY: a string and its length.
    unsafe { libc::write(2, text.as_ptr().cast(), text.count_bytes()) };
}
