//! `summary.csv` and the table on stdout: median, 95th percentile and worst of each figure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::results::Results;
use super::rows::round;

/// A figure that is summarised.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// The part of the bytes taken by live blocks that was not requested.
    InternalFragmentationPercent,
    /// The part of the free bytes that no single request can get.
    ExternalFragmentationPercent,
    /// The highest end of a payload, divided by the peak of live bytes.
    FootprintPerPeakLive,
    /// The largest request that the heap grants.
    MaxAllocatableBytes,
    /// Live bytes at the first refusal, in percent of the heap.
    FirstRefusalPercent,
}

impl Figure {
    /// The worst value is the least.
    const fn more_is_better(self) -> bool {
        matches!(self, Self::MaxAllocatableBytes | Self::FirstRefusalPercent)
    }
}

/// `summary.csv`: one figure of one allocator under one load.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SummaryRow {
    /// The load.
    pub distribution: String,
    /// Fill level in percent; empty for figures that have none.
    pub fill_percent: Option<usize>,
    /// The allocator.
    pub allocator: String,
    /// The figure; its name includes the unit.
    pub figure: Figure,
    /// Samples of the plan.
    pub samples: usize,
    /// Samples before which no request was refused.
    pub served: usize,
    /// The median: half of the served samples are no worse.
    pub p50: Option<f64>,
    /// 95 of 100 served samples are no worse.
    pub p95: Option<f64>,
    /// The worst of the served samples.
    pub worst: Option<f64>,
}

/// A summary for each distribution, fill level, allocator and figure, in this order. Distributions and
/// allocators are in the order of first appearance.
pub fn summarise(results: &Results) -> Vec<SummaryRow> {
    let mut groups = Groups::default();
    for row in &results.samples {
        let of = (row.distribution.as_str(), Some(row.fill_percent), row.allocator.as_str());
        let most = row.max_allocatable_bytes.map(|bytes| bytes as f64);
        for (figure, value) in [
            (Figure::InternalFragmentationPercent, row.internal_fragmentation_percent),
            (Figure::ExternalFragmentationPercent, row.external_fragmentation_percent),
            (Figure::FootprintPerPeakLive, Some(row.footprint_per_peak_live)),
            (Figure::MaxAllocatableBytes, most),
        ] {
            groups.add(of, figure, value);
        }
    }
    for row in &results.capacities {
        let of = (row.distribution.as_str(), None, row.allocator.as_str());
        groups.add(of, Figure::FirstRefusalPercent, row.first_refusal_percent);
    }
    let (distributions, allocators) = (groups.names(|of| of.0), groups.names(|of| of.2));
    let place = |names: &[&str], name| names.iter().position(|&other| other == name);
    groups.rows.sort_by_key(|group| {
        let (distribution, fill, allocator) = group.of;
        let fill = fill.unwrap_or(usize::MAX);
        (place(&distributions, distribution), fill, place(&allocators, allocator), group.figure)
    });
    groups.rows.into_iter().map(Group::summary).collect()
}

type Of<'a> = (&'a str, Option<usize>, &'a str);

#[derive(Default)]
struct Groups<'a> {
    index: BTreeMap<(Of<'a>, Figure), usize>,
    rows: Vec<Group<'a>>,
}

struct Group<'a> {
    of: Of<'a>,
    figure: Figure,
    samples: usize,
    values: Vec<f64>,
}

impl<'a> Groups<'a> {
    fn add(&mut self, of: Of<'a>, figure: Figure, value: Option<f64>) {
        let index = *self.index.entry((of, figure)).or_insert_with(|| {
            self.rows.push(Group { of, figure, samples: 0, values: Vec::new() });
            self.rows.len() - 1
        });
        self.rows[index].samples += 1;
        self.rows[index].values.extend(value);
    }

    /// Names in the order of first appearance.
    fn names(&self, name: fn(&Of<'a>) -> &'a str) -> Vec<&'a str> {
        let mut names = Vec::new();
        for row in &self.rows {
            if !names.contains(&name(&row.of)) {
                names.push(name(&row.of));
            }
        }
        names
    }
}

impl Group<'_> {
    fn summary(mut self) -> SummaryRow {
        // From best to worst.
        self.values.sort_by(f64::total_cmp);
        if self.figure.more_is_better() {
            self.values.reverse();
        }
        let at = |percent| rank(&self.values, percent).map(round);
        let (distribution, fill_percent, allocator) = self.of;
        SummaryRow {
            distribution: distribution.to_owned(),
            fill_percent,
            allocator: allocator.to_owned(),
            figure: self.figure,
            samples: self.samples,
            served: self.values.len(),
            p50: at(50),
            p95: at(95),
            worst: at(100),
        }
    }
}

/// The nearest rank: the first value at or before which `percent` of all are.
pub fn rank(sorted: &[f64], percent: usize) -> Option<f64> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}
