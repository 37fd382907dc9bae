//! Map files in, scenes out.
