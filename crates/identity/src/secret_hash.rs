//! What is stored in place of a secret.

use aws_lc_rs::digest;

/// SHA-256 of a secret of at least 192 random bits, for which a slow hash would add nothing.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    parts.iter().for_each(|part| context.update(part));
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// Defines a hash type of its own per secret, so that one can never be looked up as another.
macro_rules! secret_hash {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Comparing takes the same time wherever two hashes differ.
        #[derive(Clone, Copy)]
        pub struct $name([u8; 32]);

        impl $name {
            /// Takes a hash back out of storage.
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// The 256 bits to store and to look up by.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                aws_lc_rs::constant_time::verify_slices_are_equal(&self.0, &other.0).is_ok()
            }
        }

        impl Eq for $name {}

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "([redacted])"))
            }
        }
    };
}

pub(crate) use secret_hash;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_hashed_as_one_text() {
        // The first test vector of FIPS 180-4: "abc".
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let hex: String = sha256(&[b"a", b"bc"]).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, expected);
    }
}
