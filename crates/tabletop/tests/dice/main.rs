//! Dice by their public interface: what formulas mean, what is refused, what is told to whom, and that chance is fair.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod entropy;
mod refusals;
mod rolls;
mod secrecy;
