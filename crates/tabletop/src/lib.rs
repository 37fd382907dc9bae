//! The rules of the table: pure, deterministic, and the only place that decides.
//!
//! A `Command` asks, `permission::authorize` allows, `Table::decide` turns it into `Event`s, `Table::apply` folds
//! them, and `View::project` says what one viewer may know. This crate refuses to know about sockets, databases,
//! clocks and random generators: `now` and entropy are parameters. Start reading at [`table`].

pub mod dice;
pub mod event;
pub mod geometry;
pub mod id;
pub mod import;
