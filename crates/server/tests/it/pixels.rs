//! No pixel of a map reaches a player before their character has seen it.

use std::collections::BTreeSet;

use load::Error;
use load::player::{Player, SignIn};
use protocol::{Command, Handle, NewWall, PortalKind, PortalState, TokenMove, WallKind};

use crate::harness::{Party, cell, middle, start};

type Outcome = Result<(), Error>;

const CELL_PX: u32 = 32;
pub(crate) const WIDE: u32 = 16;
const HIGH: u32 = 12;

/// Every cell has a colour of its own: hardly any red on the left half, much of it on the right.
pub(crate) fn color(x: u32, y: u32) -> [u8; 3] {
    [if x < WIDE / 2 { 20 } else { 235 }, (40 + x * 13) as u8, (40 + y * 17) as u8]
}

fn painted(color: impl Fn(u32, u32) -> [u8; 3]) -> Vec<u8> {
    let picture = image::RgbImage::from_fn(WIDE * CELL_PX, HIGH * CELL_PX, |x, y| {
        image::Rgb(color(x / CELL_PX, y / CELL_PX))
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).expect("a picture can be written");
    bytes.into_inner()
}

/// The painted map as a scene of 16 by 12 cells, a wall with a door across its middle, where the players are.
async fn painted_scene(party: &mut Party) -> Result<Handle, Error> {
    scene_of_colors(party, color).await
}

/// The same in other colours.
pub(crate) async fn scene_of_colors(
    party: &mut Party,
    color: impl Fn(u32, u32) -> [u8; 3],
) -> Result<Handle, Error> {
    let address = party.server.address;
    let path = format!("/api/v1/tables/{}/scenes?name=painted.png", party.master_in.table);
    let answer = party.master_in.request("POST", &path).body(painted(color)).send(address).await?.json()?;
    let scene = u32::try_from(answer["scene"].as_u64().ok_or("no scene")?)?;
    party.master.must(Command::ShowScene { scene }).await?;
    let mut grid = party.master.view.scene.as_ref().ok_or("no scene in view")?.grid.clone();
    grid.pixels_per_cell = CELL_PX;
    party.master.must(Command::EditScene { scene, name: None, grid: Some(grid), ambience: None }).await?;
    let wall = |from: i32, to: i32| NewWall { a: cell(8, from), b: cell(8, to), kind: WallKind::Wall };
    party.master.must(Command::AddWalls { walls: vec![wall(0, 5), wall(7, 12)] }).await?;
    party.master.must(Command::AddPortal { a: cell(8, 5), b: cell(8, 7), kind: PortalKind::Door }).await?;
    Ok(scene)
}

/// The colours of all tiles of all levels that a player can fetch; how many tiles had any.
async fn fetched(sign_in: &SignIn, scene: Handle) -> Result<(Vec<[u8; 3]>, usize), Error> {
    let (mut colors, mut tiles) = (Vec::new(), 0);
    for (level, x, y) in (0..6).flat_map(|level| (0..4).flat_map(move |x| (0..4).map(move |y| (level, x, y))))
    {
        let path = format!("/api/v1/tables/{}/maps/{scene}/1/{level}/{x}/{y}", sign_in.table);
        let answer = sign_in.request("GET", &path).send(sign_in.server).await?;
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        if answer.status == 204 {
            assert!(answer.body.is_empty());
            continue;
        }
        assert_eq!(answer.status, 200, "{path}");
        tiles += 1;
        let pixels = image::load_from_memory(&answer.body)?.into_rgb8();
        colors.extend(pixels.pixels().map(|pixel| pixel.0));
    }
    Ok((colors, tiles))
}

/// The cells whose colours are among those fetched, give or take what encoding with losses does.
fn cells_in(colors: &[[u8; 3]]) -> BTreeSet<(u32, u32)> {
    let near = |a: [u8; 3], b: [u8; 3]| a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= 5);
    let distinct: BTreeSet<_> = colors.iter().copied().collect();
    let all = (0..WIDE).flat_map(|x| (0..HIGH).map(move |y| (x, y)));
    all.filter(|(x, y)| distinct.iter().any(|found| near(*found, color(*x, *y)))).collect()
}

fn scene_of(player: &Player) -> Handle {
    player.view.scene.as_ref().map(|scene| scene.scene).expect("a scene is in view")
}

#[tokio::test]
async fn a_player_can_fetch_what_their_character_saw_and_not_a_pixel_more() -> Outcome {
    let mut party = Party::gather(&["Ada", "Bo"]).await?;
    party
        .master
        .must(Command::EditTable {
            name: None,
            walk_in: None,
            shared_sight: Some(false),
            player_undo: None,
            padded_timing: None,
            paused: None,
            players_draw: None,
        })
        .await?;
    painted_scene(&mut party).await?;
    let ada = party.seat("Ada");
    party.place("Mira", (3, 6), &[ada]).await?;
    let player = &mut party.players[0];
    player.until(|view| view.token("Mira").is_some() && !view.explored.is_empty()).await?;
    let scene = scene_of(player);
    let (colors, tiles) = fetched(&party.players_in[0], scene).await?;
    assert!(tiles > 0);
    assert!(colors.iter().all(|[red, ..]| *red < 120), "a pixel from behind the wall");
    let seen = cells_in(&colors);
    assert_eq!(seen, (0..8).flat_map(|x| (0..12).map(move |y| (x, y))).collect(), "all of the near half");

    let size = cell(16, 12);
    party.players[1].until(|view| view.scene.as_ref().is_some_and(|scene| scene.size == size)).await?;
    let elsewhere = scene_of(&party.players[1]);
    assert_eq!(fetched(&party.players_in[1], elsewhere).await?.1, 0, "who saw nothing gets nothing");

    let door = *party.master.view.portals.keys().next().ok_or("no door")?;
    party.master.must(Command::SetPortal { portal: door, state: PortalState::Open }).await?;
    let before = party.players[0].view.explored.clone();
    party.players[0].until(|view| view.explored != before).await?;
    let (colors, _) = fetched(&party.players_in[0], scene).await?;
    let through = cells_in(&colors);
    assert!(through.contains(&(12, 6)), "the middle of the other half, straight through the door");
    assert!(
        !through.contains(&(9, 0)) && !through.contains(&(9, 11)),
        "its corners beside the door are dark"
    );
    Ok(())
}

#[tokio::test]
async fn what_was_explored_on_the_way_is_remembered_after_a_restart_and_another_grid() -> Outcome {
    let mut party = Party::gather(&["Ada"]).await?;
    painted_scene(&mut party).await?;
    let ada = party.seat("Ada");
    party.place("Mira", (3, 6), &[ada]).await?;
    let door = *party.master.view.portals.keys().next().ok_or("no door")?;
    party.master.must(Command::SetPortal { portal: door, state: PortalState::Open }).await?;
    let player = &mut party.players[0];
    player.until(|view| view.portals.values().any(|portal| portal.state == PortalState::Open)).await?;
    let token = player.view.token("Mira").ok_or("no token")?.token;
    // Through the door and on to the far corner, then back and shut it.
    let path = vec![middle(10, 6), middle(14, 2), middle(10, 6), middle(3, 6)];
    player.must(Command::MoveTokens { moves: vec![TokenMove { token, path }] }).await?;
    let portal = *player.view.portals.keys().next().ok_or("the door is out of sight")?;
    player.must(Command::SetPortal { portal, state: PortalState::Shut }).await?;
    let everything: BTreeSet<_> = (0..WIDE).flat_map(|x| (0..HIGH).map(move |y| (x, y))).collect();
    let scene = scene_of(player);
    assert_eq!(cells_in(&fetched(&party.players_in[0], scene).await?.0), everything);
    let explored = player.view.explored.clone();

    let Party { directory, server, players_in, master_in, .. } = party;
    server.stop().await;
    let server = start(directory.path()).await;
    let again = |sign_in: &SignIn| SignIn { server: server.address, ..sign_in.clone() };
    let mut player = again(&players_in[0]).sit_down().await?;
    assert_eq!(player.view.explored, explored);
    let scene = scene_of(&player);
    assert_eq!(cells_in(&fetched(&again(&players_in[0]), scene).await?.0), everything);

    let mut master = again(&master_in).sit_down().await?;
    let (scene, mut grid) =
        master.view.scene.as_ref().map(|scene| (scene.scene, scene.grid.clone())).ok_or("no scene")?;
    grid.pixels_per_cell = CELL_PX * 2;
    master.must(Command::EditScene { scene, name: None, grid: Some(grid), ambience: None }).await?;
    player.until(|view| view.explored != explored).await?;
    let scene = scene_of(&player);
    assert_eq!(cells_in(&fetched(&again(&players_in[0]), scene).await?.0), everything);
    server.stop().await;
    Ok(())
}
