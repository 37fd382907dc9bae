//! The checker as its users meet it: a whole deployment, the command line, and whatever somebody throws at it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "the helpers of a test may fail it"
)]

mod arbitrary;
mod cluster;
mod command;
mod rules;
