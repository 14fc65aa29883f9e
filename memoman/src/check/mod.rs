//! `validate`: the laws, checked.

#[allow(unsafe_code)]
pub(crate) mod audit;
