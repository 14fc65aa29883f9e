//! What it costs, in bytes of the program, to print an error: `scripts/firmware --printing` links this
//! with each way of printing and compares.
#![no_std]
#![no_main]

use core::alloc::{GlobalAlloc, Layout};
use core::fmt;
use core::mem::MaybeUninit;
use core::ptr;

use memoman::{Tlsf, WORD};

/// A crate of this package uses `alloc`, so that each of its programs needs a global allocator.
struct Nothing;

// SAFETY: it allocates nothing.
unsafe impl GlobalAlloc for Nothing {
    unsafe fn alloc(&self, _layout: Layout) -> *mut u8 {
        ptr::null_mut()
    }

    unsafe fn dealloc(&self, _ptr: *mut u8, _layout: Layout) {}
}

#[global_allocator]
static NOTHING: Nothing = Nothing;

/// A serial port.
struct Port;

impl Port {
    #[inline(never)]
    fn put(text: &str) {
        for byte in text.bytes() {
            // SAFETY: this program is never run. (The place is that of no register in particular.)
            unsafe { (0x4000_0000 as *mut u8).write_volatile(byte) };
        }
    }
}

impl fmt::Write for Port {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        Port::put(text);
        Ok(())
    }
}

#[unsafe(no_mangle)]
extern "C" fn _start() -> ! {
    static mut MEMORY: [MaybeUninit<u8>; 4096] = [MaybeUninit::uninit(); 4096];
    let memory = &raw mut MEMORY;
    let mut heap: Tlsf<WORD, 9, 8, 1> = Tlsf::new();
    // SAFETY: the only use of MEMORY, once.
    let added = heap.add_static_pool(unsafe { &mut *memory });
    if let Err(error) = added {
        Port::put("no pool: ");
        if cfg!(feature = "message") {
            Port::put(error.message());
        }
        if cfg!(feature = "display") {
            let _ = fmt::write(&mut Port, format_args!("{error}"));
        }
        if cfg!(feature = "unwrap") {
            added.unwrap();
        }
    }
    loop {
        core::hint::spin_loop();
    }
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    let _ = fmt::write(&mut Port, format_args!("{info}"));
    loop {
        core::hint::spin_loop();
    }
}
