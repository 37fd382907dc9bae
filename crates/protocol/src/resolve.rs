//! From a client's command to the domain's: handles become ids, text becomes names.
//!
//! A handle that is not in the viewer's view, or stands for something of another kind, is refused the same way whether
//! the thing exists or not.

use tabletop::audience::Audience;
use tabletop::command::{self, AreaChange, NewDrawing, SceneChange, Shape, TableChange};
use tabletop::event;
use tabletop::geometry::Point;
use tabletop::id::{AreaId, BlobId, DrawingId, LightId, PortalId, SceneId, SeatId, TokenId, WallId};
use tabletop::limits;
use tabletop::name::{Name, Words};
use tabletop::refusal::Refusal;
use tabletop::view::Entity;

use crate::client_frame::{self as wire, Command, TokenChange};
use crate::units::{Handle, length_units};

/// Resolves a command of a viewer against their handles.
pub fn resolve(audience: &Audience, viewer: SeatId, command: Command) -> Result<command::Command, Refusal> {
    Resolver { audience, viewer }.command(command)
}

struct Resolver<'a> {
    audience: &'a Audience,
    viewer: SeatId,
}

macro_rules! kinds {
    ($($function:ident: $variant:ident -> $id:ty;)*) => {$(
        fn $function(&self, handle: Handle) -> Result<$id, Refusal> {
            match self.audience.resolve(self.viewer, handle) {
                Some(Entity::$variant(id)) => Ok(id),
                Some(_) | None => Err(Refusal::Unknown),
            }
        }
    )*};
}

impl Resolver<'_> {
    kinds! {
        seat: Seat -> SeatId;
        scene: Scene -> SceneId;
        token: Token -> TokenId;
        portal: Portal -> PortalId;
        wall: Wall -> WallId;
        light: Light -> LightId;
        area: Area -> AreaId;
        drawing: Drawing -> DrawingId;
        picture: Picture -> BlobId;
    }

    fn command(&self, command: Command) -> Result<command::Command, Refusal> {
        use command::Command as Asked;
        Ok(match command {
            Command::MoveTokens { moves } => Asked::MoveTokens(self.moves(moves)?),
            Command::PlaceToken { at, token } => Asked::PlaceToken(at.into(), self.change(token)?),
            Command::EditTokens { tokens, change } => {
                Asked::EditTokens(self.tokens(tokens)?, self.change(change)?)
            }
            Command::CopyTokens { tokens, by } => Asked::CopyTokens(self.tokens(tokens)?, by.into()),
            Command::RemoveTokens { tokens } => Asked::RemoveTokens(self.tokens(tokens)?),
            Command::Target { tokens } => Asked::Target(self.tokens(tokens)?),
            Command::Undo {} => Asked::Undo,
            Command::Redo {} => Asked::Redo,
            Command::SetPortal { portal, state } => Asked::SetPortal(self.portal(portal)?, state.into()),
            Command::Say { line, speak_as } => {
                Asked::Say(line, speak_as.map(|token| self.token(token)).transpose()?)
            }
            Command::AddScene { name, size_cells } => Asked::AddScene(Name::parse(&name)?, size_cells),
            Command::EditScene { scene, name, grid, ambience } => {
                let (name, grid) = (optional_name(name)?, grid.map(Into::into));
                let change = SceneChange { name, grid, ambience: ambience.map(Into::into) };
                Asked::EditScene(self.scene(scene)?, change)
            }
            Command::RemoveScene { scene } => Asked::RemoveScene(self.scene(scene)?),
            Command::ShowScene { scene } => Asked::ShowScene(self.scene(scene)?),
            Command::OpenScene { scene } => Asked::OpenScene(self.scene(scene)?),
            Command::AddWalls { walls } => {
                let walls = walls.into_iter().map(|wall| (wall.a.into(), wall.b.into(), wall.kind.into()));
                Asked::AddWalls(walls.collect())
            }
            Command::RemoveWalls { walls } => {
                let walls = walls.into_iter().map(|wall| self.wall(wall));
                Asked::RemoveWalls(walls.collect::<Result<_, Refusal>>()?)
            }
            Command::AddPortal { a, b, kind } => Asked::AddPortal(a.into(), b.into(), kind.into()),
            Command::RemovePortal { portal } => Asked::RemovePortal(self.portal(portal)?),
            Command::RevealPortal { portal } => Asked::RevealPortal(self.portal(portal)?),
            Command::AddLights { lights } => {
                Asked::AddLights(lights.into_iter().map(new_light).collect::<Result<_, Refusal>>()?)
            }
            Command::EditLights { lights, change } => {
                Asked::EditLights(self.lights(lights)?, light_change(change)?)
            }
            Command::RemoveLights { lights } => Asked::RemoveLights(self.lights(lights)?),
            Command::PaintFog { stage, shape, cover } => {
                Asked::PaintFog(stage.into(), self::shape(shape)?, cover.into())
            }
            Command::CoverAreas { stage, areas, cover } => {
                Asked::CoverAreas(stage.into(), self.areas(areas)?, cover.into())
            }
            Command::AddArea { name, points } => Asked::AddArea(Name::parse(&name)?, self::points(points)),
            Command::EditArea { area, name, points: corners } => {
                let change = AreaChange { name: optional_name(name)?, polygon: corners.map(self::points) };
                Asked::EditArea(self.area(area)?, change)
            }
            Command::RemoveAreas { areas } => Asked::RemoveAreas(self.areas(areas)?),
            Command::PrepareFog {} => Asked::PrepareFog,
            Command::PushFog {} => Asked::PushFog,
            Command::DiscardFog {} => Asked::DiscardFog,
            Command::AddDrawing { shape, color, width, filled, shown } => {
                let (shape, width) = (drawn(shape)?, line_width(width)?);
                Asked::AddDrawing(NewDrawing { shape, color, width, filled, shown: shown.into() })
            }
            Command::EditDrawings { drawings, change } => {
                Asked::EditDrawings(self.drawings(drawings)?, drawing_change(change)?)
            }
            Command::RemoveDrawings { drawings } => Asked::RemoveDrawings(self.drawings(drawings)?),
            Command::ForgetMemory { seat } => {
                Asked::ForgetMemory(seat.map(|seat| self.seat(seat)).transpose()?)
            }
            Command::PreviewMove { moves } => Asked::PreviewMove(self.moves(moves)?),
            Command::Admit { seat, into } => {
                Asked::Admit(self.seat(seat)?, into.map(|seat| self.seat(seat)).transpose()?)
            }
            Command::Kick { seat } => Asked::Kick(self.seat(seat)?),
            Command::Ban { seat } => Asked::Ban(self.seat(seat)?),
            Command::Unban { seat } => Asked::Unban(self.seat(seat)?),
            Command::EditSeat { seat, name, color } => {
                let name = name.map(|name| Name::of_person(&name)).transpose()?;
                Asked::EditSeat(self.seat(seat)?, name, color)
            }
            Command::EditTable {
                name,
                walk_in,
                shared_sight,
                player_undo,
                padded_timing,
                paused,
                players_draw,
            } => {
                let name = optional_name(name)?;
                Asked::EditTable(TableChange {
                    name,
                    walk_in,
                    shared_sight,
                    player_undo,
                    padded_timing,
                    paused,
                    players_draw,
                })
            }
            Command::RenewInvite {} => Asked::RenewInvite,
        })
    }

    fn tokens(&self, handles: Vec<Handle>) -> Result<Vec<TokenId>, Refusal> {
        handles.into_iter().map(|handle| self.token(handle)).collect()
    }

    fn moves(&self, moves: Vec<wire::TokenMove>) -> Result<Vec<(TokenId, Vec<Point>)>, Refusal> {
        moves.into_iter().map(|walk| Ok((self.token(walk.token)?, points(walk.path)))).collect()
    }

    fn areas(&self, handles: Vec<Handle>) -> Result<Vec<AreaId>, Refusal> {
        handles.into_iter().map(|handle| self.area(handle)).collect()
    }

    fn drawings(&self, handles: Vec<Handle>) -> Result<Vec<DrawingId>, Refusal> {
        handles.into_iter().map(|handle| self.drawing(handle)).collect()
    }

    fn lights(&self, handles: Vec<Handle>) -> Result<Vec<LightId>, Refusal> {
        handles.into_iter().map(|handle| self.light(handle)).collect()
    }

    fn change(&self, change: TokenChange) -> Result<command::TokenChange, Refusal> {
        let name = match change.name.as_deref().map(str::trim) {
            None => None,
            Some("") => Some(None),
            Some(name) => Some(Some(Name::parse(name)?)),
        };
        let picture = match change.picture {
            None => None,
            Some(0) => Some(None),
            Some(handle) => Some(Some(self.picture(handle)?)),
        };
        let too_long = Refusal::OutOfRange { what: "a token's size in cells", min: 0, max: 20 };
        let size = change.size.map(|size| length_units(size).ok_or(too_long)).transpose()?;
        let owners = change.owners.map(|owners| owners.into_iter().map(|owner| self.seat(owner)).collect());
        Ok(command::TokenChange {
            name,
            name_shown: change.name_shown,
            size,
            rotation: change.rotation.map(turn).transpose()?,
            hidden: change.hidden,
            layer: change.layer.map(Into::into),
            owners: owners.transpose()?,
            picture,
            color: change.color,
            senses: change.senses.map(senses).transpose()?,
            emission: change.emission.map(emission).transpose()?,
        })
    }
}

fn shape(shape: wire::FogShape) -> Result<Shape, Refusal> {
    Ok(match shape {
        wire::FogShape::Polygon { points } => Shape::Polygon(self::points(points)),
        wire::FogShape::Rectangle { a, b } => Shape::Rectangle(a.into(), b.into()),
        wire::FogShape::Brush { points, radius } => {
            let radius = length(radius, "the radius of the brush, in cells", limits::BRUSH_CELLS_MAX)?;
            Shape::Brush(self::points(points), radius)
        }
    })
}

fn drawn(shape: wire::DrawnShape) -> Result<event::DrawnShape, Refusal> {
    Ok(match shape {
        wire::DrawnShape::Line { points } => event::DrawnShape::Line { points: self::points(points) },
        wire::DrawnShape::Polygon { points } => event::DrawnShape::Polygon { points: self::points(points) },
        wire::DrawnShape::Rectangle { a, b } => event::DrawnShape::Rectangle { a: a.into(), b: b.into() },
        wire::DrawnShape::Circle { middle, radius } => {
            let radius = length(radius, "the radius of a circle, in cells", limits::CIRCLE_CELLS_MAX)?;
            event::DrawnShape::Circle { middle: middle.into(), radius }
        }
        wire::DrawnShape::Note { at, text } => {
            event::DrawnShape::Note { at: at.into(), text: Words::parse(&text)?.into() }
        }
    })
}

fn drawing_change(change: wire::DrawingChange) -> Result<command::DrawingChange, Refusal> {
    Ok(command::DrawingChange {
        by: change.by.map(Into::into),
        color: change.color,
        width: change.width.map(line_width).transpose()?,
        filled: change.filled,
        shown: change.shown.map(Into::into),
        text: change.text.map(|text| Words::parse(&text)).transpose()?,
    })
}

fn line_width(width: u32) -> Result<i32, Refusal> {
    length(width, "the width of a line, in cells", limits::DRAWING_WIDTH_CELLS_MAX)
}

fn points(wire: Vec<crate::At>) -> Vec<Point> {
    wire.into_iter().map(Point::from).collect()
}

fn new_light(new: wire::NewLight) -> Result<command::NewLight, Refusal> {
    Ok(command::NewLight { at: new.at.into(), glow: glow(new.glow)?, on: new.on })
}

fn light_change(change: wire::LightChange) -> Result<command::LightChange, Refusal> {
    Ok(command::LightChange {
        at: change.at.map(Into::into),
        bright: change.bright.map(light_reach).transpose()?,
        dim: change.dim.map(light_reach).transpose()?,
        color: change.color,
        cone: change.cone.map(cone).transpose()?,
        on: change.on,
    })
}

fn emission(carried: wire::Glow) -> Result<Option<event::Glow>, Refusal> {
    let glow = glow(carried)?;
    Ok((glow.bright.max(glow.dim) > 0).then_some(glow))
}

fn glow(glow: wire::Glow) -> Result<event::Glow, Refusal> {
    Ok(event::Glow {
        bright: light_reach(glow.bright)?,
        dim: light_reach(glow.dim)?,
        color: glow.color,
        cone: glow.cone.map(cone).transpose()?.flatten(),
    })
}

/// A cone of 180 degrees to each side is no cone, wherever it points.
fn cone(cone: wire::Cone) -> Result<Option<event::Cone>, Refusal> {
    let wire::Cone { direction, half_angle } = cone;
    let direction = degrees(direction, "the direction of a light's cone, in degrees")?;
    Ok((half_angle != 180).then_some(event::Cone { direction, half_angle }))
}

fn turn(rotation: u32) -> Result<u32, Refusal> {
    degrees(rotation, "where a token faces, in degrees")
}

fn degrees(wire: u32, what: &'static str) -> Result<u32, Refusal> {
    if wire < 360 { Ok(wire) } else { Err(Refusal::OutOfRange { what, min: 0, max: 359 }) }
}

fn senses(senses: wire::Senses) -> Result<event::Senses, Refusal> {
    let reach = |wire| length(wire, "how far a token perceives, in cells", limits::SENSE_CELLS_MAX);
    Ok(event::Senses {
        sight_range: senses.sight_range.map(reach).transpose()?,
        darkvision: reach(senses.darkvision)?,
        tremorsense: reach(senses.tremorsense)?,
        blind: senses.blind,
    })
}

fn light_reach(wire: u32) -> Result<i32, Refusal> {
    length(wire, "how far a light shines, in cells", limits::LIGHT_CELLS_MAX)
}

/// Lengths that no number of units can hold are refused here, the others where they are decided.
fn length(wire: u32, what: &'static str, max: i32) -> Result<i32, Refusal> {
    length_units(wire).ok_or(Refusal::OutOfRange { what, min: 0, max: max.into() })
}

fn optional_name(name: Option<String>) -> Result<Option<Name>, Refusal> {
    Ok(name.map(|name| Name::parse(&name)).transpose()?)
}
