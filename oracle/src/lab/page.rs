//! The page: HTML, style and code from `oracle/lab/`, with a run as data.

use std::fmt::Write as _;

use super::Run;
use super::about::{about, data};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const FRAME: &str = include_str!("../../lab/index.html");
const STYLE: &str = include_str!("../../lab/style.css");

/// The modules, each after those that it imports.
const MODULES: [&str; 13] = [
    include_str!("../../lab/dom.js"),
    include_str!("../../lab/decode.js"),
    include_str!("../../lab/run.js"),
    include_str!("../../lab/words.js"),
    include_str!("../../lab/chain.js"),
    include_str!("../../lab/index.js"),
    include_str!("../../lab/plot.js"),
    include_str!("../../lab/call.js"),
    include_str!("../../lab/columns.js"),
    include_str!("../../lab/search.js"),
    include_str!("../../lab/controls.js"),
    include_str!("../../lab/live.js"),
    include_str!("../../lab/main.js"),
];

/// The code of the page's worker.
const ENGINE: &str = include_str!("../../lab/engine.js");

/// What lets a page run programs itself.
#[derive(Clone, Copy, Debug)]
pub struct Live<'a> {
    /// The module that `scripts/lab-wasm` builds: WebAssembly, packed by gzip.
    pub module: &'a [u8],
    /// The file that the page shows.
    pub source: &'a [u8],
}

/// The page of a run: `title` names it, and `subject` is what runs in the engine's place. With `live`, programs
/// can be edited and run in the page.
pub fn page(run: &Run, title: &str, subject: &str, live: Option<Live<'_>>) -> String {
    let about = about(run, title, subject);
    let data = STANDARD.encode(data(run));
    let module = live.map_or(String::new(), |live| STANDARD.encode(live.module));
    // The page has a program as text.
    let source = live.filter(|_| run.program.is_none());
    let source = source.map_or(String::new(), |live| STANDARD.encode(live.source));
    let length = FRAME.len() + about.len() + data.len() + module.len() + source.len();
    let mut page = String::with_capacity(length + (1 << 17));
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
            "source" => page += &source,
            "module" => page += &module,
            "engine" if live.is_some() => page += &joined(ENGINE),
            "engine" => {}
            "code" => MODULES.iter().for_each(|module| page += &joined(module)),
            _ => _ = write!(page, "<!--lab:{name}-->"),
        }
    }
    page
}

/// A module as a part of one script: without its imports, and exporting nothing.
fn joined(module: &str) -> String {
    let lines = module.lines().filter(|line| !line.starts_with("import "));
    lines.map(|line| line.strip_prefix("export ").unwrap_or(line).to_owned() + "\n").collect()
}

/// A text as HTML.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
