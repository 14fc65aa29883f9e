//! What a run is checked against, and which layers of checks take part.

use std::fmt;

/// The allocator that the engine is compared with.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Against {
    /// Conte's C code, in the geometries that it has: offsets, walk and list order. Without the feature
    /// `reference`, the same calls are made, and the specification alone is compared.
    #[default]
    Conte,
    /// The platform's malloc: the contract only.
    System,
}

/// One word, as on the command line.
impl fmt::Display for Against {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Conte => "conte",
            Self::System => "system",
        })
    }
}

/// The layers of checks that can be turned off, to measure what each finds. The contract is always
/// checked: alignment, containment, usable size, overlap, refusals that change nothing, and pools
/// that are one free block at the end.
///
/// A layer that is off does not run: no other check depends on it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Layers {
    /// Conte's C code: its replies, walks and lists.
    pub lockstep: bool,
    /// The executable specification: its replies, walks, lists and predictions.
    pub model: bool,
    /// The contents of payloads.
    pub content: bool,
    /// The subject's own `validate` and counters.
    pub validate: bool,
}

impl Layers {
    /// Every one.
    pub const ALL: Self = Self { lockstep: true, model: true, content: true, validate: true };

    /// Their names, in order.
    pub const NAMES: [&str; 4] = ["lockstep", "model", "content", "validate"];

    /// These without the layer of that name; none if no layer has the name.
    pub fn without(self, name: &str) -> Option<Self> {
        Some(match name {
            "lockstep" => Self { lockstep: false, ..self },
            "model" => Self { model: false, ..self },
            "content" => Self { content: false, ..self },
            "validate" => Self { validate: false, ..self },
            _ => return None,
        })
    }
}

impl Default for Layers {
    fn default() -> Self {
        Self::ALL
    }
}
