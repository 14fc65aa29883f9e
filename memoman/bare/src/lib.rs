//! What the programs for bare processors share: output and the start (`platform`), the two allocators
//! (`allocator`), and the calls that each program makes.
#![cfg_attr(any(target_os = "none", target_family = "wasm"), no_std)]

pub mod allocator;
pub mod calls;
pub mod memory;
pub mod platform;
