//! The rules of the table: pure, deterministic, and the only place that decides.
//!
//! A [`command::Command`] asks, [`permission::authorize`] allows, [`table::Table::decide`] turns it into
//! [`event::Event`]s, [`table::Table::apply`] folds them, and [`view::View::project`] says what one viewer may know.
//! [`audience::Audience`] keeps all viewers' views and gives the patches between them. This crate refuses to know about
//! sockets, databases, clocks and random generators: `now` and entropy are parameters. Start reading at [`table`].

pub mod audience;
pub mod command;
pub mod decide;
pub mod dice;
mod drawing;
pub mod event;
pub mod explore;
mod fog;
pub mod geometry;
pub mod grid;
pub mod id;
pub mod import;
mod light;
pub mod limits;
pub mod name;
pub mod permission;
mod placed;
pub mod refusal;
pub mod samples;
mod scene;
mod sight;
pub mod table;
pub mod view;
