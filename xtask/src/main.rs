//! Tasks of this repository that need more than a shell line: `cargo xtask tidy`, `cargo xtask limits`.
//!
//! It refuses to know what the product does. Start reading at [`tidy`].

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool speaks on its standard streams"
)]

mod tidy;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask <task>

  tidy     check the structure rules of this repository
  limits   write the limits of the source into docs/security/input.md";

/// Exit codes are those of every command here: 0 ok, 1 a failed check, 2 wrong use.
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["tidy"] => on_repository(run_tidy),
        ["limits"] => on_repository(write_limits),
        ["--help" | "-h" | "help"] => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn run_tidy(tree: &tidy::Tree) -> ExitCode {
    let violations = tidy::check(tree);
    for violation in &violations {
        println!("{violation}");
    }
    let (files, rules) = (tree.files().len(), tidy::RULES.len());
    if violations.is_empty() {
        println!("asvs: held, of what applies: {}", tidy::held(tree));
        println!("tidy: {files} files, {rules} rules, ok");
        return ExitCode::SUCCESS;
    }
    println!("tidy: {files} files, {rules} rules, {} to mend", violations.len());
    ExitCode::FAILURE
}

fn write_limits(tree: &tidy::Tree) -> ExitCode {
    let (path, text) = match tidy::limits_page(tree) {
        Ok(page) => page,
        Err(unreadable) => {
            eprintln!("{unreadable}");
            return ExitCode::FAILURE;
        }
    };
    if let Err(error) = std::fs::write(repository().join(path), text) {
        eprintln!("could not write {path}: {error}");
        return ExitCode::FAILURE;
    }
    println!("limits: {path} is as the source");
    ExitCode::SUCCESS
}

/// What a task answers about the repository.
fn on_repository(task: fn(&tidy::Tree) -> ExitCode) -> ExitCode {
    match tidy::Tree::read(&repository()) {
        Ok(tree) => task(&tree),
        Err(error) => {
            eprintln!("could not read the repository: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The directory above this crate's.
fn repository() -> std::path::PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_owned()
}
