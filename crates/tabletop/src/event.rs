//! Facts about a table, in past tense. The only types of this crate that are stored, hence the only ones with serde.

use serde::{Deserialize, Serialize};

/// One fact.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Event {
    /// The table got a name.
    TableNamed {
        /// The name.
        name: String,
    },
}
