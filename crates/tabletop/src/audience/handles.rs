//! One viewer's names for things.

use std::collections::HashMap;

use super::Handle;
use crate::view::Entity;

/// A viewer's handles.
#[derive(Default)]
pub(super) struct Handles {
    last: Handle,
    of: HashMap<Entity, Handle>,
    entities: HashMap<Handle, Entity>,
}

impl Handles {
    /// The handle of an entity, a new one if it has none.
    pub(super) fn give(&mut self, entity: Entity) -> Handle {
        if let Some(handle) = self.of.get(&entity) {
            return *handle;
        }
        self.last += 1;
        self.of.insert(entity, self.last);
        self.entities.insert(self.last, entity);
        self.last
    }

    pub(super) fn take(&mut self, entity: Entity) -> Option<Handle> {
        let handle = self.of.remove(&entity)?;
        self.entities.remove(&handle);
        Some(handle)
    }

    pub(super) fn of(&self, entity: Entity) -> Option<Handle> {
        self.of.get(&entity).copied()
    }

    pub(super) fn entity(&self, handle: Handle) -> Option<Entity> {
        self.entities.get(&handle).copied()
    }
}
