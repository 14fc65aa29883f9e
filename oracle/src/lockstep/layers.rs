//! What a run is checked against, and which layers of checks take part.

use std::fmt;

/// What stands beside the engine.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Against {
    /// Conte's C code, in the geometries that it has: offsets, walk and list order.
    #[default]
    Conte,
    /// The platform's malloc: the contract only.
    System,
}

/// One word, as the command line has it.
impl fmt::Display for Against {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Conte => "conte",
            Self::System => "system",
        })
    }
}

/// The layers of the check ladder that can be taken away, to see what each is worth. What is left
/// is the contract: alignment, containment, usable size, overlap, refusals that change nothing, and
/// pools that are whole in the end.
///
/// A layer that is off does not run: nothing that is left depends on it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Layers {
    /// Conte's C code: its answers, walks and lists.
    pub lockstep: bool,
    /// The executable specification: its answers, walks, lists and promises.
    pub model: bool,
    /// What payloads hold.
    pub content: bool,
    /// The subject's own `validate` and counters.
    pub validate: bool,
}

impl Layers {
    /// Every one.
    pub const ALL: Self = Self { lockstep: true, model: true, content: true, validate: true };

    /// Their names, in order.
    pub const NAMES: [&str; 4] = ["lockstep", "model", "content", "validate"];

    /// These, but not the one of that name; none if no layer is called so.
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
