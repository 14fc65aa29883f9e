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
            "lib", "guard", "shared", "source", "heap", "check", "pool", "index", "chain", "stats",
            "law", "geometry", "cost",
        ],
    },
    Layers {
        source: "memoman/capi/src",
        order: &["lib", "tlsf_names", "mm", "handle", "checked", "types"],
    },
    Layers {
        source: "oracle/src",
        order: &[
            "main",
            "lib",
            "cli",
            "fragmentation",
            "mutants",
            "latency",
            "guard",
            "explore",
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

    /// The module directly below the crate's root that `file` belongs to.
    fn part<'f>(&self, file: &'f str) -> Option<&'f str> {
        let rest = file.strip_prefix(self.source)?.strip_prefix('/')?;
        Some(rest.split_once('/').map_or(rest.trim_end_matches(".rs"), |(folder, _)| folder))
    }
}
