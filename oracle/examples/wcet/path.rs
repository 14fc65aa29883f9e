//! What a call did to the free lists, found by comparing them before and after it. The lists are
//! memoman's, which can list every block. (C's change in the same way: addresses and blocks are compared.)

use memoman::{BlockInfo, Tlsf};

use crate::scenarios::Request;

const SL: usize = 32;

/// All free blocks with their classes, in list order.
pub(crate) type Lists = Vec<(usize, BlockInfo)>;

pub(crate) fn lists(heap: &Tlsf) -> Lists {
    heap.free_blocks().collect()
}

/// The path in the words of `Scenario::path`. Blocks that leave or join lists are in ascending size.
pub(crate) fn describe(request: Request, before: &Lists, after: &Lists) -> String {
    let mut left: Vec<_> = before.iter().filter(|block| !after.contains(block)).collect();
    let mut joined: Vec<_> = after.iter().filter(|block| !before.contains(block)).collect();
    left.sort_by_key(|(_, block)| block.size);
    joined.sort_by_key(|(_, block)| block.size);

    let mut steps = Vec::new();
    let searches = match request {
        Request::Malloc(_) | Request::Memalign(..) => true,
        // Only a move searches: it takes a block, and leaves one.
        Request::Realloc(..) => joined.len() > 1,
        Request::Free(_) => false,
    };
    if searches {
        let searched = search(request);
        // The largest block that leaves was found by the search. The others are its smaller neighbours.
        steps.push(match left.last() {
            None => "not found".to_owned(),
            Some((found, _)) if *found == searched => "found in its list".to_owned(),
            Some((found, _)) if found / SL == searched / SL => "found by second level".to_owned(),
            Some(_) => "found by first level".to_owned(),
        });
    }
    for (class, block) in left {
        let list: Vec<_> = before.iter().filter(|(other, _)| other == class).collect();
        let row = before.iter().filter(|(other, _)| other / SL == class / SL).count();
        let place = match list.iter().position(|(_, other)| other == block) {
            _ if row == 1 => "alone in its row",
            _ if list.len() == 1 => "alone in its list",
            Some(0) => "head of others",
            Some(place) if place + 1 == list.len() => "last of its list",
            _ => "amid others",
        };
        steps.push(format!("out {} ({place})", block.size));
    }
    for (class, block) in joined {
        // The state of the row when the block joined it: other blocks had left before.
        let others = |same: &dyn Fn(usize) -> bool| {
            after.iter().any(|(other, info)| same(*other) && info != block)
        };
        let place = match () {
            () if others(&|other| other == *class) => "onto others",
            () if others(&|other| other / SL == class / SL) => "into an empty list",
            () => "into an empty row",
        };
        steps.push(format!("in {} ({place})", block.size));
    }
    steps.join("; ")
}

/// The class at which a request's search begins.
fn search(request: Request) -> usize {
    let size = match request {
        Request::Malloc(size) | Request::Realloc(_, size) => size,
        // As in TLSF 3.1: enough for a least block before the payload, rounded up.
        Request::Memalign(align, size) => (size + 4 * 8 + align).next_multiple_of(align),
        Request::Free(_) => unreachable!("it searches nothing"),
    };
    <Tlsf>::search_class(size).expect("a size that a block can have")
}
