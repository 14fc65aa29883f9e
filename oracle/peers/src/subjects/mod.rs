//! The allocators under test, each as the harness makes it.

mod boxed;
mod native;
mod owned;
mod spinning;
mod tlsf;

use oracle::check::{Contract, Memory};

/// Makes an allocator in the memory offered, or with memory of its own.
pub(crate) type Make = fn(&mut Memory) -> Option<Box<dyn Contract>>;

/// An allocator under test.
pub(crate) struct Peer {
    /// Its name, and that of its package unless that is named.
    pub(crate) name: &'static str,
    /// The package in Cargo.lock whose version it has; none for the platform's.
    pub(crate) package: Option<&'static str>,
    pub(crate) make: Make,
}

/// All of them, in the order of the table.
pub(crate) const PEERS: [Peer; 16] = [
    peer("memoman", Some("memoman"), tlsf::memoman),
    peer("TLSF 3.1 (LVGL's copy)", Some("lightvgl-sys"), tlsf::conte),
    peer("rlsf", Some("rlsf"), native::rlsf),
    peer("embedded-alloc, TLSF", Some("embedded-alloc"), spinning::embedded_tlsf),
    peer("embedded-alloc, LLFF", Some("embedded-alloc"), spinning::embedded_llff),
    peer("linked_list_allocator", Some("linked_list_allocator"), spinning::linked_list),
    peer("talc", Some("talc"), native::talc),
    peer("picoalloc", Some("picoalloc"), native::picoalloc),
    peer("picoalloc, in zeroed memory", Some("picoalloc"), native::picoalloc_zeroed),
    peer("buddy_system_allocator", Some("buddy_system_allocator"), spinning::buddy),
    peer("good_memory_allocator", Some("good_memory_allocator"), spinning::good_memory),
    peer(
        "good_memory_allocator, alignments to 1 MiB",
        Some("good_memory_allocator"),
        spinning::good_memory_limited,
    ),
    peer("dlmalloc", Some("dlmalloc"), owned::dlmalloc),
    peer("mimalloc", Some("mimalloc"), owned::mimalloc),
    peer("the platform's malloc, from C", None, owned::libc),
    peer("the platform's malloc, from Rust", None, owned::system),
];

const fn peer(name: &'static str, package: Option<&'static str>, make: Make) -> Peer {
    Peer { name, package, make }
}
