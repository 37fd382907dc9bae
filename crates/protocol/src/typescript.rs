//! The client's view of the wire, generated so that both sides cannot drift apart.

use ts_rs::{Config, TS};

use crate::client_frame::*;
use crate::server_frame::*;

/// The text of `client/src/net/frames.ts`.
pub fn frames_ts() -> String {
    let config = Config::new();
    let declarations = [
        ClientFrame::decl(&config),
        Command::decl(&config),
        TokenMove::decl(&config),
        TokenChange::decl(&config),
        Senses::decl(&config),
        Glow::decl(&config),
        Cone::decl(&config),
        NewLight::decl(&config),
        LightChange::decl(&config),
        Ambience::decl(&config),
        Cover::decl(&config),
        FogStage::decl(&config),
        FogShape::decl(&config),
        DrawnShape::decl(&config),
        Shown::decl(&config),
        DrawingChange::decl(&config),
        NewWall::decl(&config),
        Ghost::decl(&config),
        Layer::decl(&config),
        PortalState::decl(&config),
        PortalKind::decl(&config),
        WallKind::decl(&config),
        Grid::decl(&config),
        GridShape::decl(&config),
        Diagonal::decl(&config),
        ServerFrame::decl(&config),
        ByeReason::decl(&config),
        Update::decl(&config),
        Ack::decl(&config),
        Refused::decl(&config),
        TableInfo::decl(&config),
        Me::decl(&config),
        Role::decl(&config),
        SeatInfo::decl(&config),
        SeatState::decl(&config),
        SceneInfo::decl(&config),
        SceneView::decl(&config),
        TokenView::decl(&config),
        TokenMoved::decl(&config),
        PortalView::decl(&config),
        WallView::decl(&config),
        FeltView::decl(&config),
        LightView::decl(&config),
        SightView::decl(&config),
        LitView::decl(&config),
        ExploredView::decl(&config),
        FogView::decl(&config),
        AreaView::decl(&config),
        DrawingView::decl(&config),
        BlockView::decl(&config),
        MessageView::decl(&config),
        Manner::decl(&config),
        Part::decl(&config),
        Span::decl(&config),
        RollView::decl(&config),
        PoolView::decl(&config),
        GroupView::decl(&config),
        SubtotalView::decl(&config),
        DieView::decl(&config),
    ];
    let mut text = String::from(
        "// Generated from crates/protocol by `UPDATE=1 cargo test -p protocol`. Do not edit.\n\
         // tidy: long file because it holds every frame.\n\n\
         export const PROTOCOL_VERSION = ",
    );
    text.push_str(&format!("{};\n\n", crate::PROTOCOL_VERSION));
    text.push_str("/** A position: [x, y] in 1/256 of a cell. */\nexport type At = [number, number];\n");
    text.push_str("/** The viewer's own name for something. */\nexport type Handle = number;\n");
    for declaration in declarations {
        text.push_str(&format!("\nexport {declaration}\n"));
    }
    text
}
