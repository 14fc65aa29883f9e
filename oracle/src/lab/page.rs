//! The page: HTML, style and code from `oracle/lab/`, with a run as data.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memoman::Law;
use serde::Serialize;

use super::Run;
use super::bytes::put;
use super::finding::Found;
use crate::call::CallKind;
use crate::model::sizes;

const FRAME: &str = include_str!("../../lab/index.html");
const STYLE: &str = include_str!("../../lab/style.css");

/// The modules, each after those that it imports.
const MODULES: [&str; 7] = [
    include_str!("../../lab/decode.js"),
    include_str!("../../lab/run.js"),
    include_str!("../../lab/words.js"),
    include_str!("../../lab/chain.js"),
    include_str!("../../lab/index.js"),
    include_str!("../../lab/plot.js"),
    include_str!("../../lab/main.js"),
];

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
    kinds: Vec<&'static str>,
    laws: Vec<(&'static str, &'static str)>,
    /// The least key of each class, and one more: the end of the last one.
    keys: Vec<usize>,
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
    max_log2: u32,
    small: usize,
    min_size: usize,
    search: usize,
}

/// The page of a run: `title` names it, and `subject` is what runs in the engine's place.
pub fn page(run: &Run, title: &str, subject: &str) -> String {
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
            max_log2: g.max_log2,
            small: g.small(),
            min_size: g.min_size(),
            search: g.search,
        },
        has_reference: run.has_reference,
        every: run.every,
        steps: run.steps,
        kinds: CallKind::ALL.map(CallKind::name).to_vec(),
        laws: Law::ALL.iter().map(|law| (law.name(), law.statement())).collect(),
        keys: (0..sizes::classes(g))
            .map(|class| sizes::least_key(g, class))
            .chain([g.max()])
            .collect(),
        ops: &run.ops,
        program: run.program.as_deref(),
        trace: run.trace.map(|trace| format!("{trace:016x}")),
        found: run.found.as_ref(),
        version: env!("CARGO_PKG_VERSION"),
    };
    let about = serde_json::to_string(&about).expect("numbers and texts are JSON");
    let data = STANDARD.encode(data(run));
    let mut page = String::with_capacity(FRAME.len() + about.len() + data.len() + (1 << 17));
    for part in FRAME.split_inclusive("-->") {
        let Some((before, name)) = part.trim_end_matches("-->").rsplit_once("<!--lab:") else {
            page += part;
            continue;
        };
        page += before;
        match name {
            "title" => page += &escaped(title),
            "style" => page += STYLE,
            // No text in a script ends it.
            "about" => page += &about.replace('<', "\\u003c"),
            "data" => page += &data,
            "code" => MODULES.iter().for_each(|module| page += &joined(module)),
            _ => _ = write!(page, "<!--lab:{name}-->"),
        }
    }
    page
}

/// The bytes of the steps: first, for a program, how many ops lie between each step's op and the one before.
fn data(run: &Run) -> Vec<u8> {
    let (mut bytes, mut last) = (Vec::new(), 0);
    put(&mut bytes, run.op_numbers.len());
    for &number in &run.op_numbers {
        put(&mut bytes, number.saturating_sub(last));
        last = last.max(number);
    }
    bytes.extend(&run.bytes);
    bytes
}

/// A module as a part of one script: without its imports, and exporting nothing.
fn joined(module: &str) -> String {
    let lines = module.lines().filter(|line| !line.starts_with("import "));
    lines.map(|line| line.strip_prefix("export ").unwrap_or(line).to_owned() + "\n").collect()
}

/// A text as HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
