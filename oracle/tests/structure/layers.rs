//! Layers: a folder imports from folders below it only.

use crate::imports::Import;

/// The modules directly below `source` (files without `.rs`, or folders), the top one first. Each may import from those
/// after it.
pub(crate) struct Layers {
    pub(crate) source: &'static str,
    pub(crate) order: &'static [&'static str],
}

/// As ARCHITECTURE.md draws them.
pub(crate) const LAYERS: [Layers; 3] = [
    Layers {
        source: "memoman/src",
        order: &[
            "lib", "shared", "source", "guard", "heap", "check", "pool", "index", "chain", "stats",
            "law", "geometry", "cost", "relaxed",
        ],
    },
    Layers {
        source: "memoman/capi/src",
        order: &[
            "lib",
            "links",
            "tlsf_names",
            "espressif",
            "sized",
            "mm",
            "control",
            "flavour",
            "report",
            "pointer",
            "configuration",
            "types",
        ],
    },
    Layers {
        source: "oracle/src",
        order: &[
            "main",
            "lib",
            "cli",
            "lab",
            "fragmentation",
            "mutants",
            "latency",
            "guard",
            "explore",
            "guided",
            "check",
            "report",
            "reduce",
            "run",
            "lockstep",
            "subject",
            "model",
            "shadow",
            "counters",
            "bounds",
            "finding",
            "action",
            "allocator",
            "call",
            "ops",
            "geometry",
            "arena",
            "rng",
        ],
    },
];

impl Layers {
    /// The imports that do not lead downwards, and those of files that have no place in the order.
    pub(crate) fn violations(&self, imports: &[Import]) -> Vec<String> {
        let place = |part| self.order.iter().position(|name| *name == part);
        let mut found = Vec::new();
        for import in imports {
            let (Some(from), Some(to)) = (self.part(&import.from), self.part(&import.to)) else {
                continue;
            };
            match (place(from), place(to)) {
                (Some(above), Some(below)) if from == to || above < below => {}
                (Some(_), Some(_)) => found.push(format!("{import}: {from} is not above {to}")),
                _ => found.push(format!("{import}: {from} or {to} is in no layer")),
            }
        }
        found
    }

    /// The modules in the order in which `text` has them first in a row of a table: `| `path`, … |`.
    pub(crate) fn order_in(&self, text: &str) -> Vec<String> {
        let mut order = Vec::new();
        let mut in_table = false;
        for line in text.lines() {
            in_table =
                line.starts_with('|') && (in_table || line.starts_with("| layer, top first"));
            let cell = line.split(" | ").next().filter(|_| in_table).unwrap_or_default();
            let modules = cell.split('`').filter_map(|path| self.part(path));
            order.extend(modules.map(|part| part.trim_end_matches('/').to_owned()));
        }
        order
    }

    /// The module directly below the crate's root that `file` belongs to.
    fn part<'f>(&self, file: &'f str) -> Option<&'f str> {
        let rest = file.strip_prefix(self.source)?.strip_prefix('/')?;
        Some(rest.split_once('/').map_or(rest.trim_end_matches(".rs"), |(folder, _)| folder))
    }
}

#[test]
fn an_import_upwards_and_one_of_no_layer_are_found() {
    let layers = Layers { source: "a/src", order: &["lib", "top", "low"] };
    let import = |from: &str, to: &str| Import {
        from: format!("a/src/{from}"),
        to: format!("a/src/{to}"),
        line: 1,
        path: String::new(),
    };
    let found = layers.violations(&[
        import("top/mod.rs", "low.rs"),
        import("top/mod.rs", "top/inner.rs"),
        import("low.rs", "top/inner.rs"),
        import("new.rs", "low.rs"),
    ]);
    let found: Vec<&str> = found.iter().filter_map(|line| line.rsplit(": ").next()).collect();
    assert_eq!(found, ["low is not above top", "new or low is in no layer"]);
}
