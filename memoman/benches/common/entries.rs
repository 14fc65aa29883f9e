//! The list of allocators, their types forgotten.

use std::time::Duration;

use super::arena::Arena;
use super::contender::{Called, Contender};
use super::heaps::{Conte, Loop, Memoman, Platform, Rlsf, Talc};
use super::pass::{self, Refused};
use super::ticks;
use super::trace::Trace;
use super::verify::{self, Service};

pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) time: fn(&Arena, &Trace) -> Result<Duration, Refused>,
    pub(crate) verify: fn(&Arena, &Trace) -> Result<Service, String>,
    /// Of each call by itself.
    pub(crate) ticks: fn(&Arena, &Trace) -> Result<Vec<u32>, Refused>,
}

const fn entry<C: Contender>(name: &'static str) -> Entry {
    Entry { name, time: pass::time::<C>, verify: verify::verify::<C>, ticks: ticks::ticks::<C> }
}

/// What is subtracted from the others.
pub(crate) static LOOP: Entry = entry::<Loop>("loop");

/// The yardstick.
pub(crate) static CONTE: Entry = entry::<Conte>("C");

/// As a Rust program has them: inlined where the compiler wants to.
pub(crate) static LINKED: [Entry; 4] = [
    entry::<Memoman>("memoman"),
    entry::<Rlsf>("rlsf"),
    entry::<Talc>("talc"),
    entry::<Platform>("system"),
];

/// Behind a call, as the C code is.
pub(crate) static CALLED: [Entry; 3] = [
    entry::<Called<Memoman>>("memoman"),
    entry::<Called<Rlsf>>("rlsf"),
    entry::<Called<Talc>>("talc"),
];
