//! A map, boxes and lists, each kind in a heap of its own: what one of them does to its memory, the others
//! do not notice, and a heap shows how much its own kind needs.
//!
//! Run it: `cargo run -p memoman --features allocator-api2 --example collections`
//! In a package of your own, turn on the same feature of memoman, and add
//! `allocator-api2 = { version = "0.2.21", default-features = false, features = ["alloc"] }` and
//! `hashbrown = "0.15"` (any version whose `Allocator` is that of allocator-api2 0.2).

use std::fmt::Display;
use std::mem::MaybeUninit;

use allocator_api2::boxed::Box;
use allocator_api2::unsize_box;
use allocator_api2::vec::Vec;
use hashbrown::{DefaultHashBuilder, HashMap};
use memoman::{Buffer, LocalHeap, Tlsf};

/// A heap in borrowed memory. The collections borrow the heap: they cannot outlive it.
type Heap<'m> = LocalHeap<Buffer<'m>>;

fn used_bytes(heap: &Heap<'_>) -> usize {
    heap.inspect(Tlsf::validate).expect("the heap is sound").used_bytes
}

fn main() {
    let mut memory = [[MaybeUninit::uninit(); 64 * 1024]; 3];
    let [maps, boxes, lists] = &mut memory;
    let maps = Heap::with_source(Buffer::new(maps));
    let boxes = Heap::with_source(Buffer::new(boxes));
    let lists = Heap::with_source(Buffer::new(lists));

    // A map: its table is one block, which moves as the map grows.
    let mut squares = HashMap::with_hasher_in(DefaultHashBuilder::default(), &maps);
    squares.extend((0..1000_u64).map(|n| (n, n * n)));
    assert_eq!(squares[&31], 961);
    let map_bytes = used_bytes(&maps);
    assert!(map_bytes >= 1000 * 16);

    // Boxes, also of a type that is not known: `unsize_box!`.
    let number: Box<dyn Display, _> = unsize_box!(Box::new_in(42_u8, &boxes));
    let text: Box<dyn Display, _> = unsize_box!(Box::new_in("forty-two", &boxes));
    assert_eq!(format!("{number} is {text}"), "42 is forty-two");

    // Lists in a list: the inner ones are in the same heap.
    let mut rows = Vec::new_in(&lists);
    for row in 0..10 {
        let mut columns = Vec::with_capacity_in(row, &lists);
        columns.extend(0..row);
        rows.push(columns);
    }
    assert_eq!(rows.iter().flatten().sum::<usize>(), 120);
    println!("the map takes {map_bytes} bytes, the boxes {}", used_bytes(&boxes));

    // The map and the lists did not take from each other.
    drop(squares);
    assert_eq!(used_bytes(&maps), 0);
    assert!(used_bytes(&lists) > 0);
    drop((number, text, rows));
    assert_eq!(used_bytes(&boxes) + used_bytes(&lists), 0);
}

#[test]
fn runs() {
    main();
}
