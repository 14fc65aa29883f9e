//! The progress of a long run, on stderr: a bar in a terminal; in a log, a line after three seconds, and then one
//! every ten.

use std::fmt::Write;
use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};

use crate::cli::stderr::note;

/// The time to the first line of a log.
const FIRST: Duration = Duration::from_secs(3);
/// The time between two lines of a log.
const PAUSE: Duration = Duration::from_secs(10);

/// A count of calls, or of another unit, and the total.
pub(crate) struct Progress {
    bar: ProgressBar,
    unit: &'static str,
    all: u64,
    start: Instant,
    /// When the next line of a log is due.
    due: Instant,
}

impl Progress {
    pub(crate) fn new(calls: u64) -> Self {
        Self::counting(calls, "calls")
    }

    pub(crate) fn counting(all: u64, unit: &'static str) -> Self {
        let template =
            format!("{{wide_bar}} {{human_pos}} of {{human_len}} {unit}, {{rate}}/s, {{eta}} left");
        let style = ProgressStyle::with_template(&template).expect("a template");
        // The bar's own rate has four decimals.
        let style = style.with_key("rate", |state: &ProgressState, out: &mut dyn Write| {
            let _ = write!(out, "{}", HumanCount(state.per_sec() as u64));
        });
        let start = Instant::now();
        Self { bar: ProgressBar::new(all).with_style(style), unit, all, start, due: start + FIRST }
    }

    /// Shows the progress after the total has changed.
    pub(crate) fn reach(&mut self, done: u64, all: u64) {
        self.all = all;
        self.bar.set_length(all);
        self.show(done);
    }

    pub(crate) fn show(&mut self, done: u64) {
        self.bar.set_position(done.min(self.all));
        // Draws it again if only the time has changed.
        self.bar.tick();
        // A bar hides itself where there is no terminal.
        let now = Instant::now();
        if self.bar.is_hidden() && now >= self.due {
            self.due = now + PAUSE;
            note!("{done} of {} {}, {}", self.all, self.unit, self.pace(done));
        }
    }

    /// Replaces the bar by a line with time and rate.
    pub(crate) fn finish(self, done: u64) {
        self.bar.finish_and_clear();
        note!("{}", self.pace(done));
    }

    fn pace(&self, done: u64) -> String {
        let seconds = self.start.elapsed().as_secs_f64();
        format!("{seconds:.1} s, {:.0} {}/s", done as f64 / seconds, self.unit)
    }
}
