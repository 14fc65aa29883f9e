//! The scenarios: what lies on stage, the one call, and the path it has to take.
//!
//! Sizes are those of 64-bit. The path is not believed: `path` derives it from the free lists before
//! and after, and the tests compare. Rows of the second level, in bytes:
//!
//! | row | 0 | 1 | 2 | 3 | 4 | 5 | 6 | 12 |
//! |---|---|---|---|---|---|---|---|---|
//! | from | 0 | 256 | 512 | 1024 | 2048 | 4096 | 8192 | 512 KiB |
//! | holds | bystanders | | | | | | | rest of the stage |

/// A block on stage.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    pub(crate) size: usize,
    pub(crate) state: State,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    Used,
    Free,
}

/// A call; blocks are named by their number on stage.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Request {
    Malloc(usize),
    Memalign(usize, usize),
    Realloc(usize, usize),
    Free(usize),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Scenario {
    pub(crate) operation: &'static str,
    pub(crate) case: &'static str,
    pub(crate) stage: &'static [Piece],
    pub(crate) request: Request,
    pub(crate) path: &'static str,
}

/// Between two pieces that are not to merge.
const GUARD: Piece = Piece::used(256);

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        operation: "malloc",
        case: "best",
        stage: &[],
        request: Request::Malloc(64),
        path: "found in its list; out 64 (head of others)",
    },
    Scenario {
        operation: "malloc",
        case: "typical",
        stage: &[],
        request: Request::Malloc(32),
        path: "found by second level; out 64 (head of others); in 24 (onto others)",
    },
    Scenario {
        operation: "malloc",
        case: "worst",
        stage: &[Piece::free(8192), GUARD],
        request: Request::Malloc(8056),
        path: "found by first level; out 8192 (alone in its row); in 128 (onto others)",
    },
    Scenario {
        operation: "malloc",
        case: "refused",
        stage: &[],
        request: Request::Malloc(1 << 21),
        path: "not found",
    },
    Scenario {
        operation: "free",
        case: "best",
        stage: &[Piece::used(512), GUARD],
        request: Request::Free(0),
        path: "in 512 (into an empty row)",
    },
    Scenario {
        operation: "free",
        case: "typical",
        stage: &[Piece::used(512), Piece::free(1024), GUARD, Piece::free(1024), GUARD],
        request: Request::Free(0),
        path: "out 1024 (last of its list); in 1544 (into an empty list)",
    },
    Scenario {
        operation: "free",
        case: "worst",
        stage: &[
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
        // The head of the list is the one freed last, 8 + 8192 + 8 + 296 + 8 bytes into the stage: at
        // a multiple of 64.
        stage: &[Piece::free(8192), Piece::used(296), Piece::free(8192), GUARD],
        request: Request::Memalign(64, 7936),
        path: "found by first level; out 8192 (head of others); in 248 (onto others)",
    },
    Scenario {
        operation: "memalign",
        case: "typical",
        // As above, but 48 bytes short of a multiple of 64.
        stage: &[Piece::free(8192), Piece::used(312), Piece::free(8192), GUARD],
        request: Request::Memalign(64, 7936),
        path: "found by first level; out 8192 (head of others); in 40 (into an empty list); \
               in 200 (onto others)",
    },
    Scenario {
        operation: "memalign",
        case: "worst",
        // The next payload is 8 bytes below a multiple of 64, a gap too small for a block: it
        // moves on to 72.
        stage: &[Piece::used(296), Piece::free(8192), GUARD],
        request: Request::Memalign(64, 7936),
        path: "found by first level; out 8192 (alone in its row); in 64 (onto others); \
               in 176 (onto others)",
    },
    Scenario {
        operation: "realloc",
        case: "best",
        stage: &[Piece::used(512), GUARD],
        request: Request::Realloc(0, 512),
        path: "",
    },
    Scenario {
        operation: "realloc",
        case: "grows",
        stage: &[Piece::used(512), Piece::free(1024), GUARD],
        request: Request::Realloc(0, 1408),
        path: "out 1024 (alone in its row); in 128 (onto others)",
    },
    Scenario {
        operation: "realloc",
        case: "shrinks",
        stage: &[Piece::used(4096), Piece::free(1024), GUARD, Piece::free(4608), GUARD],
        request: Request::Realloc(0, 512),
        path: "out 1024 (alone in its row); in 4608 (onto others)",
    },
    Scenario {
        operation: "realloc",
        case: "moves",
        stage: &[
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
