//! A run, line by line: op, call, result. It holds offsets, no addresses.

use std::io::{self, Write};

use crate::call::{Outcome, Reply};
use crate::run::step::Step;

/// Writes one line per step.
pub struct Trace<'a> {
    out: &'a mut dyn Write,
    /// Index of the op shown last.
    shown: Option<usize>,
    started: bool,
    /// The first error of writing to `out`.
    written: io::Result<()>,
}

impl<'a> Trace<'a> {
    /// A trace that writes to `out`.
    pub fn new(out: &'a mut dyn Write) -> Self {
        Self { out, shown: None, started: false, written: Ok(()) }
    }

    /// Shows a step.
    pub fn step(&mut self, step: Step<'_>) {
        if self.written.is_ok() {
            self.written = self.line(step);
        }
    }

    /// Whether every line was written.
    ///
    /// # Errors
    /// The first error of writing.
    pub fn finish(self) -> io::Result<()> {
        self.written
    }

    fn line(&mut self, step: Step<'_>) -> io::Result<()> {
        // Every run starts with a call of the harness's own.
        let own = !std::mem::replace(&mut self.started, true);
        let (number, op) = match step.op {
            _ if own => (String::new(), "(start)".to_owned()),
            // An op with several calls is named once.
            _ if self.shown == Some(step.index) => (String::new(), String::new()),
            Some(op) => ((step.index + 1).to_string(), op.to_string()),
            None => (String::new(), "(end)".to_owned()),
        };
        if !own {
            self.shown = Some(step.index);
        }
        let result = step.outcome.map_or_else(|| "a check fails".to_owned(), result);
        writeln!(self.out, "{number:>5}  {op:<36}  {:<34}  {result}", step.action.to_string())
    }
}

fn result(outcome: Outcome) -> String {
    let mut text = match outcome.reply {
        Reply::Block(payload) => format!("at {payload}"),
        other => other.to_string(),
    };
    let events = outcome.events;
    for (happened, name) in [
        (events.in_place, "in place"),
        (events.moved, "moved"),
        (events.gap, "gap"),
        (events.split, "split"),
        (events.merged_prev, "merged with predecessor"),
        (events.merged_next, "merged with successor"),
    ] {
        if happened {
            text += ", ";
            text += name;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::Trace;

    #[test]
    fn a_trace_names_each_op_once_and_shows_offsets() {
        let program = "ops v1\npool 256\nmalloc 3 tiny 24\nrepeat 2\nfree slot 3\n";
        let program = program.parse().expect("a program");
        let mut text = Vec::new();
        let mut trace = Trace::new(&mut text);
        let config = crate::Config::default();
        let run =
            crate::Context::default().observe(&program, &config, &mut |step| trace.step(step));
        run.expect("agreement");
        trace.finish().expect("a vector takes all");
        let text = String::from_utf8(text).expect("text");
        let words: Vec<Vec<&str>> =
            text.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(words[0][..2], ["(start)", "add_pool(0,"]);
        assert_eq!(words[1][..8], ["1", "malloc", "3", "tiny", "24", "slot", "3", "="]);
        assert_eq!(words[2][..4], ["2", "repeat", "2", "slot"]);
        assert_eq!(words[3][..3], ["slot", "5", "="]);
        assert_eq!(words[4][..5], ["3", "free", "slot", "3", "free(slot"]);
        assert_eq!(words[5][0], "(end)");
    }
}
