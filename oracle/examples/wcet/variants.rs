//! Every combination of the conditions that the paths depend on. Which of them takes the most
//! instructions is measured, and may change with the engine.
//!
//! A free block leaves a list that empties or does not, from its head, middle or end; it joins a list
//! that is empty or is not. Where an operation has neighbours, a search or a remainder, each takes
//! all these forms.

use alloc::string::ToString as _;
use alloc::vec::Vec;
use core::fmt;

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

/// Receives variants, one after another.
pub(crate) type Visit<'v> = &'v mut dyn FnMut(&Scenario<'_>);

/// All variants. A `realloc` that moves searches as in its worst scenario.
pub(crate) fn each_variant(visit: Visit<'_>) {
    for prev in PLACES {
        for next in PLACES {
            for onto in ONTO {
                frees(prev, next, onto, visit);
                moves(prev, next, onto, visit);
            }
        }
    }
    for place in [ListPlace::AloneInRow, ListPlace::AloneInList, ListPlace::Head] {
        for onto in ONTO {
            mallocs(place, onto, visit);
            for align in [64, 512] {
                for payload in [0, 16, 56] {
                    memaligns(place, onto, align, payload, visit);
                }
            }
        }
    }
    for next in PLACES {
        for onto in ONTO {
            shrinks(next, onto, visit);
            if next != ListPlace::None {
                grows(next, onto, visit);
            }
        }
    }
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

    fn build(
        mut self,
        operation: &'static str,
        request: Request,
        path: &fmt::Arguments<'_>,
        visit: Visit<'_>,
    ) {
        self.before.extend(self.piece);
        self.before.extend(self.after);
        self.before.push(GUARD);
        let (blocks, path) = (&self.before, &path.to_string());
        visit(&Scenario { operation, case: "variant", blocks, request, path });
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

fn frees(prev: ListPlace, next: ListPlace, onto: Onto, visit: Visit<'_>) {
    let builder = merging(prev, next, onto);
    let request = Request::Free(builder.at(1));
    let path = format_args!("prev {prev:?}, next {next:?}, onto {onto:?}");
    builder.build("free", request, &path, visit);
}

fn moves(prev: ListPlace, next: ListPlace, onto: Onto, visit: Visit<'_>) {
    let mut builder = merging(prev, next, onto);
    builder.after.extend([GUARD, Piece::free(16384)]);
    let request = Request::Realloc(builder.at(1), 16128);
    let path = format_args!("moves, prev {prev:?}, next {next:?}, onto {onto:?}");
    builder.build("realloc", request, &path, visit);
}

/// By search: in the list itself, further on in the row, in another row; with a rest and without.
fn mallocs(place: ListPlace, onto: Onto, visit: Visit<'_>) {
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
        let path = format_args!("found {found} for {request}, {place:?}, rest onto {onto:?}");
        builder.build("malloc", Request::Malloc(request), &path, visit);
    }
}

/// The payload of what is found is at `payload` modulo 64.
fn memaligns(place: ListPlace, onto: Onto, align: usize, payload: usize, visit: Visit<'_>) {
    const FOUND: usize = 1 << 13;
    const REST: usize = 1 << 12;
    let mut builder = ScenarioBuilder::default();
    // Moves what is found to `payload`: behind what lies before it.
    builder.leaves(place, FOUND, FOUND + 1024);
    if onto != Onto::EmptyRow {
        builder.joins(onto, REST, REST);
    }
    let offset: usize = builder.before.iter().map(|piece| 8 + piece.size).sum::<usize>() + 16;
    let pad = 256 + (payload + 128 - offset % 64) % 64;
    builder.before.push(Piece::used(pad));
    let request = Request::Memalign(align, FOUND - align - REST);
    let path = format_args!("align {align}, payload {payload}, {place:?}, rest onto {onto:?}");
    builder.build("memalign", request, &path, visit);
}

fn grows(next: ListPlace, onto: Onto, visit: Visit<'_>) {
    let mut builder = ScenarioBuilder::default();
    builder.piece.push(Piece::used(THIS));
    builder.leaves(next, PREV, 3072);
    builder.joins(onto, 640, 768);
    let request = Request::Realloc(builder.at(0), THIS + PREV - 640);
    let path = format_args!("grows, next {next:?}, rest onto {onto:?}");
    builder.build("realloc", request, &path, visit);
}

fn shrinks(next: ListPlace, onto: Onto, visit: Visit<'_>) {
    let mut builder = ScenarioBuilder::default();
    builder.piece.push(Piece::used(THIS));
    builder.leaves(next, NEXT, 1536);
    let rest = THIS - 512 - 8 + if next == ListPlace::None { 0 } else { 8 + NEXT };
    builder.joins(onto, rest, if rest < 4096 { 2048 } else { 5120 });
    let request = Request::Realloc(builder.at(0), 512);
    let path = format_args!("shrinks, next {next:?}, rest onto {onto:?}");
    builder.build("realloc", request, &path, visit);
}
