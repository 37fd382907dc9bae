//! `wardlight`: a virtual tabletop that keeps its secrets.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::cli::main()
}
