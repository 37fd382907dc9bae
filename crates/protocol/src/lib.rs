//! The wire: every frame of the socket, its limits, and the client's types made from them.
//!
//! Frames are JSON texts. Server frames are built from `tabletop`'s patches (see `tell`); client frames are decoded
//! within limits and then resolved from handles to ids (see [`resolve`]). This crate knows no socket and no table.

mod client_frame;
mod decode;
pub mod examples;
pub mod marks;
mod resolve;
mod server_frame;
mod tell;
pub mod typescript;
mod units;

pub use client_frame::*;
pub use decode::{DecodeError, FRAME_BYTES_MAX, FRAME_DEPTH_MAX, decode};
pub use resolve::resolve;
pub use server_frame::*;
pub use units::{At, Handle, OutOfBounds, Path, length_units};

/// The protocol that this build speaks. A client of another version is asked to reload.
pub const PROTOCOL_VERSION: u32 = 1;
