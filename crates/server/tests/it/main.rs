//! The server as its clients meet it: real sockets on free ports, a database in a temporary directory.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "the helpers of a test may fail it")]

mod accounts;
mod api;
mod authenticator;
mod bad_input;
mod databases;
mod decoder;
mod harness;
mod keys;
mod kill;
mod messages;
mod mirrors;
mod modes;
mod notices;
mod operator;
mod own_tables;
mod pace;
mod parsers;
mod passkeys;
mod people;
mod pixels;
mod play;
mod program;
mod rest;
mod retention;
mod rotation;
mod second_factor;
mod secrecy;
mod sessions;
mod simulation;
mod sites;
mod tls;
mod uploads;
mod wire;
