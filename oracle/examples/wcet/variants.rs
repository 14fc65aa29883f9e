//! Every combination of the conditions that the paths depend on. Which of them takes the most
//! instructions is measured, and may change with the engine.
//!
//! A free block leaves a list that empties or does not, from its head, middle or end; it joins a list
//! that is empty or is not. Where an operation has neighbours, a search or a remainder, each takes
//! all these forms.

use crate::scenarios::{Piece, Request, Scenario};

/// Where in its list a block is that leaves the list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum ListPlace {
    /// No such block: the neighbour is in use.
    None,
    AloneInRow,
    AloneInList,
    Head,
    Middle,
    Last,
}

/// What is in the list and row that a block joins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Onto {
    EmptyRow,
    EmptyList,
    Others,
}

const PLACES: [ListPlace; 6] = [
    ListPlace::None,
    ListPlace::AloneInRow,
    ListPlace::AloneInList,
    ListPlace::Head,
    ListPlace::Middle,
    ListPlace::Last,
];
const ONTO: [Onto; 3] = [Onto::EmptyRow, Onto::EmptyList, Onto::Others];

/// All variants. A `realloc` that moves searches as in its worst scenario.
pub(crate) fn variants() -> Vec<Scenario> {
    let mut all = Vec::new();
    for prev in PLACES {
        for next in PLACES {
            for onto in ONTO {
                all.push(frees(prev, next, onto));
                all.push(moves(prev, next, onto));
            }
        }
    }
    for place in [ListPlace::AloneInRow, ListPlace::AloneInList, ListPlace::Head] {
        for onto in ONTO {
            all.extend(mallocs(place, onto));
            for align in [64, 512] {
                for payload in [0, 16, 56] {
                    all.push(memaligns(place, onto, align, payload));
                }
            }
        }
    }
    for next in PLACES {
        for onto in ONTO {
            all.push(shrinks(next, onto));
            if next != ListPlace::None {
                all.push(grows(next, onto));
            }
        }
    }
    all
}

/// Builds a scenario. Lists are last in, first out: a block that must follow another in its list is freed
/// earlier, so it lies before it in the pool.
#[derive(Default)]
struct ScenarioBuilder {
    before: Vec<Piece>,
    piece: Vec<Piece>,
    after: Vec<Piece>,
}

impl ScenarioBuilder {
    /// A block of `size` that will leave from `place`; `other` is a size of the same row, and another
    /// list.
    fn leaves(&mut self, place: ListPlace, size: usize, other: usize) {
        let [ahead, behind] = match place {
            ListPlace::None => return self.piece.push(Piece::used(size)),
            ListPlace::AloneInRow => [false, false],
            ListPlace::AloneInList => {
                self.apart(other);
                [false, false]
            }
            ListPlace::Head => [false, true],
            ListPlace::Middle => [true, true],
            ListPlace::Last => [true, false],
        };
        if behind {
            self.apart(size);
        }
        if ahead {
            self.after.extend([GUARD, Piece::free(size)]);
        }
        self.piece.push(Piece::free(size));
    }

    fn joins(&mut self, onto: Onto, size: usize, other: usize) {
        match onto {
            Onto::EmptyRow => {}
            Onto::EmptyList => self.apart(other),
            Onto::Others => self.apart(size),
        }
    }

    fn apart(&mut self, size: usize) {
        self.before.extend([Piece::free(size), GUARD]);
    }

    fn at(&self, index: usize) -> usize {
        self.before.len() + index
    }

    fn scenario(mut self, operation: &'static str, request: Request, name: String) -> Scenario {
        self.before.extend(self.piece);
        self.before.extend(self.after);
        self.before.push(GUARD);
        Scenario {
            operation,
            case: "variant",
            blocks: self.before.leak(),
            request,
            path: name.leak(),
        }
    }
}

const GUARD: Piece = Piece::used(256);

/// Rows 4, 5 and 3; the result is in row 5.
const PREV: usize = 2048;
const THIS: usize = 4096;
const NEXT: usize = 1024;

fn merging(prev: ListPlace, next: ListPlace, onto: Onto) -> ScenarioBuilder {
    let mut builder = ScenarioBuilder::default();
    builder.leaves(prev, PREV, 3072);
    builder.piece.push(Piece::used(THIS));
    builder.leaves(next, NEXT, 1536);
    let merged = |place, size| if place == ListPlace::None { 0 } else { 8 + size };
    builder.joins(onto, THIS + merged(prev, PREV) + merged(next, NEXT), 4608);
    builder
}

fn frees(prev: ListPlace, next: ListPlace, onto: Onto) -> Scenario {
    let builder = merging(prev, next, onto);
    let request = Request::Free(builder.at(1));
    builder.scenario("free", request, format!("prev {prev:?}, next {next:?}, onto {onto:?}"))
}

fn moves(prev: ListPlace, next: ListPlace, onto: Onto) -> Scenario {
    let mut builder = merging(prev, next, onto);
    builder.after.extend([GUARD, Piece::free(16384)]);
    let request = Request::Realloc(builder.at(1), 16128);
    builder.scenario(
        "realloc",
        request,
        format!("moves, prev {prev:?}, next {next:?}, onto {onto:?}"),
    )
}

/// By search: in the list itself, further on in the row, in another row; with a rest and without.
fn mallocs(place: ListPlace, onto: Onto) -> Vec<Scenario> {
    let mut all = Vec::new();
    for (found, request) in [(4096, 4096), (4216, 4096), (7168, 4096), (8192, 4000), (8192, 8056)] {
        let mut builder = ScenarioBuilder::default();
        builder.leaves(place, found, if found < 8192 { 8064 } else { 12288 });
        // A rest above 256 bytes joins a list of the scenario, a smaller one a list of background blocks.
        let rest = found - request;
        if rest > 264 {
            let other = if rest < 4096 { 2560 } else { 4224 };
            builder.joins(onto, rest - 8, other);
        } else if onto != Onto::Others {
            continue;
        }
        let name = format!("found {found} for {request}, {place:?}, rest onto {onto:?}");
        all.push(builder.scenario("malloc", Request::Malloc(request), name));
    }
    all
}

/// The payload of what is found is at `payload` modulo 64.
fn memaligns(place: ListPlace, onto: Onto, align: usize, payload: usize) -> Scenario {
    const FOUND: usize = 1 << 16;
    let mut builder = ScenarioBuilder::default();
    // Moves what is found to `payload`: behind what lies before it.
    builder.leaves(place, FOUND, FOUND + 8192);
    if onto != Onto::EmptyRow {
        builder.joins(onto, 1 << 15, 1 << 15);
    }
    let offset: usize = builder.before.iter().map(|piece| 8 + piece.size).sum::<usize>() + 16;
    let pad = 256 + (payload + 128 - offset % 64) % 64;
    builder.before.push(Piece::used(pad));
    let size = FOUND - align - (1 << 15);
    let name = format!("align {align}, payload {payload}, {place:?}, rest onto {onto:?}");
    builder.scenario("memalign", Request::Memalign(align, size), name)
}

fn grows(next: ListPlace, onto: Onto) -> Scenario {
    let mut builder = ScenarioBuilder::default();
    builder.piece.push(Piece::used(THIS));
    builder.leaves(next, PREV, 3072);
    builder.joins(onto, 640, 768);
    let request = Request::Realloc(builder.at(0), THIS + PREV - 640);
    builder.scenario("realloc", request, format!("grows, next {next:?}, rest onto {onto:?}"))
}

fn shrinks(next: ListPlace, onto: Onto) -> Scenario {
    let mut builder = ScenarioBuilder::default();
    builder.piece.push(Piece::used(THIS));
    builder.leaves(next, NEXT, 1536);
    let rest = THIS - 512 - 8 + if next == ListPlace::None { 0 } else { 8 + NEXT };
    builder.joins(onto, rest, if rest < 4096 { 2048 } else { 5120 });
    let request = Request::Realloc(builder.at(0), 512);
    builder.scenario("realloc", request, format!("shrinks, next {next:?}, rest onto {onto:?}"))
}
