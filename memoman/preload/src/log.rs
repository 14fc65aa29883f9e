//! The log: a mapped file, a lock, and who may write.

use core::ffi::CStr;
use core::hint::spin_loop;
use core::marker::PhantomData;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use crate::raw::{MAGIC, Record};

/// Records that have room in the file, which takes disk only for those that come: 1.3 GB at most.
const ROOM: usize = 1 << 25;

/// The file's first record, or null: nothing is noted.
static LOG: AtomicPtr<Record> = AtomicPtr::new(null_mut());
static BUSY: AtomicBool = AtomicBool::new(false);

/// A place in the one order of all calls, held while a call is passed on.
pub(crate) struct Turn {
    log: *mut Record,
    /// Who holds the lock gives it back.
    _not_send: PhantomData<*mut ()>,
}

impl Turn {
    pub(crate) fn take() -> Self {
        let log = LOG.load(Ordering::Acquire);
        if !log.is_null() {
            while BUSY.swap(true, Ordering::Acquire) {
                spin_loop();
                // SAFETY: no conditions.
                unsafe { libc::sched_yield() };
            }
        }
        Self { log, _not_send: PhantomData }
    }

    pub(crate) fn note(&self, record: Record) {
        if self.log.is_null() {
            return;
        }
        // SAFETY: mapped for ROOM records, and written by who has the turn.
        unsafe {
            let head = &mut *self.log;
            let place = head.align as usize + 1;
            if place < ROOM {
                self.log.add(place).write(record);
                head.align += 1;
            } else {
                head.size += 1;
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.log.is_null() {
            BUSY.store(false, Ordering::Release);
        }
    }
}

#[used]
#[unsafe(link_section = ".init_array")]
static BEGIN: extern "C" fn() = begin;

/// Runs before the program's `main`. What was allocated until then is not known, and its free is
/// passed over when the trace is compacted.
extern "C" fn begin() {
    const VARIABLE: &CStr = c"MEMOMAN_RECORD";
    // SAFETY: there is one thread yet; strings end in 0; the mapping is new, and ROOM long.
    unsafe {
        let path = libc::getenv(VARIABLE.as_ptr());
        if path.is_null() {
            return;
        }
        let bytes = ROOM * size_of::<Record>();
        let file =
            libc::open(path, libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC | libc::O_CLOEXEC, 0o644);
        if file < 0 || libc::ftruncate(file, bytes as libc::off_t) != 0 {
            return complain(c"memoman-record: the file cannot be made\n");
        }
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let log = libc::mmap(null_mut(), bytes, access, libc::MAP_SHARED, file, 0);
        libc::close(file);
        if log == libc::MAP_FAILED {
            return complain(c"memoman-record: the file cannot be mapped\n");
        }
        let log = log.cast::<Record>();
        log.write(Record { kind: MAGIC, align: 0, size: 0, old: 0, new: 0 });
        libc::unsetenv(VARIABLE.as_ptr());
        libc::unsetenv(c"LD_PRELOAD".as_ptr());
        libc::pthread_atfork(None, None, Some(stop));
        LOG.store(log, Ordering::Release);
    }
}

/// In the child of a fork: the log is the parent's.
extern "C" fn stop() {
    LOG.store(null_mut(), Ordering::Release);
}

fn complain(says: &CStr) {
    // SAFETY: a string and its length.
    unsafe { libc::write(2, says.as_ptr().cast(), says.count_bytes()) };
}
