//! Structure rules as a test.
fn main() {}
