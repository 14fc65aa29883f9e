//! What a page shows beside the steps, as JSON; and the steps as bytes.

use memoman::Law;
use serde::Serialize;

use super::Run;
use super::bytes::put;
use super::finding::Found;
use crate::geometry::CONFIGURATIONS;
use crate::model::sizes;

/// What the page shows beside the steps.
#[derive(Serialize)]
struct About<'a> {
    title: &'a str,
    /// "program" or "trace".
    source: &'static str,
    subject: &'a str,
    geometry: AboutGeometry,
    has_reference: bool,
    every: usize,
    steps: usize,
    laws: Vec<(&'static str, &'static str)>,
    /// The least key of each class, and one more: the end of the last one.
    keys: Vec<usize>,
    /// The names that a program or a trace can choose from.
    geometries: Vec<&'static str>,
    ops: &'a [String],
    program: Option<&'a str>,
    trace: Option<String>,
    found: Option<&'a Found>,
    version: &'static str,
}

#[derive(Serialize)]
struct AboutGeometry {
    name: &'static str,
    word: usize,
    align: usize,
    sl: usize,
    fl: usize,
    min_size: usize,
    search: usize,
}

/// The JSON of a run: `title` names it, and `subject` is what runs in the engine's place.
pub(super) fn about(run: &Run, title: &str, subject: &str) -> String {
    let g = &run.geometry;
    let about = About {
        title,
        source: if run.program.is_some() { "program" } else { "trace" },
        subject,
        geometry: AboutGeometry {
            name: g.name,
            word: g.word,
            align: g.align,
            sl: g.sl,
            fl: g.fl(),
            min_size: g.min_size(),
            search: g.search,
        },
        has_reference: run.has_reference,
        every: run.every,
        steps: run.steps,
        laws: Law::ALL.iter().map(|law| (law.name(), law.statement())).collect(),
        keys: (0..sizes::classes(g))
            .map(|class| sizes::least_key(g, class))
            .chain([g.max()])
            .collect(),
        geometries: CONFIGURATIONS.iter().map(|geometry| geometry.name).collect(),
        ops: &run.ops,
        program: run.program.as_deref(),
        trace: run.trace.map(|trace| format!("{trace:016x}")),
        found: run.found.as_ref(),
        version: env!("CARGO_PKG_VERSION"),
    };
    serde_json::to_string(&about).expect("numbers and texts are JSON")
}

/// The bytes of the steps: first, for a program, how many ops lie between each step's op and the one before.
pub(super) fn data(run: &Run) -> Vec<u8> {
    let (mut bytes, mut last) = (Vec::new(), 0);
    put(&mut bytes, run.op_numbers.len());
    for &number in &run.op_numbers {
        put(&mut bytes, number.saturating_sub(last));
        last = last.max(number);
    }
    bytes.extend(&run.bytes);
    bytes
}
