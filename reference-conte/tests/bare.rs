//! The build for benchmarks returns the same offsets as the checked one.

use core::ffi::c_void;
use core::ptr::null_mut;

use reference_conte::{Conte, SecondLevel, bare};

const BYTES: usize = 1 << 16;

/// At a fixed alignment, so that addresses have the same residues in both.
#[repr(C, align(65536))]
struct BlockOfPages([u8; BYTES]);

impl BlockOfPages {
    fn new() -> Box<Self> {
        Box::new(Self([0; BYTES]))
    }
}

#[test]
fn the_bare_build_gives_the_same_offsets() {
    let (mut control, mut memory) = (BlockOfPages::new(), BlockOfPages::new());
    let base = memory.0.as_mut_ptr();
    let mut conte = Conte::new(SecondLevel::Sl32, BYTES, BYTES);
    assert!(bare::size() == Conte::control_bytes(SecondLevel::Sl32) && bare::size() <= BYTES);

    assert!(conte.add_pool(0, BYTES));
    // SAFETY: the memory is ours, large and aligned enough, and outlives every use below.
    let tlsf = unsafe { bare::create(control.0.as_mut_ptr().cast()) };
    // SAFETY: as above.
    assert!(!unsafe { bare::add_pool(tlsf, base.cast(), BYTES) }.is_null());

    let offset = |payload: *mut c_void| (!payload.is_null()).then(|| payload.addr() - base.addr());
    let (mut grown, mut grown_checked) = (null_mut(), None);
    for size in (1..4000).step_by(61) {
        grown_checked = conte.realloc(grown_checked, size);
        let (kept_checked, aligned_checked) =
            (conte.malloc(size / 7), conte.memalign(128, size / 9));
        // SAFETY: a sound heap, arguments that `conte` has just admitted, and `grown` is live
        // or null.
        let (kept, aligned) = unsafe {
            grown = bare::realloc(tlsf, grown, size);
            (bare::malloc(tlsf, size / 7), bare::memalign(tlsf, 128, size / 9))
        };
        assert_eq!(
            [grown, kept, aligned].map(offset),
            [grown_checked, kept_checked, aligned_checked],
            "size {size}"
        );
        if let Some(offset) = aligned_checked {
            // SAFETY: `aligned` is live.
            let usable = unsafe { bare::block_size(aligned) };
            assert_eq!(usable, conte.usable_size(offset));
            conte.free(offset);
            // SAFETY: `aligned` is live.
            unsafe { bare::free(tlsf, aligned) };
        }
    }
    assert!(grown_checked.is_some() && conte.check());
}
