//! Runs the program or trace that a user edits in a page or drops on it. For a page, this module is
//! compiled to WebAssembly (`oracle/lab/wasm/`); nothing here needs threads, files or a clock.

use std::num::NonZeroUsize;

use serde::Deserialize;

use super::about;
use super::program;
use super::trace::{self, Fit, Options, Trace};
use crate::Config;
use crate::geometry::by_name;
use crate::lockstep::Lockstep;
use crate::ops::{Program, Version, as_text};

/// A request of a page, as JSON.
#[derive(Deserialize)]
#[serde(default)]
struct Request {
    /// Names the run on the page.
    title: String,
    /// The geometry of a trace, by name; none is the trace's own.
    geometry: Option<String>,
    /// Bytes of each pool of a trace; none are the trace's own.
    pools: Vec<usize>,
    /// A program runs with a bounded search.
    search: bool,
    /// The most calls of a trace.
    calls: usize,
    /// Calls of a trace from one check of the whole state to the next.
    every: NonZeroUsize,
    /// What the trace needs in the geometry, in place of the run.
    fit: bool,
}

impl Default for Request {
    fn default() -> Self {
        let (title, geometry) = (String::new(), None);
        let (pools, search, fit) = (Vec::new(), false, false);
        let every = const { NonZeroUsize::new(100).unwrap() };
        Self { title, geometry, pools, search, calls: 1_000_000, every, fit }
    }
}

/// The reply to a request.
#[derive(Default, Debug)]
pub struct Answer {
    /// JSON: what the page shows beside the steps; `{"fit": …}`; or `{"error": …}`.
    pub about: String,
    /// The steps.
    pub data: Vec<u8>,
}

/// Runs a program or a trace with the settings of `request`.
pub fn answer(request: &str, bytes: &[u8]) -> Answer {
    let request = serde_json::from_str(request).map_err(|error| format!("the request: {error}"));
    request.and_then(|request| run(&request, bytes)).unwrap_or_else(|wrong| Answer {
        about: serde_json::json!({ "error": wrong }).to_string(),
        data: Vec::new(),
    })
}

fn run(request: &Request, bytes: &[u8]) -> Result<Answer, String> {
    let run = match trace::read(bytes) {
        Some(trace) if request.fit => return Ok(fit(&trace?, &options(request)?)),
        Some(trace) => trace::record(&trace?, &options(request)?, &mut |_| {})?,
        None if request.fit => {
            return Err("a program has its own pools; only a trace is fitted".to_owned());
        }
        None => {
            let config = Config { search: request.search, ..Config::default() };
            program::record(&program(bytes, &request.title)?, &config, Lockstep::new, &[])
        }
    };
    let about = about::about(&run, &request.title, "memoman");
    Ok(Answer { about, data: about::data(&run) })
}

fn fit(trace: &Trace, options: &Options) -> Answer {
    let fit = Fit::of(trace, options.geometry(trace), options.calls);
    let about = serde_json::json!({ "fit": fit }).to_string();
    Answer { about, data: Vec::new() }
}

fn options(request: &Request) -> Result<Options, String> {
    let number =
        |name: &String| by_name(name).ok_or_else(|| format!("no geometry has the name {name:?}"));
    Ok(Options {
        geometry: request.geometry.as_ref().map(number).transpose()?,
        pools: request.pools.clone(),
        calls: request.calls,
        every: request.every,
        wanted: Vec::new(),
    })
}

/// Text that looks like text is text; any other bytes are a program, too: by its name, of the second version.
fn program(bytes: &[u8], name: &str) -> Result<Program, String> {
    let version = if name.ends_with(".bin2") { Version::Two } else { Version::One };
    match as_text(bytes) {
        Some(text) => text.parse().map_err(|wrong| format!("{wrong}")),
        None => Ok(Program::decode_as(version, bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::answer;
    use crate::ops::{self, Program};

    #[test]
    fn a_text_and_its_bytes_have_the_trace_of_a_replay() {
        let bytes = ops::generate(5, 40);
        let program = Program::decode(&bytes);
        let stats = crate::run_program(&program, &crate::Config::default()).expect("agreement");
        let trace = format!("\"trace\":\"{:016x}\"", stats.trace);
        for bytes in [program.to_string().into_bytes(), bytes] {
            let answer = answer("{}", &bytes);
            assert!(answer.about.contains(&trace), "{}", answer.about);
            assert!(!answer.data.is_empty());
        }
    }

    #[test]
    fn what_cannot_be_run_is_said_with_its_place() {
        for (request, bytes, why) in [
            ("{}", "ops v1\nmaloc 0 tiny 24\n", "line 2"),
            ("{}", "calls v1\nm 0\n", "line 2"),
            ("{\"geometry\": \"none\"}", "calls v1\nm 0 1\n", "no geometry has the name"),
            ("{\"pools\": [8]}", "calls v1\nm 0 1\n", "can be no pool"),
            ("{\"fit\": true}", "ops v1\n", "only a trace is fitted"),
            ("{", "", "the request: "),
            ("{\"every\": 0}", "calls v1\nm 0 1\n", "the request: invalid value: integer `0`"),
        ] {
            let about = answer(request, bytes.as_bytes()).about;
            assert!(about.starts_with("{\"error\":") && about.contains(why), "{about}");
        }
    }
}
