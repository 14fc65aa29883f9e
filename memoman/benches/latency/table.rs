//! Percentiles of latencies, as a table and as JSON.

use std::fmt::{self, Display, Formatter, Write};

use serde::Serialize;

use crate::common::host::Host;

use super::measure::{KINDS, Latencies};

#[derive(Serialize)]
pub(crate) struct LatencyReport {
    host: Host,
    passes: u32,
    ns_per_tick: f64,
    /// The time that reading the clock takes. It is subtracted from every figure.
    clock_ns: f64,
    rows: Vec<Percentiles>,
}

/// In nanoseconds.
#[derive(Serialize)]
struct Percentiles {
    call: &'static str,
    allocator: &'static str,
    calls: u64,
    p50: f64,
    p99: f64,
    p99_9: f64,
    /// The largest median of a call.
    max: f64,
    /// The largest of all times.
    worst: f64,
}

impl LatencyReport {
    pub(crate) fn new(host: Host, passes: u32, measured: &Latencies) -> Self {
        let ns = |ticks: u64| ticks as f64 * measured.ns_per_tick;
        let mut rows = Vec::new();
        for (place, call) in KINDS.into_iter().enumerate() {
            for row in &measured.rows {
                let kind = &row.kinds[place];
                if kind.typical.is_empty() {
                    continue;
                }
                let at = |quantile| ns(kind.typical.value_at_quantile(quantile));
                rows.push(Percentiles {
                    call,
                    allocator: row.name,
                    calls: kind.typical.len(),
                    p50: at(0.5),
                    p99: at(0.99),
                    p99_9: at(0.999),
                    max: ns(kind.typical.max()),
                    worst: ns(kind.worst),
                });
            }
        }
        let clock_ns = ns(measured.own);
        Self { host, passes, ns_per_tick: measured.ns_per_tick, clock_ns, rows }
    }

    pub(crate) fn markdown(&self) -> String {
        let mut text = format!("{}\n\n", self.head());
        text += "| call | allocator | calls | p50 | p99 | p99.9 | max | worst |\n";
        text += "|---|---|---:|---:|---:|---:|---:|---:|\n";
        for Percentiles { call, allocator, calls, p50, p99, p99_9, max, worst } in &self.rows {
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "| {call} | {allocator} | {calls} | {p50:.0} | {p99:.0} | {p99_9:.0} | {max:.0} | {worst:.0} |"
            );
        }
        text
    }

    fn head(&self) -> String {
        format!(
            "{}; {} passes. Nanoseconds, less the clock's own {:.0}.",
            self.host.line(),
            self.passes,
            self.clock_ns
        )
    }
}

impl Display for LatencyReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.head())?;
        writeln!(
            f,
            "{:<9} {:<9} {:>8} {:>7} {:>7} {:>7} {:>9} {:>11}",
            "call", "allocator", "calls", "p50", "p99", "p99.9", "max", "worst"
        )?;
        for Percentiles { call, allocator, calls, p50, p99, p99_9, max, worst } in &self.rows {
            writeln!(
                f,
                "{call:<9} {allocator:<9} {calls:>8} {p50:>7.0} {p99:>7.0} {p99_9:>7.0} {max:>9.0} {worst:>11.0}"
            )?;
        }
        Ok(())
    }
}
