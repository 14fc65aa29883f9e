//! Nothing: the property is in `tests/`, where `cargo bolero` finds it.
