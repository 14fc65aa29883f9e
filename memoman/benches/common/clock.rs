//! The clock of a pass: the processor time of this thread, on Unix, else the time of day.
//!
//! Processor time does not include the time in which the processor ran something else, so figures
//! from a machine under load stay comparable. On an idle machine both clocks agree.

use std::time::Duration;

#[cfg(unix)]
pub(crate) struct PassClock(Duration);

#[cfg(unix)]
impl PassClock {
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
    assert_eq!(code, 0, "CLOCK_THREAD_CPUTIME_ID cannot be read");
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

#[cfg(not(unix))]
pub(crate) struct PassClock(std::time::Instant);

#[cfg(not(unix))]
impl PassClock {
    pub(crate) fn start() -> Self {
        Self(std::time::Instant::now())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
