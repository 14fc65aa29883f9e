//! memoman: a TLSF allocator, address for address that of Matthew Conte's TLSF 3.1.
#![no_std]
#![deny(unsafe_code)]

#[allow(unsafe_code)]
mod audit;
mod bitmap;
#[allow(unsafe_code)]
mod block;
mod class;
#[allow(unsafe_code)]
mod free_lists;
mod geometry;
mod header;
#[allow(unsafe_code)]
mod pool;
#[allow(unsafe_code)]
mod span;
#[allow(unsafe_code)]
mod tlsf;

pub use audit::{Census, Law, Place, Violation};
pub use geometry::{CONTE_FL, WORD};
pub use pool::{BlockInfo, Blocks, Pool, PoolError};
pub use tlsf::Tlsf;
