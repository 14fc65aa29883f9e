//! Wrong allocators, each with one realistic mistake: what the harness is measured by.
//!
//! A harness is as good as the bugs it would catch. `cargo oracle bughunt` hunts each of these and
//! says what that took; the engine itself carries no fault.
//!
//! | room | holds |
//! |---|---|
//! | `catalogue` | the wrong allocators, by name |
//! | [`wrap`] | an allocator with a lie in front of it |
//! | [`lies`] | the lies |
//! | [`mutants`] | the specification with a decision taken wrong |

mod catalogue;
pub mod lies;
pub mod mutants;
pub mod wrap;

use crate::finding::Check;
use crate::lockstep::Lockstep;
use crate::run::Bench;

pub use catalogue::all;

/// A wrong allocator.
#[derive(Clone, Copy, Debug)]
pub struct Planted {
    /// Its name, in kebab-case.
    pub name: &'static str,
    /// What is wrong with it.
    pub sentence: &'static str,
    /// The lockstep of a geometry, with it in the engine's place.
    pub maker: fn(usize) -> Lockstep,
    /// The checks that may be the first to object.
    pub by: &'static [By],
}

/// Who objects to a wrong allocator.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum By {
    /// A check.
    Check(Check),
    /// Nobody: it panicked.
    Crash,
}

impl Planted {
    /// A bench with it in the engine's place.
    pub fn bench(&self) -> Bench {
        Bench::with(self.maker)
    }
}

/// The wrong allocator of that name.
pub fn by_name(name: &str) -> Option<&'static Planted> {
    all().iter().find(|planted| planted.name == name)
}
