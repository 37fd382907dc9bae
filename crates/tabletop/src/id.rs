//! Typed identities, so that a token can never be taken for a scene.
//!
//! Ids inside a table are counters of that table. They never leave the server: viewers know things by handles.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! counter_ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);
    )*};
}

counter_ids! {
    /// A person's place at a table.
    SeatId,
    /// A map with what stands on it.
    SceneId,
    /// A figure on a scene. Never a credential.
    TokenId,
    /// A wall segment of a scene.
    WallId,
    /// A door or window of a scene.
    PortalId,
    /// A light source of a scene.
    LightId,
    /// A part of a scene that the game masters have a name for.
    AreaId,
    /// Something drawn on a scene, or a note.
    DrawingId,
    /// An entry of the chat log.
    MessageId,
}

macro_rules! random_ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// Makes an id of 128 random bits that the caller drew.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 128 bits.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                Ok(Self(parse_hex::<16>(text)?))
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

random_ids! {
    /// A persistent game and its live room. Written as 32 lower-case hexadecimal digits.
    TableId,
    /// Someone who can sign in, guests included. Written as 32 lower-case hexadecimal digits.
    AccountId,
}

/// The SHA-256 of a stored picture. Known to the server only; written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId([u8; 32]);

impl BlobId {
    /// Makes an id of a digest.
    pub const fn from_digest(digest: [u8; 32]) -> Self {
        Self(digest)
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlobId({self})")
    }
}

impl FromStr for BlobId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        Ok(Self(parse_hex::<32>(text)?))
    }
}

impl Serialize for BlobId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BlobId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The text is not an id of this kind.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id: it must be lower-case hexadecimal digits of the right number")]
pub struct ParseIdError;

/// A command's client-chosen name, unique per seat: 1 to 36 characters of `[A-Za-z0-9-]`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(transparent)]
pub struct CommandId(Box<str>);

impl CommandId {
    /// Parses a command id. Refuses other characters and lengths.
    pub fn parse(text: &str) -> Result<Self, ParseIdError> {
        let fits = (1..=36).contains(&text.len());
        if fits && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            Ok(Self(text.into()))
        } else {
            Err(ParseIdError)
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for CommandId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

fn parse_hex<const N: usize>(text: &str) -> Result<[u8; N], ParseIdError> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return Err(ParseIdError);
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Ok(bytes)
}

fn digit(character: u8) -> Result<u8, ParseIdError> {
    match character {
        b'0'..=b'9' => Ok(character - b'0'),
        b'a'..=b'f' => Ok(character - b'a' + 10),
        _ => Err(ParseIdError),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_survive_being_written_and_read() {
        let id = TableId::from_bytes([0xab; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("AB".repeat(16).parse::<TableId>(), Err(ParseIdError));
        assert_eq!("ab".repeat(15).parse::<TableId>(), Err(ParseIdError));
    }

    #[test]
    fn command_ids_are_short_and_plain() {
        assert!(CommandId::parse(&"a".repeat(36)).is_ok());
        assert!(CommandId::parse(&"a".repeat(37)).is_err());
        assert!(CommandId::parse("").is_err());
        assert!(CommandId::parse("a b").is_err());
    }
}
