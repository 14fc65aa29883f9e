//! What a trace needs in a geometry: the control structure, the least pool, and where its bytes go.

use memoman::Tlsf;
use serde::Serialize;

use super::events::{Event, MOST_POOL_BYTES, Trace};
use crate::arena::Arena;
use crate::call::{Call, Reply};
use crate::geometry::{CONFIGURATIONS, WORD};
use crate::subject::engine::engine;

/// What a trace needs in one geometry. The peak is the moment at which the program holds the most bytes.
#[derive(Serialize, Debug)]
pub(crate) struct Fit {
    geometry: &'static str,
    /// Bytes of the control structure, for one pool.
    control: usize,
    /// None: a request is larger than the geometry's largest block, or no pool of a GiB is enough.
    need: Option<Need>,
}

/// Where the bytes of the least pool are at the peak.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Default, Debug)]
struct Need {
    /// The least pool, as a bisection finds it: one in two thousand of its bytes may be too many.
    pool: usize,
    /// What the program asked for.
    live: usize,
    /// What the blocks have beyond that.
    rounding: usize,
    /// Headers of the used blocks, and what every pool begins and ends with.
    headers: usize,
    /// Free blocks: gaps that hold none of the requests to come.
    gaps: usize,
}

impl Fit {
    /// Finds what the first `calls` calls need in the geometry of that number.
    pub(crate) fn of(trace: &Trace, geometry: usize, calls: usize) -> Self {
        let events = &trace.events[..trace.events.len().min(calls)];
        Self {
            geometry: CONFIGURATIONS[geometry].name,
            control: control_bytes(geometry),
            need: least(events, geometry, trace.roomy_pool(calls).min(MOST_POOL_BYTES)),
        }
    }
}

/// Bisects between a pool that is too small and one that is enough: `enough` bytes, or twice as many, and so on.
fn least(events: &[Event], geometry: usize, mut enough: usize) -> Option<Need> {
    let align = CONFIGURATIONS[geometry].align;
    let mut best = loop {
        match need(events, geometry, enough) {
            Some(need) => break need,
            None if enough >= MOST_POOL_BYTES => return None,
            None => enough *= 2,
        }
    };
    let mut too_small = 0;
    while best.pool - too_small > (2 * align).max(best.pool / 2048) {
        let middle = (too_small + (best.pool - too_small) / 2).next_multiple_of(align);
        match need(events, geometry, middle) {
            Some(need) => best = need,
            None => too_small = middle,
        }
    }
    Some(best)
}

/// A live block: its payload, the bytes asked for, and those that it has.
#[derive(Clone, Copy)]
struct Live {
    payload: usize,
    asked: usize,
    size: usize,
}

/// Runs the calls in a pool. None if one is refused for lack of memory.
fn need(events: &[Event], geometry: usize, pool: usize) -> Option<Need> {
    let mut engine = engine(geometry, Arena::of(pool));
    if engine.call(Call::AddPool { mem: 0, bytes: pool }) == Reply::Refused {
        return None;
    }
    let mut live: Vec<Option<Live>> = Vec::new();
    let (mut asked, mut size, mut blocks) = (0, 0, 0);
    let mut need = Need { pool, ..Need::default() };
    for &event in events {
        let slot = event.slot();
        if slot >= live.len() {
            live.resize(slot + 1, None);
        }
        let before = live[slot];
        let Some(call) = event.call(before.map(|live| live.payload)) else { continue };
        let wanted = event.size();
        let after = match engine.call(call) {
            Reply::Block(payload) => {
                Some(Live { payload, asked: wanted, size: engine.usable_size(payload) })
            }
            Reply::Done => None,
            Reply::Refused if wanted == 0 => before,
            Reply::Refused => return None,
        };
        live[slot] = after;
        let of = |live: Option<Live>| live.map_or((0, 0, 0), |live| (live.asked, live.size, 1));
        let (old, new) = (of(before), of(after));
        (asked, size, blocks) =
            (asked + new.0 - old.0, size + new.1 - old.1, blocks + new.2 - old.2);
        if asked > need.live {
            let headers = (blocks + 2) * WORD;
            need = Need {
                pool,
                live: asked,
                rounding: size - asked,
                headers,
                gaps: pool.saturating_sub(size + headers),
            };
        }
    }
    Some(need)
}

/// Bytes of the engine's control structure in the geometry of that number, for one pool.
fn control_bytes(geometry: usize) -> usize {
    macro_rules! by_number {
        ($($number:literal)*) => {
            match geometry {
                $($number => size_of::<Tlsf<
                    { CONFIGURATIONS[$number].align },
                    { CONFIGURATIONS[$number].fl() },
                    { CONFIGURATIONS[$number].sl },
                    1,
                    { CONFIGURATIONS[$number].search },
                >>(),)*
                _ => panic!("there is no geometry {geometry}"),
            }
        };
    }
    by_number!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17)
}

#[cfg(test)]
mod tests {
    use super::{Fit, need};
    use crate::geometry::{CONFIGURATIONS, WORD};
    use crate::lab::trace;

    #[test]
    fn the_least_pool_is_enough_and_its_bytes_add_up() {
        let text = "calls v1\nm 0 1000\nm 1 24\nm 2 1000\nf 0\nf 2\nm 3 1500\nm 4 100\nr 4 900\n";
        let trace = trace::read(text.as_bytes()).expect("a trace").expect("valid");
        for geometry in [0, 3, 4, 6, 16] {
            let Fit { need: least, control, .. } = Fit::of(&trace, geometry, 100);
            let least = least.expect("a pool");
            assert!(control > 100);
            assert_eq!(least.live, 1500 + 24 + 900, "{least:?}");
            let sum = least.live + least.rounding + least.headers + least.gaps;
            assert_eq!(sum, least.pool, "{least:?}");
            let smaller = least.pool - 4 * CONFIGURATIONS[geometry].align;
            assert_eq!(need(&trace.events, geometry, smaller), None, "{least:?}");
        }
    }

    #[test]
    fn a_request_above_the_largest_block_fits_no_pool() {
        let text = "calls v1\nm 0 5000\n";
        let trace = trace::read(text.as_bytes()).expect("a trace").expect("valid");
        let fit = Fit::of(&trace, 10, 100);
        assert_eq!((fit.geometry, fit.need), ("tiny-sl4", None));
        assert!(fit.control < 40 * 4 * WORD);
    }
}
