//! The ratios of times, as tables and as JSON.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;

use crate::common::allocators::{LINKED, OUT_OF_LINE};
use crate::common::host::Host;
use crate::common::quartiles::{Quartiles, geomean};

use super::rounds::WorkloadTimes;

#[derive(Serialize)]
pub(crate) struct Comparison {
    host: Host,
    rounds: u32,
    workloads: Vec<WorkloadRatios>,
    /// Geometric means of the workloads' median ratios.
    geomean: Vec<AllocatorMean>,
    geomean_through_a_call: Vec<AllocatorMean>,
}

#[derive(Serialize)]
struct WorkloadRatios {
    name: &'static str,
    description: &'static str,
    calls: usize,
    /// In nanoseconds per call.
    loop_ns: Quartiles,
    c_net_ns: Quartiles,
    linked: Vec<AllocatorRatio>,
    through_a_call: Vec<AllocatorRatio>,
}

#[derive(Serialize)]
struct AllocatorRatio {
    allocator: &'static str,
    net_ns: Quartiles,
    ratio: Quartiles,
}

#[derive(Serialize)]
struct AllocatorMean {
    allocator: &'static str,
    ratio: f64,
}

impl Comparison {
    pub(crate) fn new(host: Host, rounds: u32, times: Vec<WorkloadTimes>) -> Self {
        let workloads: Vec<_> = times.iter().map(WorkloadRatios::new).collect();
        let geomean = geomeans(&workloads, |row| &row.linked);
        let geomean_through_a_call = geomeans(&workloads, |row| &row.through_a_call);
        Self { host, rounds, workloads, geomean, geomean_through_a_call }
    }
}

fn geomeans(
    rows: &[WorkloadRatios],
    figures: fn(&WorkloadRatios) -> &[AllocatorRatio],
) -> Vec<AllocatorMean> {
    let mean = |(place, figure): (usize, &AllocatorRatio)| AllocatorMean {
        allocator: figure.allocator,
        ratio: geomean(rows.iter().map(|row| figures(row)[place].ratio.median)),
    };
    figures(&rows[0]).iter().enumerate().map(mean).collect()
}

impl WorkloadRatios {
    fn new(times: &WorkloadTimes) -> Self {
        let ns = |row: usize| -> Vec<f64> {
            let per_call =
                |time: &std::time::Duration| time.as_secs_f64() * 1e9 / times.calls as f64;
            times.by_allocator[row].iter().map(per_call).collect()
        };
        let own = ns(0);
        let net = |row: usize| -> Vec<f64> {
            // At least a hundredth of a nanosecond, so that a ratio is finite even if noise makes the
            // loop slower than the allocator.
            ns(row).iter().zip(&own).map(|(all, own)| (all - own).max(0.01)).collect()
        };
        let c = net(1);
        let figure = |(place, allocator): (usize, &'static str)| {
            let net = net(place);
            let ratio = Quartiles::of(net.iter().zip(&c).map(|(net, c)| net / c).collect());
            AllocatorRatio { allocator, net_ns: Quartiles::of(net), ratio }
        };
        let names = |entries: &'static [crate::common::allocators::MeasuredAllocator]| {
            entries.iter().map(|entry| entry.name)
        };
        let linked = (2..).zip(names(&LINKED)).map(figure).collect();
        let through_a_call = (2 + LINKED.len()..).zip(names(&OUT_OF_LINE)).map(figure).collect();
        Self {
            name: times.workload.name,
            description: times.workload.description,
            calls: times.calls,
            loop_ns: Quartiles::of(own),
            c_net_ns: Quartiles::of(c),
            linked,
            through_a_call,
        }
    }
}

impl Display for Comparison {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Host { cpu, cores, target, load } = &self.host;
        let load = load.map_or_else(String::new, |load| format!(", load {load:.2}"));
        writeln!(f, "{target}, {cpu}, {cores} cores{load}; {} rounds\n", self.rounds)?;
        writeln!(f, "Inlined, as in a Rust program. Ratio to C, median [quartiles]")?;
        self.table(f, |row| &row.linked)?;
        writeln!(f, "\nThrough a call, as in a C program")?;
        self.table(f, |row| &row.through_a_call)?;
        let is_fastest = |figures: &[AllocatorRatio]| {
            figures[1..3].iter().all(|other| figures[0].ratio.median < other.ratio.median)
        };
        let linked = self.workloads.iter().filter(|row| is_fastest(&row.linked)).count();
        let called = self.workloads.iter().filter(|row| is_fastest(&row.through_a_call)).count();
        let all = self.workloads.len();
        writeln!(
            f,
            "\nmemoman is faster than rlsf and talc in {linked} of {all} workloads, {called} through a call"
        )?;
        write!(f, "through a call: geomean")?;
        line(f, &self.geomean_through_a_call)?;
        write!(f, "geomean")?;
        line(f, &self.geomean)
    }
}

impl Comparison {
    fn table(
        &self,
        f: &mut Formatter<'_>,
        figures: fn(&WorkloadRatios) -> &[AllocatorRatio],
    ) -> fmt::Result {
        write!(f, "{:<11} {:>7} {:>7}", "workload", "calls", "C, ns")?;
        for figure in figures(&self.workloads[0]) {
            write!(f, "  {:<18}", figure.allocator)?;
        }
        writeln!(f)?;
        for row in &self.workloads {
            write!(f, "{:<11} {:>7} {:>7.1}", row.name, row.calls, row.c_net_ns.median)?;
            for figure in figures(row) {
                let Quartiles { q1, median, q3, .. } = figure.ratio;
                write!(f, "  {:<18}", format!("{median:.2} [{q1:.2} {q3:.2}]"))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

fn line(f: &mut Formatter<'_>, means: &[AllocatorMean]) -> fmt::Result {
    for mean in means {
        write!(f, " {} {:.2}", mean.allocator, mean.ratio)?;
    }
    writeln!(f)
}
