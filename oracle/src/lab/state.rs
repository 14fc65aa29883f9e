//! Chain and index at one moment, as the specification has them.

use crate::model::{Block, Pool};
use crate::subject::Listed;

/// Pools with their blocks, and the free lists.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct State {
    /// In address order.
    pub(super) pools: Vec<Pool>,
    /// Classes ascend, and each list runs from its head on.
    pub(super) lists: Vec<Listed>,
    /// Payload of the largest free block.
    pub(super) largest: usize,
}

impl State {
    /// The block at the offset, with its neighbours in the pool.
    pub(super) fn around(&self, offset: usize) -> [Option<Block>; 3] {
        let pool = self.pools.iter().find(|pool| (pool.mem..pool.end()).contains(&offset));
        let Some(blocks) = pool.map(|pool| &pool.blocks) else { return [None; 3] };
        let Ok(at) = blocks.binary_search_by_key(&offset, |block| block.offset) else {
            return [None; 3];
        };
        let get = |at: Option<usize>| at.and_then(|at| blocks.get(at)).copied();
        [get(at.checked_sub(1)), get(Some(at)), get(Some(at + 1))]
    }

    /// The block at the offset.
    pub(super) fn block(&self, offset: usize) -> Option<Block> {
        self.around(offset)[1]
    }

    /// The head of the first list, at this class or above, that is not empty.
    pub(super) fn head(&self, class: usize) -> Option<Listed> {
        let at = self.lists.partition_point(|listed| listed.class < class);
        self.lists.get(at).copied()
    }
}
