//! The server as its clients meet it: real sockets on free ports, a database in a temporary directory.

mod bad_input;
mod harness;
mod people;
mod play;
mod rest;
mod simulation;
