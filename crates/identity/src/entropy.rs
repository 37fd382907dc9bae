//! The one source of secrets: the operating system's generator.

/// The operating system gave no random bytes. Nothing secret may be made then.
#[derive(Debug, thiserror::Error)]
#[error("the operating system's random generator gave nothing")]
pub struct EntropyError;

/// `N` random bytes.
pub fn secret<const N: usize>() -> Result<[u8; N], EntropyError> {
    let mut bytes = [0; N];
    #[expect(clippy::disallowed_methods, reason = "the one source of secrets")]
    getrandom::fill(&mut bytes).map_err(|_| EntropyError)?;
    Ok(bytes)
}
