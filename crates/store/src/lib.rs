//! See the crate's documentation in ARCHITECTURE.md.
