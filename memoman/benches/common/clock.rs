//! The clock of a pass: processor time of this thread where there is such a clock, so that a pass
//! does not last longer because somebody else had the processor meanwhile. On a quiet machine it is
//! the time of day; under load it is what makes figures comparable at all.

use std::time::Duration;

#[cfg(unix)]
pub(crate) struct Stopwatch(Duration);

#[cfg(unix)]
impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(now())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        now() - self.0
    }
}

#[cfg(unix)]
fn now() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is writable; POSIX has this clock.
    let code = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    assert_eq!(code, 0, "this system has no clock of threads");
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

#[cfg(not(unix))]
pub(crate) struct Stopwatch(std::time::Instant);

#[cfg(not(unix))]
impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(std::time::Instant::now())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
