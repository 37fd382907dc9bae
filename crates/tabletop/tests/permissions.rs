//! Who may ask for what, as a table in a file that a reviewer reads.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod world;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use tabletop::command::{
    AreaChange, Command, DrawingChange, LightChange, NewDrawing, NewScene, SceneChange, Shape, TableChange,
    TokenChange,
};
use tabletop::event::{
    Cover, DrawnShape, FogStage, Glow, Grid, PortalKind, PortalState, Role, Senses, Shown, WallKind,
};
use tabletop::geometry::Point;
use tabletop::id::{AreaId, DrawingId, LightId, PortalId, SceneId, SeatId, TokenId, WallId};
use tabletop::permission::{authorize, may_drag, may_mirror, may_point};
use world::{MASTER, World, name, quarters};

/// Set to write the file anew.
const UPDATE: &str = "UPDATE";

struct Asker {
    column: &'static str,
    seat: SeatId,
}

fn turn() -> TokenChange {
    TokenChange { rotation: Some(90), ..TokenChange::default() }
}

fn rename() -> TokenChange {
    TokenChange { name: Some(Some(name("Ogre"))), ..TokenChange::default() }
}

fn drawing(shown: Shown) -> NewDrawing {
    let shape = DrawnShape::Circle { middle: quarters(8, 8), radius: 1 << 16 };
    NewDrawing { shape, color: 0xe8_a33d, width: 1 << 13, filled: false, shown }
}

fn recolor() -> DrawingChange {
    DrawingChange { color: Some(0), ..DrawingChange::default() }
}

fn hide() -> DrawingChange {
    DrawingChange { shown: Some(Shown::Masters), ..DrawingChange::default() }
}

fn senses() -> TokenChange {
    let senses = Senses { darkvision: 1 << 20, ..Senses::default() };
    TokenChange { senses: Some(senses), ..TokenChange::default() }
}

fn torch() -> TokenChange {
    let glow = Glow { bright: 1 << 18, dim: 1 << 19, color: 0xff_c58f, cone: None };
    TokenChange { emission: Some(Some(glow)), ..TokenChange::default() }
}

/// Every kind of command, with the cases that rights tell apart. A new command does not compile until it is here.
fn commands(own: TokenId, other: TokenId, ada: SeatId, bo: SeatId) -> Vec<(&'static str, Command)> {
    let at = quarters(4, 4);
    let (mine, others) = (DrawingId(0), DrawingId(1));
    let scene = NewScene {
        name: name("A scene"),
        size: at,
        grid: Grid::default(),
        picture: None,
        walls: Vec::new(),
        portals: Vec::new(),
        lights: Vec::new(),
    };
    let all = vec![
        ("move own token", Command::MoveTokens(vec![(own, vec![at])])),
        ("move another's token", Command::MoveTokens(vec![(other, vec![at])])),
        ("move both", Command::MoveTokens(vec![(own, vec![at]), (other, vec![at])])),
        ("place a token", Command::PlaceToken(at, TokenChange::default())),
        ("turn own token", Command::EditTokens(vec![own], turn())),
        ("turn another's token", Command::EditTokens(vec![other], turn())),
        ("rename own token", Command::EditTokens(vec![own], rename())),
        ("copy own token", Command::CopyTokens(vec![own], at)),
        ("remove own token", Command::RemoveTokens(vec![own])),
        ("aim at own token", Command::Target(vec![own])),
        ("aim at another's token", Command::Target(vec![other])),
        ("undo", Command::Undo),
        ("redo", Command::Redo),
        ("open a door", Command::SetPortal(PortalId(0), PortalState::Open)),
        ("speak", Command::Say("hello".to_owned(), None)),
        ("speak as own token", Command::Say("hello".to_owned(), Some(own))),
        ("speak as another's token", Command::Say("hello".to_owned(), Some(other))),
        ("add a scene", Command::AddScene(name("A scene"), [4, 4])),
        ("import a scene", Command::ImportScene(Box::new(scene))),
        ("edit a scene", Command::EditScene(SceneId(0), SceneChange::default())),
        ("remove a scene", Command::RemoveScene(SceneId(0))),
        ("show a scene", Command::ShowScene(SceneId(0))),
        ("open a scene", Command::OpenScene(SceneId(0))),
        ("draw walls", Command::AddWalls(vec![(at, Point::default(), WallKind::Wall)])),
        ("remove walls", Command::RemoveWalls(vec![WallId(0)])),
        ("put in a door", Command::AddPortal(at, Point::default(), PortalKind::Door)),
        ("remove a door", Command::RemovePortal(PortalId(0))),
        ("reveal a secret door", Command::RevealPortal(PortalId(0))),
        ("place lights", Command::AddLights(Vec::new())),
        ("edit lights", Command::EditLights(vec![LightId(0)], LightChange::default())),
        ("remove lights", Command::RemoveLights(vec![LightId(0)])),
        ("let own token see in the dark", Command::EditTokens(vec![own], senses())),
        ("give own token a torch", Command::EditTokens(vec![own], torch())),
        ("show or hide by hand", Command::PaintFog(FogStage::Live, Shape::Rectangle(at, at), Cover::Veiled)),
        ("show or hide an area", Command::CoverAreas(FogStage::Draft, vec![AreaId(0)], Cover::Revealed)),
        ("name an area", Command::AddArea(name("Crypt"), vec![at])),
        ("edit an area", Command::EditArea(AreaId(0), AreaChange::default())),
        ("remove an area", Command::RemoveAreas(vec![AreaId(0)])),
        ("prepare fog", Command::PrepareFog),
        ("push fog", Command::PushFog),
        ("discard fog", Command::DiscardFog),
        ("draw for everyone", Command::AddDrawing(drawing(Shown::Everyone))),
        ("draw in secret", Command::AddDrawing(drawing(Shown::Masters))),
        ("recolour own drawing", Command::EditDrawings(vec![mine], recolor())),
        ("recolour another's drawing", Command::EditDrawings(vec![others], recolor())),
        ("hide own drawing", Command::EditDrawings(vec![mine], hide())),
        ("wipe own drawing away", Command::RemoveDrawings(vec![mine])),
        ("wipe another's drawing away", Command::RemoveDrawings(vec![others])),
        ("let all forget", Command::ForgetMemory(None)),
        ("preview a move", Command::PreviewMove(vec![(own, vec![at])])),
        ("admit", Command::Admit(bo, None)),
        ("kick", Command::Kick(bo)),
        ("ban", Command::Ban(bo)),
        ("unban", Command::Unban(bo)),
        ("rename oneself", Command::EditSeat(ada, Some(name("Ada")), None)),
        ("rename somebody else", Command::EditSeat(bo, Some(name("Bob")), None)),
        ("edit the table", Command::EditTable(TableChange::default())),
        ("renew the invite", Command::RenewInvite),
    ];
    let seen: BTreeSet<_> = all.iter().map(|(_, command)| kind(command)).collect();
    assert_eq!(seen, KINDS.iter().copied().collect(), "each kind of command has a row");
    all
}

/// Names every kind of command, and does not compile where one is left out.
macro_rules! kinds {
    ($($kind:ident),+ $(,)?) => {
        const KINDS: &[&str] = &[$(stringify!($kind)),+];

        fn kind(command: &Command) -> &'static str {
            match command {
                $(Command::$kind { .. } => stringify!($kind)),+
            }
        }
    };
}

kinds!(
    MoveTokens,
    PlaceToken,
    EditTokens,
    CopyTokens,
    RemoveTokens,
    Target,
    Undo,
    Redo,
    SetPortal,
    Say,
    AddScene,
    ImportScene,
    EditScene,
    RemoveScene,
    ShowScene,
    OpenScene,
    AddWalls,
    RemoveWalls,
    AddPortal,
    RemovePortal,
    RevealPortal,
    AddLights,
    EditLights,
    RemoveLights,
    PaintFog,
    CoverAreas,
    AddArea,
    EditArea,
    RemoveAreas,
    PrepareFog,
    PushFog,
    DiscardFog,
    AddDrawing,
    EditDrawings,
    RemoveDrawings,
    ForgetMemory,
    PreviewMove,
    Admit,
    Kick,
    Ban,
    Unban,
    EditSeat,
    EditTable,
    RenewInvite,
);

fn matrix() -> String {
    let mut world = World::new();
    world.must(MASTER, Command::AddScene(name("Hall"), [12, 12]));
    let ada = world.seat("Ada", Role::Player);
    let sue = world.seat("Sue", Role::Spectator);
    let knocks = world.knock("Kay", Role::Player);
    let banned = world.seat("Max", Role::Player);
    let bo = world.seat("Bo", Role::Player);
    world.must(MASTER, Command::Ban(banned));
    for seat in [ada, bo] {
        world.must(seat, Command::AddDrawing(drawing(Shown::Everyone)));
    }
    let own = world.token(quarters(8, 8), &[ada, sue, knocks, banned]);
    let other = world.token(quarters(12, 12), &[bo]);
    let askers = [
        Asker { column: "GM", seat: MASTER },
        Asker { column: "player", seat: ada },
        Asker { column: "spectator", seat: sue },
        Asker { column: "knocking", seat: knocks },
        Asker { column: "banned", seat: banned },
        Asker { column: "nobody", seat: SeatId(99) },
    ];
    let mut text =
        String::from("# Who may ask for what. Each line: the command, then an answer for each seat.\n");
    let mut row = |label: &str, answers: Vec<String>| {
        let answers: String = answers.iter().map(|answer| format!(" | {answer:<12}")).collect();
        writeln!(text, "{}", format!("{label:<26}{answers}").trim_end()).expect("a string takes all");
    };
    row("", askers.iter().map(|asker| asker.column.to_owned()).collect());
    for (label, command) in commands(own, other, ada, bo) {
        let answer = |asker: &Asker| {
            let command = match command.clone() {
                Command::EditSeat(seat, name, color) if seat == ada => {
                    Command::EditSeat(asker.seat, name, color)
                }
                command => command,
            };
            match authorize(&world.table, asker.seat, command) {
                Ok(_) => "yes".to_owned(),
                Err(refusal) => format!("{refusal:?}"),
            }
        };
        row(label, askers.iter().map(answer).collect());
    }
    let yes = |may: bool| if may { "yes" } else { "no" }.to_owned();
    row("drag own token", askers.iter().map(|asker| yes(may_drag(&world.table, asker.seat, own))).collect());
    row(
        "drag another's token",
        askers.iter().map(|asker| yes(may_drag(&world.table, asker.seat, other))).collect(),
    );
    row(
        "look as a player",
        askers.iter().map(|asker| yes(may_mirror(&world.table, asker.seat, bo))).collect(),
    );
    row("point", askers.iter().map(|asker| yes(may_point(&world.table, asker.seat, false))).collect());
    row(
        "pull everybody's view",
        askers.iter().map(|asker| yes(may_point(&world.table, asker.seat, true))).collect(),
    );
    // In a pause.
    world.must(MASTER, Command::EditTable(TableChange { paused: Some(true), ..TableChange::default() }));
    let at = quarters(4, 4);
    for (label, command) in [
        ("paused: move own token", Command::MoveTokens(vec![(own, vec![at])])),
        ("paused: turn own token", Command::EditTokens(vec![own], turn())),
        ("paused: open a door", Command::SetPortal(PortalId(0), PortalState::Open)),
        ("paused: undo", Command::Undo),
        ("paused: speak", Command::Say("hello".to_owned(), None)),
        ("paused: go on", Command::EditTable(TableChange { paused: Some(false), ..TableChange::default() })),
    ] {
        let answer = |asker: &Asker| match authorize(&world.table, asker.seat, command.clone()) {
            Ok(_) => "yes".to_owned(),
            Err(refusal) => format!("{refusal:?}"),
        };
        row(label, askers.iter().map(answer).collect());
    }
    let drags = |asker: &Asker| yes(may_drag(&world.table, asker.seat, own));
    row("paused: drag own token", askers.iter().map(drags).collect());
    text
}

#[test]
fn the_matrix_of_roles_and_commands_is_the_one_that_was_reviewed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/permission_matrix.txt");
    let matrix = matrix();
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(path, &matrix).expect("the file can be written");
    }
    let reviewed = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(matrix, reviewed, "rights changed: read the difference, then run with {UPDATE}=1");
}

#[test]
fn only_a_game_master_may_ask_for_what_changes_the_world() {
    for line in matrix().lines().skip(2) {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let [label, master, player, spectator, others @ ..] = cells.as_slice() else { panic!("{line}") };
        assert_eq!(*master, "yes", "{label}");
        assert!(others.iter().all(|answer| *answer != "yes"), "{label}: nobody outside may");
        let own_affairs =
            ["own", "aim", "draw for everyone", "open a door", "speak", "undo", "redo", "oneself", "point"];
        if *player == "yes" {
            assert!(own_affairs.iter().any(|own| label.contains(own)), "a player may {label}");
        }
        if *spectator == "yes" {
            assert_eq!(*label, "rename oneself", "a spectator may do nothing else");
        }
    }
}
