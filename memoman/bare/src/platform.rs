//! Output, and the start of a program: by semihosting under an emulator, by two functions in WebAssembly, and
//! as usual on an operating system.

/// Prints a line.
#[macro_export]
macro_rules! say {
    ($($arguments:tt)*) => { $crate::platform::print(format_args!($($arguments)*)) };
}

/// Makes a function the program's start. When it returns, the program ends with exit code 0; a panic ends it
/// with another one.
#[macro_export]
macro_rules! start {
    ($main:path) => {
        #[cfg(all(target_arch = "arm", target_os = "none"))]
        #[cortex_m_rt::entry]
        fn start() -> ! {
            $main();
            $crate::platform::exit(0)
        }

        #[cfg(all(target_arch = "riscv32", target_os = "none"))]
        #[riscv_rt::entry]
        fn start() -> ! {
            $main();
            $crate::platform::exit(0)
        }

        #[cfg(target_family = "wasm")]
        #[unsafe(no_mangle)]
        extern "C" fn start() {
            $main();
        }

        #[cfg(not(any(target_os = "none", target_family = "wasm")))]
        fn main() {
            $main();
        }
    };
}

#[cfg(target_os = "none")]
mod emulated {
    /// Prints a line.
    pub fn print(line: core::fmt::Arguments<'_>) {
        semihosting::println!("{line}");
    }

    /// Ends the emulator.
    pub fn exit(code: i32) -> ! {
        semihosting::process::exit(code)
    }

    #[panic_handler]
    fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
        print(format_args!("{info}"));
        exit(1)
    }
}

#[cfg(target_family = "wasm")]
mod web {
    use core::fmt::Write as _;

    #[link(wasm_import_module = "host")]
    unsafe extern "C" {
        /// Prints UTF-8 text.
        fn print_text(text: *const u8, bytes: usize);
    }

    struct Host;

    impl core::fmt::Write for Host {
        fn write_str(&mut self, text: &str) -> core::fmt::Result {
            // SAFETY: the range is that of `text`.
            unsafe { print_text(text.as_ptr(), text.len()) };
            Ok(())
        }
    }

    /// Prints a line.
    pub fn print(line: core::fmt::Arguments<'_>) {
        let _ = Host.write_fmt(format_args!("{line}\n"));
    }

    #[panic_handler]
    fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
        print(format_args!("{info}"));
        core::arch::wasm32::unreachable()
    }
}

#[cfg(not(any(target_os = "none", target_family = "wasm")))]
mod hosted {
    /// Prints a line.
    pub fn print(line: core::fmt::Arguments<'_>) {
        println!("{line}");
    }
}

#[cfg(target_os = "none")]
pub use emulated::{exit, print};
#[cfg(not(any(target_os = "none", target_family = "wasm")))]
pub use hosted::print;
#[cfg(target_family = "wasm")]
pub use web::print;
