//! `latency`: the cost of calls in words touched, which must not grow with the heap.

#[cfg(feature = "cost")]
mod measure;
mod options;
#[cfg(not(feature = "cost"))]
mod other_build;

pub(crate) use options::Latency;
