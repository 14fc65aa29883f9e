//! From times to ratios, and their table.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;

use crate::common::entries::{CALLED, LINKED};
use crate::common::host::Host;
use crate::common::spread::{Spread, geomean};

use super::race::Times;

#[derive(Serialize)]
pub(crate) struct Report {
    host: Host,
    rounds: u32,
    workloads: Vec<Row>,
    /// Of the medians of ratios.
    geomean: Vec<Geomean>,
    geomean_through_a_call: Vec<Geomean>,
}

#[derive(Serialize)]
struct Row {
    name: &'static str,
    says: &'static str,
    calls: usize,
    /// Nanoseconds a call.
    loop_ns: Spread,
    c_net_ns: Spread,
    linked: Vec<Figure>,
    through_a_call: Vec<Figure>,
}

#[derive(Serialize)]
struct Figure {
    allocator: &'static str,
    net_ns: Spread,
    ratio: Spread,
}

#[derive(Serialize)]
struct Geomean {
    allocator: &'static str,
    ratio: f64,
}

impl Report {
    pub(crate) fn new(host: Host, rounds: u32, times: Vec<Times>) -> Self {
        let workloads: Vec<_> = times.iter().map(Row::new).collect();
        let geomean = geomeans(&workloads, |row| &row.linked);
        let geomean_through_a_call = geomeans(&workloads, |row| &row.through_a_call);
        Self { host, rounds, workloads, geomean, geomean_through_a_call }
    }
}

fn geomeans(rows: &[Row], figures: fn(&Row) -> &[Figure]) -> Vec<Geomean> {
    let mean = |(place, figure): (usize, &Figure)| Geomean {
        allocator: figure.allocator,
        ratio: geomean(rows.iter().map(|row| figures(row)[place].ratio.median)),
    };
    figures(&rows[0]).iter().enumerate().map(mean).collect()
}

impl Row {
    fn new(times: &Times) -> Self {
        let ns = |row: usize| -> Vec<f64> {
            let per_call =
                |time: &std::time::Duration| time.as_secs_f64() * 1e9 / times.calls as f64;
            times.rows[row].iter().map(per_call).collect()
        };
        let own = ns(0);
        let net = |row: usize| -> Vec<f64> {
            // A pass that is faster than the loop was in the same round is noise: a hundredth of a
            // nanosecond keeps the ratio a number.
            ns(row).iter().zip(&own).map(|(all, own)| (all - own).max(0.01)).collect()
        };
        let c = net(1);
        let figure = |(place, allocator): (usize, &'static str)| {
            let net = net(place);
            let ratio = Spread::of(net.iter().zip(&c).map(|(net, c)| net / c).collect());
            Figure { allocator, net_ns: Spread::of(net), ratio }
        };
        let names = |entries: &'static [crate::common::entries::Entry]| {
            entries.iter().map(|entry| entry.name)
        };
        let linked = (2..).zip(names(&LINKED)).map(figure).collect();
        let through_a_call = (2 + LINKED.len()..).zip(names(&CALLED)).map(figure).collect();
        Self {
            name: times.workload.name,
            says: times.workload.says,
            calls: times.calls,
            loop_ns: Spread::of(own),
            c_net_ns: Spread::of(c),
            linked,
            through_a_call,
        }
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Host { cpu, cores, target, load } = &self.host;
        let load = load.map_or_else(String::new, |load| format!(", load {load:.2}"));
        writeln!(f, "{target}, {cpu}, {cores} cores{load}; {} rounds\n", self.rounds)?;
        writeln!(f, "Linked, as a Rust program has it. Ratio to C, median [quartiles]")?;
        self.table(f, |row| &row.linked)?;
        writeln!(f, "\nThrough a call, as C has it")?;
        self.table(f, |row| &row.through_a_call)?;
        let beaten = |figures: &[Figure]| {
            figures[1..3].iter().all(|other| figures[0].ratio.median < other.ratio.median)
        };
        let linked = self.workloads.iter().filter(|row| beaten(&row.linked)).count();
        let called = self.workloads.iter().filter(|row| beaten(&row.through_a_call)).count();
        let all = self.workloads.len();
        writeln!(
            f,
            "\nmemoman ahead of rlsf and talc in {linked} of {all} workloads, {called} through a call"
        )?;
        write!(f, "through a call: geomean")?;
        line(f, &self.geomean_through_a_call)?;
        write!(f, "geomean")?;
        line(f, &self.geomean)
    }
}

impl Report {
    fn table(&self, f: &mut Formatter<'_>, figures: fn(&Row) -> &[Figure]) -> fmt::Result {
        write!(f, "{:<11} {:>7} {:>7}", "workload", "calls", "C, ns")?;
        for figure in figures(&self.workloads[0]) {
            write!(f, "  {:<18}", figure.allocator)?;
        }
        writeln!(f)?;
        for row in &self.workloads {
            write!(f, "{:<11} {:>7} {:>7.1}", row.name, row.calls, row.c_net_ns.median)?;
            for figure in figures(row) {
                let Spread { q1, median, q3, .. } = figure.ratio;
                write!(f, "  {:<18}", format!("{median:.2} [{q1:.2} {q3:.2}]"))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

fn line(f: &mut Formatter<'_>, means: &[Geomean]) -> fmt::Result {
    for mean in means {
        write!(f, " {} {:.2}", mean.allocator, mean.ratio)?;
    }
    writeln!(f)
}
