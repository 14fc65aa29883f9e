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

/// Both need lists that hold other blocks. The corpus' programs for malloc, memalign and realloc were the worst ones
/// before the bitmap's first level was written in any case. It stays as it is, because its trace does.
const WORST_MEMALIGN: &str = "ops v1
geometry conte-sl4
pool 16384

add_pool 1 fresh 0
memalign 0 align 512 tiny 1
memalign 0 align 512 tiny 1
";
const WORST_REALLOC: &str = "ops v1
geometry a16-sl4
pool 16384 residue 1
seed 4

malloc 0 granules 33
malloc 0 tiny 1
malloc 0 granules 33
memalign 32 align 64 tiny 1
malloc 4 tiny 1
malloc 0 tiny 1
malloc 6 edge 4 0 +0
malloc 0 tiny 1
malloc 8 tiny 1
malloc 0 tiny 1
add_pool 1 fresh 0
free slot 0
free slot 2
free slot 6
free slot 8
free slot 4
realloc slot 8 edge 4 0 +0
";

#[test]
fn the_corpus_and_two_programs_attain_each_bound_and_exceed_none() {
    let mut all = WorstCalls::default();
    for text in [WORST_MEMALIGN, WORST_REALLOC] {
        let program = text.parse::<Program>().expect("a program");
        let (_, worst) = latency::run(&program, &Config::default())
            .unwrap_or_else(|failure| panic!("{failure}"));
        all.join(&worst);
    }
    for (name, bytes) in corpus() {
        let (_, worst) = latency::run(&Program::decode(&bytes), &Config::default())
            .unwrap_or_else(|failure| panic!("{name}: {failure}"));
        all.join(&worst);
        // Each program was kept for one kind, and is named after it.
        let kind = kinds().find(|kind| kind.to_string() == name).expect("a kind's name");
        // With words of 4 bytes, the same sizes in bytes fall into other lists.
        if size_of::<usize>() == 8 && !["malloc", "memalign", "realloc"].contains(&&*name) {
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
    assert_eq!(scale::grows(&sizes, 0), None);
    let (_, few) = sizes[0];
    for (live, many) in sizes {
        for kind in kinds() {
            let cost = |worst: &WorstCalls| {
                worst.cost(kind).expect("the workload has a call of each kind")
            };
            // Whether a workload meets the worst case exactly is chance; three words below it is not.
            let (few, many) = (cost(&few), cost(&many));
            assert!(many <= few + 3, "{kind}: {few} with 16 live blocks, {many} with {live}");
        }
    }
}

#[test]
fn a_bounded_search_keeps_its_bound_and_costs_more_than_none() {
    let sizes: Vec<_> = [4, 8, 12]
        .map(|log| (1 << log, scale::worst::<8>(1 << log, 1, 40_000, scale::nothing)))
        .into();
    assert_eq!(scale::grows(&sizes, 8), None);
    let (_, kind, cost) = scale::grows(&sizes, 0).expect("a cost above the bound without a search");
    assert!(kind.most() < cost && cost <= kind.most_with(0, 8), "{kind}: {cost}");
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
        let (live, kind, cost) = scale::grows(&sizes, 0).expect("a cost above its bound");
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
