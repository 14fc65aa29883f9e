//! The cost of calls is bounded, the corpus attains the bounds, and a cost that grows is a finding.

use std::fs;
use std::path::Path;

use oracle::finding::Check;
use oracle::latency::scale::{self, BeforeCall, MeasuredHeap};
use oracle::latency::{self, OperationKind, WorstCalls};
use oracle::mutants::wrappers::{WrappedEngine, Wrapper, wrapped};
use oracle::ops::{HEADER_BYTES, Program, RECORD_BYTES, generate};
use oracle::{Config, Context, Failure, Report};

/// The programs of `corpus/latency-v1`, with their names.
fn corpus() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/latency-v1");
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let files = entries.map(|entry| entry.expect("an entry").path());
    let read = |path: &Path| fs::read(path).expect("a readable file");
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    files
        .map(|path| (name(&path), read(&path)))
        .filter(|(name, _)| !name.starts_with('.'))
        .collect()
}

fn kinds() -> impl Iterator<Item = OperationKind> {
    OperationKind::all().filter(|kind| !kind.walks())
}

#[test]
fn the_corpus_attains_each_bound_and_exceeds_none() {
    let mut all = WorstCalls::default();
    for (name, bytes) in corpus() {
        let (_, worst) = latency::run(&Program::decode(&bytes), &Config::default())
            .unwrap_or_else(|failure| panic!("{name}: {failure}"));
        all.join(&worst);
        // Each program was kept for one kind, and is named after it.
        let kind = kinds().find(|kind| kind.to_string() == name).expect("a kind's name");
        // With words of 4 bytes, the same sizes in bytes fall into other lists.
        if size_of::<usize>() == 8 {
            assert_eq!(worst.cost(kind), Some(kind.most()), "{name}");
        }
    }
    for kind in kinds().filter(|_| size_of::<usize>() == 8) {
        assert_eq!(all.cost(kind), Some(kind.most()), "{kind}");
    }
}

#[test]
fn the_corpus_is_one_short_program_for_each_kind() {
    let corpus = corpus();
    assert_eq!(corpus.len(), kinds().count());
    for (name, bytes) in corpus {
        assert!(bytes.len() <= HEADER_BYTES + 32 * RECORD_BYTES, "{name}: {} bytes", bytes.len());
    }
}

fn worst(log: u32, steps: u64, before: BeforeCall) -> (usize, WorstCalls) {
    (1 << log, scale::worst(1 << log, 1, steps, before))
}

#[test]
fn no_kind_costs_more_with_more_live_blocks() {
    let sizes: Vec<_> = (4..=14).map(|log| worst(log, 40_000, scale::nothing)).collect();
    assert_eq!(scale::grows(&sizes), None);
    let (_, few) = sizes[0];
    for (live, many) in sizes {
        for kind in kinds() {
            let cost = |worst: &WorstCalls| {
                worst.cost(kind).expect("the workload has a call of each kind")
            };
            // Whether a workload meets the worst case exactly is chance; two words below it is not.
            let (few, many) = (cost(&few), cost(&many));
            assert!(many <= few + 2, "{kind}: {few} with 16 live blocks, {many} with {live}");
        }
    }
}

#[test]
fn a_cost_is_the_same_again_and_on_another_thread() {
    let here = worst(6, 5_000, scale::nothing);
    let there = std::thread::spawn(|| worst(6, 5_000, scale::nothing));
    assert_eq!(worst(6, 5_000, scale::nothing), here);
    assert_eq!(there.join().expect("no panic"), here);
}

/// Walks over the free lists, as a best fit does.
fn walks_the_lists(heap: &MeasuredHeap) {
    let fit = heap.free_blocks().map(|(_, block)| block.size).min();
    assert!(fit.is_none_or(|size| size > 0));
}

/// Walks over all blocks of the pools, as a search for a neighbour does.
fn walks_the_pools(heap: &MeasuredHeap) {
    let blocks = heap.pools().flat_map(|pool| heap.blocks(pool)).count();
    assert!(blocks > 0);
}

#[test]
fn a_walk_before_each_call_is_found_to_grow() {
    for walk in [walks_the_lists, walks_the_pools] {
        let sizes: Vec<_> = (4..=10).map(|log| worst(log, 1_000, walk)).collect();
        let (live, kind, cost) = scale::grows(&sizes).expect("a cost above its bound");
        assert!(cost > kind.most(), "{kind} with {live}");
        // It grows with each size.
        let costs = sizes.iter().map(|(_, worst)| worst.cost(kind).expect("a call of that kind"));
        let costs: Vec<_> = costs.collect();
        assert!(costs.is_sorted() && costs[6] > 10 * kind.most(), "{costs:?}");
    }
}

/// malloc first walks over every block of the pools.
#[derive(Clone, Default)]
struct Searches;

impl Wrapper for Searches {
    fn malloc(&mut self, inner: &WrappedEngine, _size: usize, payload: usize) -> Option<usize> {
        assert!(!inner.blocks().is_empty());
        Some(payload)
    }

    fn cost(&self, cost: u64) -> u64 {
        cost
    }
}

#[test]
fn a_walk_in_malloc_is_a_finding_that_names_its_cost() {
    let mut context = Context::with(wrapped::<Searches>);
    let found: Box<Failure> = (0..1000)
        .find_map(|index| context.run(&generate(1, index), &Config::default()).err())
        .expect("one of a thousand programs has enough blocks");
    let report = Report::with(&mut context, &found);
    assert_eq!(found.check(), Check::Cost, "{report}");
    let text = found.finding.to_string();
    assert!(text.contains("malloc touched ") && text.contains("the most for it are "), "{text}");
    let report = report.to_string();
    assert!(report.contains("cargo oracle latency finding.ops"), "{report}");
}
