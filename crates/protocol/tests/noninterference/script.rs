//! What the worlds do: the script that both follow, and each one's secrets.

use proptest::prelude::*;
use tabletop::command::{LightChange, Shape};
use tabletop::event::{Ambience, Cone, Cover, DrawnShape, Glow, PortalKind, Senses, WallKind};
use tabletop::geometry::{CELL, Point};

use crate::world::quarters;

/// What everybody may know of.
#[derive(Clone, Debug)]
pub(crate) enum Public {
    /// The player walks; walls may stop them.
    Walk(Vec<Point>),
    /// The game master moves a figure in the player's half.
    Move(Point),
    Say(usize, usize),
    Door(bool),
    Undo,
    /// Taken back and done again.
    Redo,
    /// A newcomer is admitted.
    Come,
    /// A newcomer is sent away, for good or not; who was banned may come again.
    Go(bool),
    /// Somebody else's colour changes.
    Recolor(u32),
    /// Everybody is brought to an inn and back.
    Excursion,
    /// The player leaves and returns.
    Reload,
    SharedSight(bool),
    /// Night falls, or day breaks.
    Ambience(Ambience),
    /// The lamp in the player's half is switched, moved or made to shine elsewhere.
    Lamp(LightChange),
    /// At once, and taken back.
    LampAndBack(LightChange),
    /// Somebody in the player's half takes a torch or puts it away.
    Torch(usize, bool),
    /// The player's own senses change.
    Senses(Senses),
    /// The game master shows or hides a part of the player's half, at once or prepared and then pushed.
    Fog(Shape, Cover, bool),
    /// At once, and taken back.
    FogAndBack(Shape, Cover),
    Forget(bool),
    /// The player or the other one aims at tokens of the player's half.
    Aim(bool, [bool; 3]),
    /// Somebody draws, a game master for those who remember the place; sometimes it is taken back at once.
    Draw(usize, DrawnShape),
    /// The player moves their last drawing, or wipes it away.
    Redraw(Point, bool),
}

/// What the player may not know of.
#[derive(Clone, Debug)]
pub(crate) enum Secret {
    /// In the vault, which nobody sees into.
    PlaceInVault(Point),
    MoveInVault(usize, Point),
    WallInVault(Point, Point, WallKind),
    DoorInVault(Point, Point, PortalKind),
    /// A piece of a wall in sight is a secret door instead, of the same place; or is a wall again.
    SwapWallForDoor(bool),
    RevealInVault(usize),
    OpenInVault(usize),
    /// Anywhere, but hidden or on the game master's layer.
    PlaceHidden(Point, bool),
    MoveHidden(usize, Point),
    RenameHidden(usize),
    CopyHidden(usize),
    /// The game master aims at somebody hidden and at somebody in the vault.
    Aim(usize),
    /// The game master draws for game masters, anywhere.
    Draw(DrawnShape),
    /// In the vault, for those who remember it.
    DrawInVault(Point, Point),
    /// A drawing for game masters is recoloured or wiped away.
    Redraw(bool),
    RemoveHidden(usize),
    /// On another scene.
    Elsewhere(usize),
    /// Lines that the player does not hear.
    Aside(usize),
    Knock,
    /// Whoever knocks is called something else, sent away, or banned and let off again.
    AtTheDoor(u8),
    RenewInvite,
    DragHidden(usize, Point),
    /// In the vault, whose walls let no light out.
    LightInVault(Point, Glow),
    SwitchInVault(usize, bool),
    RemoveLightInVault(usize),
    TorchInVault(usize, Glow),
    /// In the nook, where nobody sees, beside the lamp that shines from it into the hall.
    WallInNook(Point, Point),
    PlaceInNook(Point),
    /// A light that shines nowhere since it is off, or since its bearer is hidden.
    LightOff(Point, Glow),
    TorchHidden(usize, Glow),
    /// What somebody else than the player's party perceives.
    SensesOf(usize, Senses),
    /// Hidden by hand where nobody sees or remembers anything, or no longer.
    FogInVault(Point, Point, bool),
    /// Anywhere, but only prepared.
    Prepare(Shape, Cover),
    Discard,
    /// Named areas, wherever they are.
    NameArea(Vec<Point>),
    RenameArea(usize),
    RemoveArea(usize),
    /// Named areas are shown or hidden in what is prepared.
    PrepareArea(usize, Cover),
    /// Which areas a move would show.
    Preview(Point),
    /// In the alcove, which is veiled.
    PlaceInAlcove(Point),
    MoveInAlcove(usize, Point),
    /// The game master looks as the player or as another.
    LookAs(bool),
    LookAway,
}

/// Lines of the player, the other player and the game master that all may hear; rolls among them.
pub(crate) const LINES: [&str; 4] = ["hello", "/r 2d6+1", "I try [[1d20+5]]", "/me waits"];

/// What is not for the player, by the game master or by the other player.
pub(crate) const ASIDES: [(bool, &str); 6] = [
    (true, "/w Bo the chest is trapped"),
    (true, "/gmroll 3d20"),
    (true, "/selfroll 1d100"),
    (false, "/gmroll 1d20+2"),
    (false, "/selfroll 2d6"),
    (false, "/w Gia I pocket the ring"),
];

pub(crate) fn half() -> impl Strategy<Value = Point> {
    (2..=38, 2..=46).prop_map(|(x, y)| quarters(x, y))
}

pub(crate) fn vault() -> impl Strategy<Value = Point> {
    (50..=74, 6..=42).prop_map(|(x, y)| quarters(x, y))
}

/// Ends of walls in the vault, which may touch its own walls from within.
pub(crate) fn vault_wall() -> impl Strategy<Value = Point> {
    (48..=76, 4..=44).prop_map(|(x, y)| quarters(x, y))
}

/// The left arm of the nook: nobody sees it, but the lamp at its mouth shines into it and out into the hall.
pub(crate) fn nook() -> impl Strategy<Value = Point> {
    (2..=14, 45..=47).prop_map(|(x, y)| quarters(x, y))
}

/// A corner of the player's half that is veiled from the start, if it is at all.
pub(crate) fn alcove() -> impl Strategy<Value = Point> {
    (29..=39, 29..=39).prop_map(|(x, y)| quarters(x, y))
}

/// The rest of the player's half, where fog is no secret.
pub(crate) fn fog_shape() -> impl Strategy<Value = Shape> {
    let place = || (0..=40, 0..=26).prop_map(|(x, y)| quarters(x, y));
    prop_oneof![
        2 => (place(), place()).prop_map(|(a, b)| Shape::Rectangle(a, b)),
        1 => prop::collection::vec(place(), 3..6).prop_map(Shape::Polygon),
    ]
}

pub(crate) fn drawn_shape() -> impl Strategy<Value = DrawnShape> {
    let points = |least| prop::collection::vec(anywhere(), least..5);
    prop_oneof![
        points(2).prop_map(|points| DrawnShape::Line { points }),
        points(3).prop_map(|points| DrawnShape::Polygon { points }),
        (anywhere(), anywhere()).prop_map(|(a, b)| DrawnShape::Rectangle { a, b }),
        (anywhere(), 1..8_i32)
            .prop_map(|(middle, radius)| DrawnShape::Circle { middle, radius: radius * CELL / 2 }),
        anywhere().prop_map(|at| DrawnShape::Note { at, text: "a **trap**".to_owned() }),
    ]
}

pub(crate) fn any_shape() -> impl Strategy<Value = Shape> {
    let brush = (prop::collection::vec(anywhere(), 1..4), 1..8_i32);
    prop_oneof![
        (anywhere(), anywhere()).prop_map(|(a, b)| Shape::Rectangle(a, b)),
        brush.prop_map(|(way, radius)| Shape::Brush(way, radius * CELL / 2)),
    ]
}

pub(crate) fn cover() -> impl Strategy<Value = Cover> {
    prop_oneof![1 => Just(Cover::Open), 1 => Just(Cover::Revealed), 2 => Just(Cover::Veiled)]
}

pub(crate) fn anywhere() -> impl Strategy<Value = Point> {
    (0..=80, 0..=48).prop_map(|(x, y)| quarters(x, y))
}

pub(crate) fn reach() -> impl Strategy<Value = i32> {
    (0..=24).prop_map(|halves| halves * CELL / 2)
}

pub(crate) fn glow() -> impl Strategy<Value = Glow> {
    let cone = (0..360_u32, 1..180_u32);
    let cone = prop::option::of(cone.prop_map(|(direction, half_angle)| Cone { direction, half_angle }));
    (reach(), reach(), cone).prop_map(|(bright, dim, cone)| Glow { bright, dim, color: 0xff_c58f, cone })
}

pub(crate) fn senses() -> impl Strategy<Value = Senses> {
    (prop::option::of(reach()), reach(), 0..=1, any::<u8>()).prop_map(
        |(sight_range, darkvision, tremorsense, blind)| Senses {
            sight_range,
            darkvision,
            // Not so far that somebody in the vault, whose doings are secret here, is felt from outside.
            tremorsense: tremorsense * CELL / 2,
            blind: blind < 32,
        },
    )
}

pub(crate) fn ambience() -> impl Strategy<Value = Ambience> {
    prop_oneof![1 => Just(Ambience::Bright), 1 => Just(Ambience::Dim), 3 => Just(Ambience::Dark)]
}

pub(crate) fn lamp() -> impl Strategy<Value = LightChange> {
    prop_oneof![
        any::<bool>().prop_map(|on| LightChange { on: Some(on), ..LightChange::default() }),
        half().prop_map(|at| LightChange { at: Some(at), ..LightChange::default() }),
        reach().prop_map(|dim| LightChange { dim: Some(dim), ..LightChange::default() }),
    ]
}

pub(crate) fn public() -> impl Strategy<Value = Public> {
    prop_oneof![
        2 => ambience().prop_map(Public::Ambience),
        2 => lamp().prop_map(Public::Lamp),
        1 => lamp().prop_map(Public::LampAndBack),
        2 => (0..3_usize, any::<bool>()).prop_map(|(who, lit)| Public::Torch(who, lit)),
        2 => senses().prop_map(Public::Senses),
        6 => prop::collection::vec(anywhere(), 1..4).prop_map(Public::Walk),
        4 => half().prop_map(Public::Move),
        3 => (0..3_usize, 0..LINES.len()).prop_map(|(who, line)| Public::Say(who, line)),
        2 => any::<bool>().prop_map(Public::Door),
        3 => (fog_shape(), cover(), any::<bool>())
            .prop_map(|(shape, cover, pushed)| Public::Fog(shape, cover, pushed)),
        1 => (fog_shape(), cover()).prop_map(|(shape, cover)| Public::FogAndBack(shape, cover)),
        1 => any::<bool>().prop_map(Public::Forget),
        3 => (0..8_usize, drawn_shape()).prop_map(|(who, shape)| Public::Draw(who, shape)),
        1 => (half(), any::<bool>()).prop_map(|(by, wipe)| Public::Redraw(by, wipe)),
        2 => (any::<bool>(), any::<[bool; 3]>()).prop_map(|(is_players, aims)| Public::Aim(is_players, aims)),
        1 => Just(Public::Undo),
        1 => Just(Public::Redo),
        1 => Just(Public::Come),
        1 => any::<bool>().prop_map(Public::Go),
        1 => (0..0x0100_0000_u32).prop_map(Public::Recolor),
        1 => Just(Public::Excursion),
        1 => Just(Public::Reload),
        1 => any::<bool>().prop_map(Public::SharedSight),
    ]
}

pub(crate) fn secret() -> impl Strategy<Value = Secret> {
    prop_oneof![
        vault().prop_map(Secret::PlaceInVault),
        (any::<usize>(), vault()).prop_map(|(token, to)| Secret::MoveInVault(token, to)),
        (vault_wall(), vault_wall(), wall_kind()).prop_map(|(a, b, kind)| Secret::WallInVault(a, b, kind)),
        (vault(), vault(), portal_kind()).prop_map(|(a, b, kind)| Secret::DoorInVault(a, b, kind)),
        any::<bool>().prop_map(Secret::SwapWallForDoor),
        any::<usize>().prop_map(Secret::RevealInVault),
        any::<usize>().prop_map(Secret::OpenInVault),
        (anywhere(), any::<bool>()).prop_map(|(at, layer)| Secret::PlaceHidden(at, layer)),
        (any::<usize>(), anywhere()).prop_map(|(token, to)| Secret::MoveHidden(token, to)),
        any::<usize>().prop_map(Secret::RenameHidden),
        any::<usize>().prop_map(Secret::CopyHidden),
        any::<usize>().prop_map(Secret::Aim),
        drawn_shape().prop_map(Secret::Draw),
        (vault(), vault()).prop_map(|(a, b)| Secret::DrawInVault(a, b)),
        any::<bool>().prop_map(Secret::Redraw),
        any::<usize>().prop_map(Secret::RemoveHidden),
        (0..8_usize).prop_map(Secret::Elsewhere),
        (0..ASIDES.len()).prop_map(Secret::Aside),
        Just(Secret::Knock),
        (0..4_u8).prop_map(Secret::AtTheDoor),
        Just(Secret::RenewInvite),
        (any::<usize>(), anywhere()).prop_map(|(token, to)| Secret::DragHidden(token, to)),
        (vault(), glow()).prop_map(|(at, glow)| Secret::LightInVault(at, glow)),
        (any::<usize>(), any::<bool>()).prop_map(|(light, on)| Secret::SwitchInVault(light, on)),
        any::<usize>().prop_map(Secret::RemoveLightInVault),
        (any::<usize>(), glow()).prop_map(|(token, glow)| Secret::TorchInVault(token, glow)),
        (nook(), nook()).prop_map(|(a, b)| Secret::WallInNook(a, b)),
        nook().prop_map(Secret::PlaceInNook),
        (anywhere(), glow()).prop_map(|(at, glow)| Secret::LightOff(at, glow)),
        (any::<usize>(), glow()).prop_map(|(token, glow)| Secret::TorchHidden(token, glow)),
        (any::<usize>(), senses()).prop_map(|(token, senses)| Secret::SensesOf(token, senses)),
        (vault_wall(), vault_wall(), any::<bool>()).prop_map(|(a, b, hide)| Secret::FogInVault(a, b, hide)),
        (any_shape(), cover()).prop_map(|(shape, cover)| Secret::Prepare(shape, cover)),
        Just(Secret::Discard),
        prop::collection::vec(anywhere(), 3..6).prop_map(Secret::NameArea),
        any::<usize>().prop_map(Secret::RenameArea),
        any::<usize>().prop_map(Secret::RemoveArea),
        (any::<usize>(), cover()).prop_map(|(area, cover)| Secret::PrepareArea(area, cover)),
        anywhere().prop_map(Secret::Preview),
        alcove().prop_map(Secret::PlaceInAlcove),
        any::<bool>().prop_map(Secret::LookAs),
        Just(Secret::LookAway),
        (any::<usize>(), alcove()).prop_map(|(token, to)| Secret::MoveInAlcove(token, to)),
    ]
}

pub(crate) fn wall_kind() -> impl Strategy<Value = WallKind> {
    prop_oneof![Just(WallKind::Wall), Just(WallKind::Object), Just(WallKind::Barrier), Just(WallKind::OneWay),]
}

pub(crate) fn portal_kind() -> impl Strategy<Value = PortalKind> {
    prop_oneof![Just(PortalKind::Door), Just(PortalKind::SecretDoor), Just(PortalKind::Window)]
}

/// A step of the script: what each world does in secret, then what both do.
pub(crate) type Steps = Vec<(Vec<Secret>, Vec<Secret>, Public)>;

pub(crate) fn steps() -> impl Strategy<Value = Steps> {
    let secrets = || prop::collection::vec(secret(), 0..4);
    prop::collection::vec((secrets(), secrets(), public()), 1..12)
}
