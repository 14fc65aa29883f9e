//! The ratios of times: what the tables print, and the JSON.

use serde::Serialize;

use crate::common::allocators::{LINKED, MeasuredAllocator, OUT_OF_LINE, Role};
use crate::common::host::Host;
use crate::common::quartiles::{Quartiles, geomean};

use super::rounds::WorkloadTimes;

#[derive(Serialize)]
pub(crate) struct Comparison {
    pub(crate) host: Host,
    pub(crate) rounds: u32,
    /// The first and the last word of each block are written and read.
    pub(crate) touch: bool,
    pub(crate) workloads: Vec<WorkloadRatios>,
    /// Geometric means of the workloads' median ratios: of the nine that earlier versions had.
    pub(crate) geomean: Vec<AllocatorMean>,
    pub(crate) geomean_through_a_call: Vec<AllocatorMean>,
    pub(crate) geomean_of_all: Vec<AllocatorMean>,
    pub(crate) geomean_of_all_through_a_call: Vec<AllocatorMean>,
}

#[derive(Serialize)]
pub(crate) struct WorkloadRatios {
    pub(crate) name: &'static str,
    description: &'static str,
    first_nine: bool,
    pub(crate) calls: usize,
    /// In nanoseconds per call.
    loop_ns: Quartiles,
    pub(crate) c_net_ns: Quartiles,
    /// In the order of [`LINKED`].
    pub(crate) linked: Vec<AllocatorRatio>,
    /// The same. Allocators in C have the same figures in both.
    pub(crate) through_a_call: Vec<AllocatorRatio>,
    pub(crate) failures: Vec<String>,
}

#[derive(Serialize, Clone)]
pub(crate) struct AllocatorRatio {
    pub(crate) allocator: &'static str,
    net_ns: Option<Quartiles>,
    /// None if the allocator does not serve the workload.
    pub(crate) ratio: Option<Quartiles>,
}

impl AllocatorRatio {
    pub(crate) fn median(&self) -> Option<f64> {
        self.ratio.map(|ratio| ratio.median)
    }
}

#[derive(Serialize)]
pub(crate) struct AllocatorMean {
    pub(crate) allocator: &'static str,
    pub(crate) ratio: f64,
    /// The workloads that it does not serve, and that the mean does not include.
    pub(crate) missing: usize,
}

/// The ratios of a workload: linked, or through a call.
pub(crate) type Figures = fn(&WorkloadRatios) -> &[AllocatorRatio];

impl Comparison {
    pub(crate) fn new(host: Host, rounds: u32, touch: bool, times: Vec<WorkloadTimes>) -> Self {
        let workloads: Vec<_> = times.iter().map(WorkloadRatios::new).collect();
        let [nine, all] = [|row: &WorkloadRatios| row.first_nine, |_: &WorkloadRatios| true];
        Self {
            host,
            rounds,
            touch,
            geomean: geomeans(&workloads, nine, |row| &row.linked),
            geomean_through_a_call: geomeans(&workloads, nine, |row| &row.through_a_call),
            geomean_of_all: geomeans(&workloads, all, |row| &row.linked),
            geomean_of_all_through_a_call: geomeans(&workloads, all, |row| &row.through_a_call),
            workloads,
        }
    }
}

/// Without allocators that serve none of the chosen workloads.
fn geomeans(
    rows: &[WorkloadRatios],
    chosen: fn(&WorkloadRatios) -> bool,
    figures: Figures,
) -> Vec<AllocatorMean> {
    let rows: Vec<_> = rows.iter().filter(|row| chosen(row)).collect();
    let mean = |(place, entry): (usize, &MeasuredAllocator)| {
        let ratios: Vec<_> = rows.iter().filter_map(|row| figures(row)[place].median()).collect();
        let missing = rows.len() - ratios.len();
        let ratio = geomean(ratios.into_iter());
        ratio.is_finite().then_some(AllocatorMean { allocator: entry.name, ratio, missing })
    };
    LINKED.iter().enumerate().filter_map(mean).collect()
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
        let figure = |(place, entry): (usize, &MeasuredAllocator)| {
            let net = net(place);
            let quartiles = |sample: Vec<f64>| (!sample.is_empty()).then(|| Quartiles::of(sample));
            let ratio = quartiles(net.iter().zip(&c).map(|(net, c)| net / c).collect());
            AllocatorRatio { allocator: entry.name, net_ns: quartiles(net), ratio }
        };
        let linked: Vec<_> = (2..).zip(&LINKED).map(figure).collect();
        let called: Vec<_> = (2 + LINKED.len()..).zip(&OUT_OF_LINE).map(figure).collect();
        let through_a_call = LINKED.iter().zip(&linked).map(|(entry, linked)| {
            if entry.in_c {
                return linked.clone();
            }
            let called = called.iter().find(|called| called.allocator == entry.name);
            called.expect("allocators in Rust are in both lists").clone()
        });
        Self {
            name: times.workload.name,
            description: times.workload.description,
            first_nine: times.workload.first_nine,
            calls: times.calls,
            loop_ns: Quartiles::of(own),
            c_net_ns: Quartiles::of(c),
            through_a_call: through_a_call.collect(),
            linked,
            failures: times.failures.clone(),
        }
    }
}

/// memoman beside the fastest other allocator of a kind, in one workload.
pub(crate) struct Duel {
    pub(crate) workload: &'static str,
    pub(crate) memoman: f64,
    pub(crate) best: &'static str,
    pub(crate) ratio: f64,
}

impl Duel {
    /// None if no allocator of that role serves the workload.
    pub(crate) fn of(row: &WorkloadRatios, figures: Figures, role: Role) -> Option<Self> {
        let figures = figures(row);
        let others = LINKED.iter().zip(figures).filter(|(entry, _)| entry.role == role);
        let ratios = others.filter_map(|(entry, figure)| Some((entry.name, figure.median()?)));
        let (best, ratio) = ratios.min_by(|a, b| a.1.total_cmp(&b.1))?;
        Some(Self { workload: row.name, memoman: figures[0].median()?, best, ratio })
    }

    pub(crate) fn is_faster(&self) -> bool {
        self.memoman < self.ratio
    }

    /// Within 5 % of the best of the others, and at most 0.90 of C.
    pub(crate) fn meets_the_aim(&self) -> bool {
        self.memoman <= 1.05 * self.ratio && self.memoman <= 0.90
    }
}
