//! The size of the engine: `scripts/footprint` links this with one set of operations at a time and
//! measures the code.
//!
//! With `panic = "abort"`, as that script builds it, this is a program without `std` that contains the
//! operations of one set as `extern "C"` functions, and nothing else. Any other build prints the sizes
//! of control structures, pools and blocks: `cargo run -p memoman --example footprint`
#![cfg_attr(panic = "abort", no_std, no_main)]

use memoman::{CONTE_FL, Tlsf, WORD};

#[cfg(panic = "abort")]
mod weighed {
    use core::alloc::Layout;
    use core::ffi::c_void;
    use core::hint::black_box;
    use core::ptr::{NonNull, null_mut};

    use memoman::Pool;

    use super::*;

    const SMALL: bool = option_env!("MEMOMAN_FOOTPRINT_SMALL").is_some();
    type Heap = Tlsf<
        WORD,
        { if SMALL { 8 } else { CONTE_FL } },
        { if SMALL { 4 } else { 32 } },
        { if SMALL { 1 } else { 4 } },
    >;

    type Pointer = *mut c_void;

    fn pointer(payload: Option<NonNull<u8>>) -> Pointer {
        payload.map_or(null_mut(), |payload| payload.as_ptr().cast())
    }

    unsafe extern "C" fn memoman_malloc(heap: &mut Heap, size: usize) -> Pointer {
        pointer(heap.malloc(size))
    }

    unsafe extern "C" fn memoman_memalign(heap: &mut Heap, align: usize, size: usize) -> Pointer {
        let layout = Layout::from_size_align(size, align).ok();
        pointer(layout.and_then(|layout| heap.allocate(layout)))
    }

    unsafe extern "C" fn memoman_realloc(
        heap: &mut Heap,
        payload: *mut u8,
        size: usize,
    ) -> Pointer {
        let Some(payload) = NonNull::new(payload) else { return pointer(heap.malloc(size)) };
        if size == 0 {
            // SAFETY: linked, never run.
            unsafe { heap.deallocate(payload) };
            return null_mut();
        }
        let Ok(layout) = Layout::from_size_align(size, 1) else { return null_mut() };
        // SAFETY: linked, never run.
        pointer(unsafe { heap.reallocate(payload, layout) })
    }

    unsafe extern "C" fn memoman_free(heap: &mut Heap, payload: *mut u8) {
        if let Some(payload) = NonNull::new(payload) {
            // SAFETY: linked, never run.
            unsafe { heap.deallocate(payload) }
        }
    }

    unsafe extern "C" fn memoman_create(memory: &mut core::mem::MaybeUninit<Heap>) {
        memory.write(Heap::new());
    }

    unsafe extern "C" fn memoman_create_with_pool(memory: NonNull<u8>, bytes: usize) -> Pointer {
        // SAFETY: linked, never run.
        unsafe { Heap::init_in_place(memory, bytes) }
            .map_or(null_mut(), |heap| (&raw mut *heap).cast())
    }

    unsafe extern "C" fn memoman_add_pool(
        heap: &mut Heap,
        memory: NonNull<u8>,
        bytes: usize,
    ) -> bool {
        // SAFETY: linked, never run.
        unsafe { heap.add_pool(memory, bytes) }.is_ok()
    }

    unsafe extern "C" fn memoman_remove_pool(heap: &mut Heap, pool: &Pool) -> bool {
        heap.remove_pool(*pool).is_ok()
    }

    unsafe extern "C" fn memoman_block_size(heap: &Heap, payload: NonNull<u8>) -> usize {
        // SAFETY: linked, never run.
        unsafe { heap.usable_size(payload) }
    }

    unsafe extern "C" fn memoman_walk_pool(
        heap: &Heap,
        pool: &Pool,
        see: unsafe extern "C" fn(*mut u8, usize, bool),
    ) {
        for block in heap.blocks(*pool) {
            // SAFETY: linked, never run.
            unsafe { see(block.payload.as_ptr(), block.size, !block.is_free) }
        }
    }

    unsafe extern "C" fn memoman_check(heap: &Heap) -> bool {
        heap.validate().is_ok()
    }

    #[panic_handler]
    fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
        loop {}
    }

    /// The entry point, which is not run: it keeps the functions of the set from being removed.
    #[unsafe(no_mangle)]
    extern "C" fn footprint_entry() {
        let set = option_env!("MEMOMAN_FOOTPRINT");
        black_box((memoman_malloc as *const (), memoman_memalign as *const ()));
        black_box((memoman_realloc as *const (), memoman_free as *const ()));
        if matches!(set, Some("core" | "pools" | "all")) {
            black_box((memoman_create as *const (), memoman_add_pool as *const ()));
            black_box(memoman_block_size as *const ());
        }
        if matches!(set, Some("pools" | "all")) {
            black_box((memoman_create_with_pool as *const (), memoman_remove_pool as *const ()));
        }
        if matches!(set, Some("all")) {
            black_box((memoman_walk_pool as *const (), memoman_check as *const ()));
        }
    }
}

/// One line of the table.
#[cfg(not(panic = "abort"))]
fn line<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>() {
    println!(
        "| `Tlsf<{ALIGN}, {FL}, {SL}, {POOLS}>` | {} | {} | {} | {} | {} | {} |",
        size_of::<Tlsf<ALIGN, FL, SL, POOLS>>(),
        Tlsf::<ALIGN, FL, SL, POOLS>::POOL_BYTES_MAX,
        Tlsf::<ALIGN, FL, SL, POOLS>::POOL_OVERHEAD,
        Tlsf::<ALIGN, FL, SL, POOLS>::ALLOC_OVERHEAD,
        Tlsf::<ALIGN, FL, SL, POOLS>::BLOCK_SIZE_MIN,
        Tlsf::<ALIGN, FL, SL, POOLS>::WASTE_MAX,
    );
}

#[cfg(not(panic = "abort"))]
fn main() {
    println!("| heap | control | largest pool | a pool | a block | least payload | waste, most |");
    println!("|---|--:|--:|--:|--:|--:|--:|");
    // The default, which is TLSF 3.1's geometry; then with one pool, and with fewer lists.
    line::<WORD, CONTE_FL, 32, 4>();
    line::<WORD, CONTE_FL, 32, 1>();
    line::<WORD, { CONTE_FL + 1 }, 16, 4>();
    line::<WORD, { CONTE_FL + 3 }, 4, 4>();
    // Wider alignments.
    line::<16, 23, 32, 4>();
    line::<64, 21, 32, 4>();
    // Small heaps.
    line::<WORD, 16, 8, 1>();
    line::<WORD, 12, 8, 1>();
    line::<WORD, 8, 4, 1>();
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_printed() {
        super::main();
    }
}
