//! A shared heap in a model of threads: `scripts/loom` runs this in every order in which two threads can enter
//! and leave the heap. All moving reallocations copy outside.
#![cfg(loom)]

use std::alloc::{GlobalAlloc, Layout};
use std::mem::MaybeUninit;
use std::sync::OnceLock;

use loom::sync::{Arc, Mutex};
use loom::thread;
use memoman::{Exclusion, Shared, Tlsf, WORD};

/// The model's mutex, which no constant can be: the first caller makes it, before there is another thread.
struct Model(OnceLock<Mutex<()>>);

// SAFETY: the contract of Mutex.
unsafe impl Exclusion for Model {
    #[allow(clippy::declare_interior_mutable_const)]
    const FREE: Self = Self(OnceLock::new());
    const COPY_OUTSIDE_FROM: usize = 0;

    fn exclusively<T>(&self, f: impl FnOnce() -> T) -> Option<T> {
        let _inside = self.0.get_or_init(|| Mutex::new(())).lock().unwrap();
        Some(f())
    }
}

type Heap = Shared<Model, Tlsf<WORD, 8, 4, 1>>;

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).unwrap()
}

/// Allocates, moves and frees one block, and checks its contents.
fn one_thread(heap: &Heap, tag: u8) {
    // SAFETY: the sizes are not 0; live, with these layouts, ours, that long.
    unsafe {
        let block = heap.alloc(layout(40));
        assert!(!block.is_null());
        block.write_bytes(tag, 40);
        let fence = heap.alloc(layout(24));
        let moved = heap.realloc(block, layout(40), 200);
        assert!(!moved.is_null());
        assert!((0..40).all(|at| moved.add(at).read() == tag), "the contents of {tag}");
        heap.dealloc(moved, layout(200));
        heap.dealloc(fence, layout(24));
    }
}

#[test]
fn blocks_that_move_at_the_same_time_keep_their_contents_in_every_order() {
    loom::model(|| {
        let heap = Arc::new(Heap::new());
        let memory: &'static mut [MaybeUninit<u8>] = Box::leak(Box::new_uninit_slice(2048));
        heap.add_static_pool(memory).unwrap();
        let other = Arc::clone(&heap);
        let other = thread::spawn(move || one_thread(&other, 2));
        one_thread(&heap, 1);
        other.join().unwrap();
        let census = heap.inspect(Tlsf::validate).unwrap();
        assert_eq!((census.used_blocks, census.free_blocks), (0, 1));
    });
}
