//! The scenarios: the blocks of the scenario pool, the call, and the path that the call must take.
//!
//! Sizes are those of 64-bit; [`scaled`] converts them to those of other words. The package memoman-bare
//! includes this file and `variants.rs`, too. Tests compare each path with the one that `path` derives from
//! the free lists before and after the call. Rows of the second level, in bytes:
//!
//! | row | 0 | 1 | 2 | 3 | 4 | 5 | 6 | 12 |
//! |---|---|---|---|---|---|---|---|---|
//! | from | 0 | 256 | 512 | 1024 | 2048 | 4096 | 8192 | 512 KiB |
//! | holds | background | | | | | | | rest of the scenario pool |

/// A size or an alignment of a scenario, on this machine.
pub(crate) const fn scaled(bytes: usize) -> usize {
    bytes / 8 * size_of::<usize>()
}

/// A block of a scenario.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    pub(crate) size: usize,
    pub(crate) state: State,
}

impl Piece {
    pub(crate) const fn free(size: usize) -> Self {
        Self { size, state: State::Free }
    }

    pub(crate) const fn used(size: usize) -> Self {
        Self { size, state: State::Used }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    Used,
    Free,
}

/// A call. A block is named by its number in the scenario.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Request {
    Malloc(usize),
    Memalign(usize, usize),
    Realloc(usize, usize),
    Free(usize),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Scenario<'a> {
    pub(crate) operation: &'static str,
    pub(crate) case: &'static str,
    pub(crate) blocks: &'a [Piece],
    pub(crate) request: Request,
    pub(crate) path: &'a str,
}

/// A used block between two pieces that must not merge.
const GUARD: Piece = Piece::used(256);

pub(crate) const SCENARIOS: &[Scenario<'_>] = &[
    Scenario {
        operation: "malloc",
        case: "best",
        blocks: &[],
        request: Request::Malloc(64),
        path: "found in its list; out 64 (head of others)",
    },
    Scenario {
        operation: "malloc",
        case: "typical",
        blocks: &[],
        request: Request::Malloc(32),
        path: "found by second level; out 64 (head of others); in 24 (onto others)",
    },
    Scenario {
        operation: "malloc",
        case: "worst",
        blocks: &[Piece::free(8192), GUARD],
        request: Request::Malloc(8056),
        path: "found by first level; out 8192 (alone in its row); in 128 (onto others)",
    },
    Scenario {
        operation: "malloc",
        case: "refused",
        blocks: &[],
        request: Request::Malloc(1 << 21),
        path: "not found",
    },
    Scenario {
        operation: "free",
        case: "best",
        blocks: &[Piece::used(512), GUARD],
        request: Request::Free(0),
        path: "in 512 (into an empty row)",
    },
    Scenario {
        operation: "free",
        case: "typical",
        blocks: &[Piece::used(512), Piece::free(1024), GUARD, Piece::free(1024), GUARD],
        request: Request::Free(0),
        path: "out 1024 (last of its list); in 1544 (into an empty list)",
    },
    Scenario {
        operation: "free",
        case: "worst",
        blocks: &[
            Piece::free(2048),
            Piece::used(4096),
            Piece::free(1024),
            GUARD,
            Piece::free(7184),
            GUARD,
        ],
        request: Request::Free(1),
        path: "out 1024 (alone in its row); out 2048 (alone in its row); in 7184 (onto others)",
    },
    Scenario {
        operation: "memalign",
        case: "best",
        // The head of the list is the one freed last, 8 + 8192 + 8 + 296 + 8 bytes into the pool: at
        // a multiple of 64.
        blocks: &[Piece::free(8192), Piece::used(296), Piece::free(8192), GUARD],
        request: Request::Memalign(64, 7936),
        path: "found by first level; out 8192 (head of others); in 248 (onto others)",
    },
    Scenario {
        operation: "memalign",
        case: "typical",
        // As above, but 48 bytes short of a multiple of 64.
        blocks: &[Piece::free(8192), Piece::used(312), Piece::free(8192), GUARD],
        request: Request::Memalign(64, 7936),
        path: "found by first level; out 8192 (head of others); in 40 (into an empty list); \
               in 200 (onto others)",
    },
    Scenario {
        operation: "memalign",
        case: "worst",
        // The next payload is 8 bytes below a multiple of 64, a gap too small for a block: it
        // moves on to 72.
        blocks: &[Piece::used(296), Piece::free(8192), GUARD],
        request: Request::Memalign(64, 7936),
        path: "found by first level; out 8192 (alone in its row); in 64 (onto others); \
               in 176 (onto others)",
    },
    Scenario {
        operation: "realloc",
        case: "best",
        blocks: &[Piece::used(512), GUARD],
        request: Request::Realloc(0, 512),
        path: "",
    },
    Scenario {
        operation: "realloc",
        case: "grows",
        blocks: &[Piece::used(512), Piece::free(1024), GUARD],
        request: Request::Realloc(0, 1408),
        path: "out 1024 (alone in its row); in 128 (onto others)",
    },
    Scenario {
        operation: "realloc",
        case: "shrinks",
        blocks: &[Piece::used(4096), Piece::free(1024), GUARD, Piece::free(4608), GUARD],
        request: Request::Realloc(0, 512),
        path: "out 1024 (alone in its row); in 4608 (onto others)",
    },
    Scenario {
        operation: "realloc",
        case: "moves",
        blocks: &[
            Piece::free(2048),
            Piece::used(4096),
            Piece::free(1024),
            GUARD,
            Piece::free(7184),
            GUARD,
            Piece::free(16384),
            GUARD,
        ],
        request: Request::Realloc(1, 16128),
        path: "found by first level; out 1024 (alone in its row); out 2048 (alone in its row); \
               out 16384 (alone in its row); in 248 (onto others); in 7184 (onto others)",
    },
];
