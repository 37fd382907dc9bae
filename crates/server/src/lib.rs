//! The shell around the rules: configuration, HTTP, sockets, running tables, and the command line.
//!
//! Start reading at [`serve`]; a command's way is `socket` → `table::actor` → `tabletop` → `store` → `table::outbox`.

pub mod accounts;
pub mod acme;
mod app;
mod bucket;
pub mod cli;
mod clock;
pub mod config;
pub mod contacts;
mod crowd;
mod data;
pub mod database;
mod decoder;
mod device;
mod entropy;
mod first_start;
mod frames;
mod heavy;
mod http;
mod keys;
mod limits;
mod links;
pub mod mail;
mod ops;
pub mod own_tables;
mod pace;
pub mod proxies;
mod qr;
mod rate_limits;
mod reload;
mod sample;
mod security;
pub mod serve;
mod sessions;
mod socket;
mod table;
mod tally;
pub mod testing;
mod tiles;
mod tls;
mod trail;
