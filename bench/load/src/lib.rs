//! A client without a browser: joins, speaks the socket, keeps the view. For load, and for the server's own tests.

pub mod http;
pub mod player;
pub mod site;
pub mod view;

/// Whatever went wrong; tests and load print it.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
