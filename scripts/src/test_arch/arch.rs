//! The processors: what each needs, and what runs its programs.

use clap::ValueEnum;

/// A processor.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Debug)]
pub(super) enum Arch {
    /// 64 bits, big-endian; Linux under qemu-user
    S390x,
    /// 64 bits; Linux under qemu-user
    Aarch64,
    /// 32 bits; Linux under qemu-user
    Armhf,
    /// 64 bits; Linux under qemu-user
    Riscv64,
    /// 32 bits; Linux, by the machine itself
    I686,
    /// 32 bits; bare, on a board of qemu-system; and the instructions of each operation
    CortexM4,
    /// 32 bits; bare, on a board of qemu-system
    CortexM0,
    /// 32 bits; bare, on a board of qemu-system
    Riscv32,
    /// 32 bits; in Node.js
    Wasm32,
}

/// A program or a file, and the Debian package that has it.
pub(super) type Needed = (&'static str, &'static str);

/// What runs an architecture's programs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Platform {
    /// Linux by qemu-user, with Debian's cross compiler and C library.
    Cross(Cross),
    /// Linux on this machine, with the toolchain of `i686`.
    Native,
    /// A board, or an engine of WebAssembly.
    Bare(Bare),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Cross {
    /// The prefix of its compilers, and the folder of its C library below /usr.
    pub(super) gnu: &'static str,
    pub(super) qemu: &'static str,
    pub(super) needs: &'static [Needed],
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Bare {
    /// The command that runs a program, which is its last argument.
    pub(super) run: &'static [&'static str],
    /// The C compiler with the processor's options, if there is one.
    pub(super) cc: Option<&'static [&'static str]>,
    pub(super) needs: &'static [Needed],
}

/// Output and the end of a program by semihosting, no window, no monitor.
macro_rules! board {
    ($qemu:literal, $($option:literal),*) => {
        &[
            $qemu, "-nographic", "-monitor", "none", "-serial", "null",
            "-semihosting-config", "enable=on,target=native", $($option,)* "-kernel",
        ]
    };
}

const ARM_GCC: Needed = ("arm-none-eabi-gcc", "gcc-arm-none-eabi");
const RISCV_GCC: Needed = ("riscv64-linux-gnu-gcc", "gcc-riscv64-linux-gnu");
const USER: &str = "qemu-user-static";

impl Arch {
    pub(super) fn all() -> &'static [Self] {
        Self::value_variants()
    }

    /// As on the command line.
    pub(super) fn name(self) -> String {
        self.to_possible_value().expect("none is skipped").get_name().to_owned()
    }

    /// rustc's name.
    pub(super) const fn triple(self) -> &'static str {
        match self {
            Self::S390x => "s390x-unknown-linux-gnu",
            Self::Aarch64 => "aarch64-unknown-linux-gnu",
            Self::Armhf => "armv7-unknown-linux-gnueabihf",
            Self::Riscv64 => "riscv64gc-unknown-linux-gnu",
            Self::I686 => "i686-unknown-linux-gnu",
            Self::CortexM4 => "thumbv7em-none-eabihf",
            Self::CortexM0 => "thumbv6m-none-eabi",
            Self::Riscv32 => "riscv32imac-unknown-none-elf",
            Self::Wasm32 => "wasm32-unknown-unknown",
        }
    }

    /// Bits of a word.
    pub(super) const fn bits(self) -> u32 {
        match self {
            Self::S390x | Self::Aarch64 | Self::Riscv64 => 64,
            _ => 32,
        }
    }

    /// Whether a run of all fails without it.
    pub(super) const fn is_required(self) -> bool {
        !matches!(self, Self::Riscv64 | Self::CortexM0)
    }

    pub(super) const fn is_linux(self) -> bool {
        !matches!(self.platform(), Platform::Bare(_))
    }

    pub(super) const fn platform(self) -> Platform {
        match self {
            Self::S390x => Platform::Cross(Cross {
                gnu: "s390x-linux-gnu",
                qemu: "qemu-s390x-static",
                needs: &[
                    ("qemu-s390x-static", USER),
                    ("s390x-linux-gnu-gcc", "gcc-s390x-linux-gnu"),
                    ("s390x-linux-gnu-g++", "g++-s390x-linux-gnu"),
                    ("/usr/s390x-linux-gnu/include/stdio.h", "libc6-dev-s390x-cross"),
                ],
            }),
            Self::Aarch64 => Platform::Cross(Cross {
                gnu: "aarch64-linux-gnu",
                qemu: "qemu-aarch64-static",
                needs: &[
                    ("qemu-aarch64-static", USER),
                    ("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu"),
                    ("aarch64-linux-gnu-g++", "g++-aarch64-linux-gnu"),
                    ("/usr/aarch64-linux-gnu/include/stdio.h", "libc6-dev-arm64-cross"),
                ],
            }),
            Self::Armhf => Platform::Cross(Cross {
                gnu: "arm-linux-gnueabihf",
                qemu: "qemu-arm-static",
                needs: &[
                    ("qemu-arm-static", USER),
                    ("arm-linux-gnueabihf-gcc", "gcc-arm-linux-gnueabihf"),
                    ("arm-linux-gnueabihf-g++", "g++-arm-linux-gnueabihf"),
                    ("/usr/arm-linux-gnueabihf/include/stdio.h", "libc6-dev-armhf-cross"),
                ],
            }),
            Self::Riscv64 => Platform::Cross(Cross {
                gnu: "riscv64-linux-gnu",
                qemu: "qemu-riscv64-static",
                needs: &[
                    ("qemu-riscv64-static", USER),
                    RISCV_GCC,
                    ("riscv64-linux-gnu-g++", "g++-riscv64-linux-gnu"),
                    ("/usr/riscv64-linux-gnu/include/stdio.h", "libc6-dev-riscv64-cross"),
                ],
            }),
            Self::I686 => Platform::Native,
            Self::CortexM4 => Platform::Bare(Bare {
                // Each instruction takes a nanosecond: what memoman/bare/src/bin/costs counts.
                run: board!("qemu-system-arm", "-M", "netduinoplus2", "-icount", "shift=0"),
                cc: Some(&[
                    "arm-none-eabi-gcc",
                    "-mcpu=cortex-m4",
                    "-mthumb",
                    "-mfloat-abi=hard",
                    "-mfpu=fpv4-sp-d16",
                ]),
                needs: &[("qemu-system-arm", "qemu-system-arm"), ARM_GCC],
            }),
            Self::CortexM0 => Platform::Bare(Bare {
                // The real board has 16 KiB.
                run: board!(
                    "qemu-system-arm",
                    "-M",
                    "microbit",
                    "-global",
                    "nrf51-soc.sram-size=131072"
                ),
                cc: Some(&["arm-none-eabi-gcc", "-mcpu=cortex-m0", "-mthumb"]),
                needs: &[("qemu-system-arm", "qemu-system-arm"), ARM_GCC],
            }),
            Self::Riscv32 => Platform::Bare(Bare {
                run: board!("qemu-system-riscv32", "-M", "virt", "-bios", "none"),
                cc: Some(&["riscv64-linux-gnu-gcc", "-march=rv32imac", "-mabi=ilp32"]),
                needs: &[("qemu-system-riscv32", "qemu-system-misc"), RISCV_GCC],
            }),
            Self::Wasm32 => Platform::Bare(Bare {
                run: &["node", "memoman/bare/run.mjs"],
                cc: None,
                needs: &[("node", "nodejs")],
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_required_ones_are_four_of_linux_with_c_and_three_bare() {
        let required: Vec<_> = Arch::all().iter().filter(|arch| arch.is_required()).collect();
        let linux = required.iter().filter(|arch| arch.is_linux()).count();
        assert_eq!((linux, required.len() - linux), (4, 3));
    }

    #[test]
    fn names_are_those_of_the_command_line() {
        assert_eq!(Arch::CortexM4.name(), "cortex-m4");
        assert_eq!(Arch::from_str("s390x", false), Ok(Arch::S390x));
    }

    #[test]
    fn each_needs_what_it_runs_and_compiles_with() {
        for arch in Arch::all() {
            let has =
                |needs: &[Needed], name: &str| needs.iter().any(|(needed, _)| *needed == name);
            match arch.platform() {
                Platform::Cross(Cross { gnu, qemu, needs }) => {
                    assert!(has(needs, qemu) && has(needs, &format!("{gnu}-gcc")), "{arch:?}");
                }
                Platform::Bare(Bare { run, cc, needs }) => {
                    assert!(
                        has(needs, run[0]) && cc.is_none_or(|cc| has(needs, cc[0])),
                        "{arch:?}"
                    );
                }
                Platform::Native => assert_eq!(*arch, Arch::I686),
            }
        }
    }
}
