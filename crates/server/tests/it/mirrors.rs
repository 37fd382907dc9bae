//! A game master sees as a player does, over real sockets: the player's view, its tiles, and nothing for anybody else.

use load::Error;
use load::player::{Player, SignIn};
use load::view::ClientView;
use protocol::{ClientFrame, Command, Cover, FogShape, FogStage, Handle, ServerFrame, TokenMove};

use crate::harness::{Party, cell, middle};
use crate::pixels::{color, scene_of_colors};

type Outcome = Result<(), Error>;

/// What a mirror showed so far.
#[derive(Default)]
struct Mirror {
    number: u32,
    view: ClientView,
}

impl Mirror {
    /// The game master looks as a seat.
    async fn start(master: &mut Player, seat: Handle) -> Result<Self, Error> {
        let mut mirror = Self::default();
        master.send(&ClientFrame::Mirror { seat: Some(seat) }).await?;
        mirror.until(master, |view| view.me.is_some()).await?;
        Ok(mirror)
    }

    /// Reads the game master's frames until the mirror shows something.
    async fn until(&mut self, master: &mut Player, wanted: impl Fn(&ClientView) -> bool) -> Outcome {
        while !wanted(&self.view) {
            if let ServerFrame::Mirrored { mirror, update } = master.next().await? {
                assert!(self.view.apply(&update), "update {} came out of order", update.seq);
                self.number = mirror;
            }
        }
        Ok(())
    }
}

async fn until_ended(master: &mut Player) -> Outcome {
    while master.next().await? != (ServerFrame::MirrorEnded {}) {}
    Ok(())
}

/// What a view shows, handles and chat aside.
fn shown(view: &ClientView) -> impl PartialEq + std::fmt::Debug + use<> {
    let mut tokens: Vec<_> = view.tokens.values().map(|token| (token.at, token.name.clone())).collect();
    tokens.sort_by_key(|(at, _)| <(i32, i32)>::from(*at));
    let mut sight: Vec<_> = view.sight.values().map(|sight| sight.polygon.clone()).collect();
    sight.sort();
    let portals: Vec<_> = view.portals.values().map(|portal| (portal.a, portal.b, portal.state)).collect();
    let sees_all = view.scene.as_ref().map(|scene| scene.sees_all);
    (tokens, sight, portals, sees_all, view.explored.clone(), view.walls.len())
}

/// The answers to all tiles of a level.
async fn tiles(sign_in: &SignIn, scene: Handle, query: &str) -> Result<Vec<(u16, Vec<u8>)>, Error> {
    let mut tiles = Vec::new();
    for (x, y) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
        let path = format!("/api/v1/tables/{}/maps/{scene}/1/0/{x}/{y}{query}", sign_in.table);
        let answer = sign_in.request("GET", &path).send(sign_in.server).await?;
        tiles.push((answer.status, answer.body));
    }
    Ok(tiles)
}

fn scene_of(view: &ClientView) -> Result<Handle, Error> {
    Ok(view.scene.as_ref().ok_or("no scene is in view")?.scene)
}

/// A painted map with a door that is shut, and Ada on its left half.
async fn painted() -> Result<Party, Error> {
    let mut party = Party::gather(&["Ada", "Bo"]).await?;
    scene_of_colors(&mut party, color).await?;
    let ada = party.seat("Ada");
    party.place("Mira", (3, 6), &[ada]).await?;
    party.place("Ogre", (12, 6), &[]).await?;
    party.players[0].until(|view| view.token("Mira").is_some() && !view.explored.is_empty()).await?;
    Ok(party)
}

#[tokio::test]
async fn a_mirror_shows_what_the_player_sees_and_follows_them() -> Outcome {
    let mut party = painted().await?;
    let ada = party.seat("Ada");
    let mut mirror = Mirror::start(&mut party.master, ada).await?;
    let player = &mut party.players[0];
    assert_eq!(shown(&mirror.view), shown(&player.view));
    assert!(mirror.view.token("Ogre").is_none() && party.master.view.token("Ogre").is_some());
    player.recorded = Some(Vec::new());
    let token = player.view.token("Mira").ok_or("no token")?.token;
    let path = vec![middle(6, 2)];
    player.must(Command::MoveTokens { moves: vec![TokenMove { token, path }] }).await?;
    mirror
        .until(&mut party.master, |view| view.token("Mira").is_some_and(|mira| mira.at == middle(6, 2)))
        .await?;
    assert_eq!(shown(&mirror.view), shown(&player.view));
    let veil = FogShape::Rectangle { a: cell(0, 0), b: cell(4, 4) };
    let paint = Command::PaintFog { stage: FogStage::Live, shape: veil, cover: Cover::Veiled };
    let before = player.view.explored.clone();
    party.master.send(&ClientFrame::Command { id: "veil".to_owned(), command: paint }).await?;
    let of_mirror = mirror.view.explored.clone();
    mirror.until(&mut party.master, |view| view.explored != of_mirror).await?;
    player.until(|view| view.explored != before).await?;
    assert_eq!(shown(&mirror.view), shown(&player.view));
    let recorded = player.recorded.take().unwrap_or_default();
    assert_eq!(recorded.len(), 2, "their own move and the veil: {recorded:?}");
    Ok(())
}

#[tokio::test]
async fn tiles_through_a_mirror_are_those_that_the_player_could_fetch() -> Outcome {
    let mut party = painted().await?;
    let ada = party.seat("Ada");
    let mirror = Mirror::start(&mut party.master, ada).await?;
    let query = format!("?mirror={}", mirror.number);
    let own = tiles(&party.players_in[0], scene_of(&party.players[0].view)?, "").await?;
    let scene = scene_of(&mirror.view)?;
    let mirrored = tiles(&party.master_in, scene, &query).await?;
    assert_eq!(mirrored, own);
    let whole = tiles(&party.master_in, scene_of(&party.master.view)?, "").await?;
    assert_ne!(whole, own, "the game master's own tiles hide nothing");
    for other in &party.players_in {
        let answers = tiles(other, scene, &query).await?;
        assert!(answers.iter().all(|(status, _)| *status == 204), "a mirror is its owner's alone");
    }
    party.master.send(&ClientFrame::Mirror { seat: None }).await?;
    until_ended(&mut party.master).await?;
    assert!(tiles(&party.master_in, scene, &query).await?.iter().all(|(status, _)| *status == 204));
    Ok(())
}

#[tokio::test]
async fn a_mirror_ends_with_its_seat_and_with_its_connection() -> Outcome {
    let mut party = painted().await?;
    let (ada, bo) = (party.seat("Ada"), party.seat("Bo"));
    let mirror = Mirror::start(&mut party.master, bo).await?;
    let scene = scene_of(&mirror.view)?;
    party.master.must(Command::Kick { seat: ada }).await?;
    let query = format!("?mirror={}", mirror.number);
    assert_ne!(tiles(&party.master_in, scene, &query).await?[0].0, 204, "another's kick ends nothing");
    let kick = Command::Kick { seat: bo };
    party.master.send(&ClientFrame::Command { id: "kick".to_owned(), command: kick }).await?;
    until_ended(&mut party.master).await?;

    let player_in = party.server.knock("Cyd").await;
    party.master.until(|view| crate::harness::knocking(view, "Cyd").is_some()).await?;
    let seat = party.seat("Cyd");
    party.master.must(Command::Admit { seat, into: None }).await?;
    let _player = player_in.sit_down().await?;
    let mut second = party.master_in.sit_down().await?;
    let cyd = second.view.seats.values().find(|seat| seat.name == "Cyd").ok_or("no Cyd")?.seat;
    let mirror = Mirror::start(&mut second, cyd).await?;
    let (scene, query) = (scene_of(&mirror.view)?, format!("?mirror={}", mirror.number));
    drop(second);
    // The table learns of it in its own time; it is asked until it has.
    while tiles(&party.master_in, scene, &query).await?[0].0 != 204 {}
    Ok(())
}

#[tokio::test]
async fn who_is_no_game_master_is_shown_nothing() -> Outcome {
    let mut party = painted().await?;
    let player = &mut party.players[0];
    let other = player.view.seats.values().find(|seat| seat.name == "Bo").ok_or("no Bo")?.seat;
    for seat in [Some(other), Some(9_999), None] {
        player.send(&ClientFrame::Mirror { seat }).await?;
        assert_eq!(player.next().await?, ServerFrame::MirrorEnded {});
    }
    let own = party.master.view.me.ok_or("no seat")?.seat;
    party.master.send(&ClientFrame::Mirror { seat: Some(own) }).await?;
    until_ended(&mut party.master).await
}
