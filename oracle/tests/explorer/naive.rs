//! The same search in its simplest form: a queue of specifications, and a set of their states. It shares
//! only the specification with the explorer, not the encoding of states, nor the return to them, nor the
//! moves.

use std::collections::{HashSet, VecDeque};

use oracle::geometry::{GEOMETRIES, Geometry};
use oracle::model::{Block, Model};

/// Distance between the starts of pools: a multiple of each alignment used here.
const DISTANCE: usize = 1 << 16;

/// Pools in address order with their blocks; then the free lists.
type State = (Vec<(usize, Vec<Block>)>, Vec<(usize, usize)>);

fn state(model: &Model) -> State {
    let pools = model.pools().iter().map(|pool| (pool.mem, pool.blocks.clone())).collect();
    (pools, model.lists().collect())
}

/// The number of states, and the number of moves in all of them.
pub(crate) fn search(geometry: &str, bytes: usize, pools: usize, aligns: &[usize]) -> (usize, u64) {
    let known = GEOMETRIES.iter().find(|known| known.name == geometry).expect("a geometry");
    let mut first: Model = Model::new(*known);
    first.add_pool(0, bytes).expect("a pool");
    let mut seen = HashSet::from([state(&first)]);
    let mut queue = VecDeque::from([first]);
    let mut transitions = 0;
    while let Some(model) = queue.pop_front() {
        for after in successors(&model, known, bytes, pools, aligns) {
            transitions += 1;
            if seen.insert(state(&after)) {
                queue.push_back(after);
            }
        }
    }
    (seen.len(), transitions)
}

/// The specification after each move, including moves that change nothing.
fn successors(
    model: &Model,
    geometry: &Geometry,
    bytes: usize,
    pools: usize,
    aligns: &[usize],
) -> Vec<Model> {
    let mut all = Vec::new();
    // The result of the call is not needed: it shows in the state after it.
    macro_rules! after {
        ($model:ident => $call:expr) => {{
            let mut $model = model.clone();
            let _ = $call;
            all.push($model);
        }};
    }
    let sizes = || (1..=bytes / geometry.align).map(|granules| granules * geometry.align);
    if !model.pools().is_empty() {
        for size in sizes() {
            after!(model => model.malloc(size));
            for &align in aligns {
                after!(model => model.memalign(align, size));
            }
        }
    }
    for block in model.pools().iter().flat_map(|pool| &pool.blocks).filter(|block| !block.free) {
        after!(model => model.free(block.offset));
        for size in sizes() {
            after!(model => model.realloc(Some(block.offset), size));
        }
    }
    for mem in (0..pools).map(|pool| pool * DISTANCE).filter(|_| pools > 1) {
        if model.pools().iter().any(|pool| pool.mem == mem) {
            after!(model => model.remove_pool(mem));
        } else {
            after!(model => model.add_pool(mem, bytes));
        }
    }
    all
}
