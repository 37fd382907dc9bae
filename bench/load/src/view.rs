//! What a client knows: updates folded in order, as the browser's client folds them.

use std::collections::BTreeMap;

use protocol::{
    Handle, LightView, Me, MessageView, PortalView, SceneInfo, SceneView, SeatInfo, SightView, TableInfo,
    TokenView, Update, WallView,
};

/// A client's picture of the table.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ClientView {
    /// The number of the last update.
    pub seq: u32,
    /// The table.
    pub table: Option<TableInfo>,
    /// Who the client is.
    pub me: Option<Me>,
    /// People.
    pub seats: BTreeMap<Handle, SeatInfo>,
    /// Scenes.
    pub scenes: BTreeMap<Handle, SceneInfo>,
    /// The scene in view.
    pub scene: Option<SceneView>,
    /// Tokens.
    pub tokens: BTreeMap<Handle, TokenView>,
    /// Doors and windows.
    pub portals: BTreeMap<Handle, PortalView>,
    /// Walls.
    pub walls: BTreeMap<Handle, WallView>,
    /// Lights.
    pub lights: BTreeMap<Handle, LightView>,
    /// What eyes see.
    pub sight: BTreeMap<Handle, SightView>,
    /// What they have seen, the run lengths of each block by column and row.
    pub explored: BTreeMap<(u16, u16), String>,
    /// Chat.
    pub messages: Vec<MessageView>,
}

impl ClientView {
    /// Folds an update; `false` if one before it is missing.
    pub fn apply(&mut self, update: &Update) -> bool {
        let in_order = update.seq == self.seq + 1;
        if update.fresh {
            *self = Self::default();
        }
        self.seq = update.seq;
        if let Some(scene) = &update.scene {
            self.scene = Some(scene.clone());
            self.tokens.clear();
            self.portals.clear();
            self.walls.clear();
            self.lights.clear();
            self.sight.clear();
            self.explored.clear();
        }
        self.table = update.table.clone().or(self.table.take());
        self.me = update.me.or(self.me);
        self.seats.extend(update.seats.iter().map(|seat| (seat.seat, seat.clone())));
        self.scenes.extend(update.scenes.iter().map(|scene| (scene.scene, scene.clone())));
        self.tokens.extend(update.tokens.iter().map(|token| (token.token, token.clone())));
        for moved in &update.moves {
            if let Some((token, at)) = self.tokens.get_mut(&moved.token).zip(moved.path.last()) {
                token.at = *at;
            }
        }
        self.portals.extend(update.portals.iter().map(|portal| (portal.portal, *portal)));
        self.walls.extend(update.walls.iter().map(|wall| (wall.wall, *wall)));
        self.lights.extend(update.lights.iter().map(|light| (light.light, *light)));
        self.sight.extend(update.sight.iter().map(|sight| (sight.eye, sight.clone())));
        if let Some(explored) = &update.explored {
            if explored.whole {
                self.explored.clear();
            }
            for block in &explored.blocks {
                self.explored.insert((block.x, block.y), block.runs.clone());
            }
            self.explored.retain(|_, runs| !runs.is_empty());
        }
        for handle in &update.gone {
            self.seats.remove(handle);
            self.scenes.remove(handle);
            self.tokens.remove(handle);
            self.portals.remove(handle);
            self.walls.remove(handle);
            self.lights.remove(handle);
            self.sight.remove(handle);
        }
        self.messages.extend(update.messages.iter().cloned());
        in_order
    }

    /// A token by its name.
    pub fn token(&self, name: &str) -> Option<&TokenView> {
        self.tokens.values().find(|token| token.name.as_deref() == Some(name))
    }
}
