//! Conte's C code as a column. The only switch of the feature `reference`: without it, no geometry has a
//! reference, and everything above works as it does in a geometry that the C code does not have.

#[cfg(feature = "reference")]
mod conte;
#[cfg(feature = "reference")]
pub use conte::{Reference, SavedReference};

#[cfg(not(feature = "reference"))]
mod absent;
#[cfg(not(feature = "reference"))]
pub use absent::{Reference, SavedReference};

/// Whether the C code is part of this build.
pub const IS_BUILT_IN: bool = cfg!(feature = "reference");
