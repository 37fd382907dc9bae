//! One example of every frame and command, for both sides' tests and for the documentation.

use crate::client_frame::*;
use crate::server_frame::*;
use crate::units::At;

fn at(x: i32, y: i32) -> At {
    At::from(tabletop::geometry::Point::new(x * 256, y * 256))
}

fn grid() -> Grid {
    Grid {
        shape: GridShape::Square,
        offset: at(0, 0),
        pixels_per_cell: 70,
        unit_per_cell: 500,
        unit: "ft".to_owned(),
        diagonal: Diagonal::One,
    }
}

fn senses() -> Senses {
    Senses { sight_range: Some(15_360), darkvision: 3072, tremorsense: 1536, blind: false }
}

fn glow() -> Glow {
    let cone = Some(Cone { direction: 90, half_angle: 30 });
    Glow { bright: 1024, dim: 2048, color: 0xff_c58f, cone }
}

/// Every command once, by the word that names it.
pub fn commands() -> Vec<Command> {
    let looks = TokenChange {
        name: Some("Mira".to_owned()),
        name_shown: Some(true),
        size: Some(256),
        rotation: Some(90),
        hidden: Some(false),
        layer: Some(Layer::Token),
        owners: Some(vec![3]),
        picture: Some(12),
        color: Some(0x4f_a3e0),
        senses: Some(senses()),
        emission: Some(glow()),
    };
    let named = TokenChange { name: Some("Goblin".to_owned()), ..TokenChange::default() };
    vec![
        Command::MoveTokens { moves: vec![TokenMove { token: 7, path: vec![at(640, 896), at(1152, 896)] }] },
        Command::PlaceToken { at: at(640, 640), token: named },
        Command::EditTokens { tokens: vec![7, 8], change: looks },
        Command::CopyTokens { tokens: vec![7], by: at(256, 0) },
        Command::RemoveTokens { tokens: vec![7] },
        Command::Target { tokens: vec![8] },
        Command::Undo {},
        Command::Redo {},
        Command::SetPortal { portal: 21, state: PortalState::Open },
        Command::Say { line: "/r 2d6+3 # greatsword".to_owned(), speak_as: Some(7) },
        Command::AddScene { name: "Camp".to_owned(), size_cells: [30, 20] },
        Command::EditScene {
            scene: 5,
            name: Some("Cellar".to_owned()),
            grid: Some(grid()),
            ambience: Some(Ambience::Dark),
        },
        Command::RemoveScene { scene: 5 },
        Command::ShowScene { scene: 5 },
        Command::OpenScene { scene: 5 },
        Command::AddWalls { walls: vec![NewWall { a: at(0, 0), b: at(1024, 0), kind: WallKind::Wall }] },
        Command::RemoveWalls { walls: vec![31] },
        Command::AddPortal { a: at(256, 0), b: at(512, 0), kind: PortalKind::Door },
        Command::RemovePortal { portal: 21 },
        Command::RevealPortal { portal: 21 },
        Command::AddLights { lights: vec![NewLight { at: at(640, 640), glow: glow(), on: true }] },
        Command::EditLights {
            lights: vec![41],
            change: LightChange {
                at: Some(at(640, 896)),
                bright: Some(512),
                dim: Some(1024),
                color: Some(0xff_c58f),
                cone: Some(Cone { direction: 0, half_angle: 180 }),
                on: Some(false),
            },
        },
        Command::RemoveLights { lights: vec![41] },
        Command::PaintFog {
            stage: FogStage::Draft,
            shape: FogShape::Polygon { points: vec![at(0, 0), at(1024, 0), at(1024, 768)] },
            cover: Cover::Revealed,
        },
        Command::PaintFog {
            stage: FogStage::Live,
            shape: FogShape::Rectangle { a: at(0, 0), b: at(1024, 768) },
            cover: Cover::Open,
        },
        Command::PaintFog {
            stage: FogStage::Live,
            shape: FogShape::Brush { points: vec![at(256, 256), at(640, 256)], radius: 128 },
            cover: Cover::Veiled,
        },
        Command::CoverAreas { stage: FogStage::Live, areas: vec![61], cover: Cover::Revealed },
        Command::AddArea { name: "The crypt".to_owned(), points: vec![at(0, 0), at(1024, 0), at(1024, 768)] },
        Command::EditArea {
            area: 61,
            name: Some("The vault".to_owned()),
            points: Some(vec![at(0, 0), at(512, 0), at(512, 768)]),
        },
        Command::RemoveAreas { areas: vec![61] },
        Command::PrepareFog {},
        Command::PushFog {},
        Command::DiscardFog {},
        Command::AddDrawing {
            shape: DrawnShape::Line { points: vec![at(256, 256), at(640, 256)] },
            color: 0xe8_a33d,
            width: 24,
            filled: false,
            shown: Shown::Everyone,
        },
        Command::AddDrawing {
            shape: DrawnShape::Polygon { points: vec![at(0, 0), at(1024, 0), at(1024, 768)] },
            color: 0xe8_a33d,
            width: 24,
            filled: true,
            shown: Shown::Explored,
        },
        Command::AddDrawing {
            shape: DrawnShape::Rectangle { a: at(0, 0), b: at(1024, 768) },
            color: 0xe8_a33d,
            width: 24,
            filled: false,
            shown: Shown::Masters,
        },
        Command::AddDrawing {
            shape: DrawnShape::Circle { middle: at(640, 640), radius: 1024 },
            color: 0xe8_a33d,
            width: 24,
            filled: true,
            shown: Shown::Everyone,
        },
        Command::AddDrawing {
            shape: DrawnShape::Note { at: at(640, 640), text: "The ford\nis deep here".to_owned() },
            color: 0xfd_f6e6,
            width: 96,
            filled: false,
            shown: Shown::Explored,
        },
        Command::EditDrawings {
            drawings: vec![71],
            change: DrawingChange {
                by: Some(at(256, 0)),
                color: Some(0x4f_a3e0),
                width: Some(48),
                filled: Some(true),
                shown: Some(Shown::Everyone),
                text: Some("The ford".to_owned()),
            },
        },
        Command::RemoveDrawings { drawings: vec![71] },
        Command::ForgetMemory { seat: Some(4) },
        Command::PreviewMove { moves: vec![TokenMove { token: 7, path: vec![at(1152, 896)] }] },
        Command::Admit { seat: 4, into: None },
        Command::Kick { seat: 4 },
        Command::Ban { seat: 4 },
        Command::Unban { seat: 4 },
        Command::EditSeat { seat: 3, name: Some("Ada".to_owned()), color: Some(0x6c_bf5f) },
        Command::EditTable {
            name: Some("Friday".to_owned()),
            walk_in: Some(true),
            shared_sight: Some(false),
            player_undo: Some(true),
            padded_timing: Some(true),
            paused: Some(false),
            players_draw: Some(true),
        },
        Command::RenewInvite {},
    ]
}

/// Every frame from the client once; `command` carries the first command.
pub fn client_frames() -> Vec<ClientFrame> {
    let command = Command::Undo {};
    vec![
        ClientFrame::Hello {
            protocol: crate::PROTOCOL_VERSION,
            access: "eyJhbGciOiJSUzI1NiJ9.e30.c2ln".to_owned(),
            table: "00112233445566778899aabbccddeeff".to_owned(),
        },
        ClientFrame::Renew { access: "eyJhbGciOiJSUzI1NiJ9.e30.c2ln".to_owned() },
        ClientFrame::Command { id: "c-1".to_owned(), command },
        ClientFrame::Drag { ghosts: vec![Ghost { token: 7, at: at(700, 896) }] },
        ClientFrame::Ping { at: at(700, 896), pull: false },
        ClientFrame::Mirror { seat: Some(4) },
        ClientFrame::Ruler { points: vec![at(640, 896), at(1152, 896)] },
    ]
}

/// Every frame from the server once, the update with every field.
pub fn server_frames() -> Vec<ServerFrame> {
    vec![
        ServerFrame::Waiting { table: "The Lantern at the Ford".to_owned(), name: "Ada".to_owned() },
        ServerFrame::Update(Box::new(full_update())),
        ServerFrame::Mirrored {
            mirror: 1,
            update: Box::new(Update { seq: 2, gone: vec![9], ..Update::default() }),
        },
        ServerFrame::MirrorEnded {},
        ServerFrame::Drag { by: 3, ghosts: vec![Ghost { token: 7, at: at(700, 896) }] },
        ServerFrame::Ping { by: 3, at: at(700, 896), pull: false },
        ServerFrame::Ruler { by: 3, points: vec![at(640, 896), at(1152, 896)] },
        ServerFrame::Bye { reason: ByeReason::Removed },
    ]
}

fn note_spans() -> Vec<Span> {
    let span = |text: &str| Span { text: text.to_owned(), ..Span::default() };
    vec![
        Span { emphasis: true, ..span("The") },
        span(" "),
        Span { struck: true, ..span("ford") },
        span("\n"),
        Span { href: Some("https://deep.example/".to_owned()), ..span("is") },
        span(" "),
        Span { code: true, ..span("here") },
    ]
}

fn fog() -> FogView {
    let block = |x, runs: &str| vec![BlockView { x, y: 1, runs: runs.to_owned() }];
    FogView {
        whole: true,
        preparing: true,
        revealed: block(0, "gBCAEA"),
        veiled: block(1, "gBAQ"),
        draft_revealed: block(0, "gBAQ"),
        draft_veiled: block(1, "gBCAEA"),
        areas: vec![AreaView {
            area: 61,
            name: "The crypt".to_owned(),
            points: vec![at(0, 0), at(1024, 0), at(1024, 768)],
            cover: Cover::Veiled,
            prepared: Some(Cover::Revealed),
        }],
    }
}

fn full_update() -> Update {
    let refused = Refused { code: "locked".to_owned(), message: "it is locked".to_owned() };
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let die = |value, marks: &[&str]| DieView { value, throws: vec![value], marks: words(marks) };
    let subtotal = |notation: &str, value: &str, marks: &[&str]| SubtotalView {
        notation: notation.to_owned(),
        value: value.to_owned(),
        marks: words(marks),
    };
    let roll = RollView {
        formula: "{2d20kh, 10}kh+5".to_owned(),
        total: "22".to_owned(),
        pools: vec![PoolView {
            notation: "2d20kh1".to_owned(),
            label: Some("attack".to_owned()),
            dice: vec![die(17, &[]), die(4, &["dropped"])],
            result: "17".to_owned(),
        }],
        groups: vec![GroupView {
            notation: "{2d20kh1, 10}kh1".to_owned(),
            label: Some("at least ten".to_owned()),
            entries: vec![subtotal("2d20kh1", "17", &[]), subtotal("10", "10", &["dropped"])],
            result: "17".to_owned(),
        }],
        notes: vec!["kh keeps the highest".to_owned()],
        flavour: Some("longbow".to_owned()),
    };
    Update {
        seq: 1,
        fresh: true,
        ack: Some(Ack {
            id: "c-1".to_owned(),
            refused: Some(refused),
            stopped: true,
            made: Some(7),
            warns: vec![61],
        }),
        table: Some(TableInfo {
            name: "The Lantern at the Ford".to_owned(),
            walk_in: false,
            shared_sight: true,
            player_undo: true,
            padded_timing: false,
            paused: false,
            players_draw: true,
        }),
        me: Some(Me { seat: 3, role: Role::Gm }),
        seats: vec![SeatInfo {
            seat: 3,
            name: "Ada".to_owned(),
            color: 0x6c_bf5f,
            role: Role::Gm,
            state: SeatState::Seated,
            online: true,
        }],
        scenes: vec![SceneInfo { scene: 5, name: "Cellar".to_owned(), shown: true }],
        scene: Some(SceneView {
            scene: 5,
            name: Some("Cellar".to_owned()),
            size: at(6656, 4608),
            grid: grid(),
            picture: Some(12),
            picture_px: Some([1820, 1260]),
            ambience: Ambience::Dim,
            sees_all: true,
            broken: None,
        }),
        tokens: vec![TokenView {
            token: 7,
            at: at(640, 896),
            size: 256,
            rotation: 90,
            layer: Layer::Token,
            color: 0x4f_a3e0,
            name: Some("Mira".to_owned()),
            name_shown: Some(true),
            picture: Some(13),
            hidden: true,
            owners: vec![3],
            targeted_by: vec![4],
            mine: true,
            senses: Some(senses()),
            emission: Some(glow()),
        }],
        moves: vec![TokenMoved { token: 8, path: vec![at(640, 896), at(1152, 896)] }],
        portals: vec![PortalView {
            portal: 21,
            a: at(256, 0),
            b: at(512, 0),
            kind: PortalKind::Door,
            state: PortalState::Locked,
        }],
        walls: vec![WallView { wall: 31, a: at(0, 0), b: at(1024, 0), kind: WallKind::Wall }],
        felt: vec![FeltView { token: 10, at: at(1664, 384), size: 256 }],
        lights: vec![LightView { light: 41, at: at(640, 640), glow: glow(), on: true }],
        drawings: vec![
            DrawingView {
                drawing: 71,
                by: Some(3),
                shape: DrawnShape::Circle { middle: at(640, 640), radius: 1024 },
                spans: Vec::new(),
                color: 0xe8_a33d,
                width: 24,
                filled: true,
                mine: true,
                shown: Some(Shown::Explored),
            },
            DrawingView {
                drawing: 72,
                by: None,
                shape: DrawnShape::Note {
                    at: at(640, 640),
                    text: "*The* ~~ford~~\n[is](https://deep.example) `here`".to_owned(),
                },
                spans: note_spans(),
                color: 0xfd_f6e6,
                width: 96,
                filled: false,
                mine: false,
                shown: None,
            },
        ],
        sight: vec![SightView {
            eye: 51,
            polygon: vec![0, 0, 1024, 0, 1024, 1024],
            level: Ambience::Dim,
            dark_sight: vec![0, 0, 512, 0, 512, 512],
        }],
        lit: Some(LitView {
            whole: true,
            dim: vec![BlockView { x: 0, y: 1, runs: "gBCAEA".to_owned() }],
            bright: vec![BlockView { x: 0, y: 1, runs: "gBAQ".to_owned() }],
        }),
        explored: Some(ExploredView {
            revision: 3,
            whole: true,
            blocks: vec![BlockView { x: 0, y: 1, runs: "gBCAEA".to_owned() }],
        }),
        fog: Some(fog()),
        gone: vec![9],
        messages: vec![
            MessageView {
                message: 1,
                at_ms: 1_790_000_000_000,
                seat: Some(3),
                name: "Mira".to_owned(),
                manner: Manner::Whisper,
                to: vec!["Bo".to_owned()],
                parts: vec![
                    Part::Text {
                        spans: vec![
                            Span { text: "Listen".to_owned(), strong: true, ..Span::default() },
                            Span { text: ": ".to_owned(), ..Span::default() },
                        ],
                    },
                    Part::Roll { roll },
                ],
            },
            MessageView {
                message: 2,
                at_ms: 1_790_000_000_001,
                seat: None,
                name: "Bo".to_owned(),
                manner: Manner::BlindRoll,
                to: Vec::new(),
                parts: vec![Part::Concealed],
            },
        ],
    }
}
