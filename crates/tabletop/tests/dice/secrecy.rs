//! What a roller may not know of a blind roll does not reach them, whatever the dice show.

use tabletop::audience::Audience;
use tabletop::command::{Command, Knock};
use tabletop::decide::{Context, UndoWindow};
use tabletop::dice::Entropy;
use tabletop::event::{Event, Manner, Part, Role};
use tabletop::id::{AccountId, SeatId};
use tabletop::name::Name;
use tabletop::permission::authorize;
use tabletop::table::{Table, Touched};

use crate::entropy::Constant;

const MASTER: SeatId = SeatId(1);
const ROLLER: SeatId = SeatId(2);

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// A table with a game master and players of these names, the first of whom is [`ROLLER`].
fn table(players: &[&str]) -> Table {
    let mut table = Table::default();
    for event in Table::found(&name("Ford"), AccountId::from_bytes([0; 16]), &name("Ada")) {
        table.apply(&event);
    }
    for (player, number) in players.iter().zip(1..) {
        let knock =
            Knock { account: AccountId::from_bytes([number; 16]), name: name(player), role: Role::Player };
        for event in table.decide_knock(&knock).unwrap().events {
            table.apply(&event);
        }
        say(&mut table, MASTER, Command::Admit(SeatId(u32::from(number) + 1), None), &mut Constant(0))
            .unwrap();
    }
    table
}

/// Decides and applies a command; the refusal in words.
fn say(
    table: &mut Table,
    seat: SeatId,
    command: Command,
    entropy: &mut dyn Entropy,
) -> Result<Vec<Event>, String> {
    let permit = authorize(table, seat, command).map_err(|refusal| refusal.to_string())?;
    let mut context = Context { now_ms: 0, entropy, undo: UndoWindow::Open };
    let events = table.decide(&mut context, permit).map_err(|refusal| refusal.to_string())?.events;
    events.iter().for_each(|event| table.apply(event));
    Ok(events)
}

/// What the roller and the game master are told of a line when the dice come from this source.
fn told(line: &str, entropy: &mut dyn Entropy) -> Result<(String, String), String> {
    let mut table = table(&["Bo"]);
    let mut audience = Audience::default();
    for seat in [MASTER, ROLLER] {
        audience.enter(&table, seat);
    }
    let events = say(&mut table, ROLLER, Command::Say(line.to_owned(), None), entropy)?;
    let mut touched = Touched::default();
    events.iter().for_each(|event| touched.by(event));
    let patches = audience.advance(&table, &touched, Some(ROLLER));
    let heard = |seat| {
        let messages =
            patches.iter().filter(|(viewer, _)| *viewer == seat).flat_map(|(_, patch)| &patch.messages);
        let shown = messages.map(|message| {
            let parts: Vec<Option<&Part>> = message.parts().collect();
            format!("{} {} {:?} {:?}", message.number, message.name(), message.manner(), parts)
        });
        shown.collect::<Vec<_>>().join("\n")
    };
    Ok((heard(ROLLER), heard(MASTER)))
}

#[test]
fn the_roller_of_a_blind_roll_is_told_the_same_whether_it_is_void_or_not() {
    for formula in ["1/(1d2-1)", "(1d4-1)d(1d4-1)", "(1d1000)d6+900d6", "1d(1d6)rr<4", "1d(1d2/2)"] {
        let line = format!("/blindroll {formula} # trap");
        let (low_roller, low_master) = told(&line, &mut Constant(0)).unwrap();
        let (high_roller, high_master) = told(&line, &mut Constant(999)).unwrap();
        assert_eq!(low_roller, high_roller, "{formula}");
        assert!(low_roller.contains("BlindRoll [None]"), "{low_roller}");
        // The comparison could fail: one of the two is void, and the game master is told.
        assert_ne!(low_master.contains("void: "), high_master.contains("void: "), "{formula}");
    }
}

#[test]
fn those_who_may_see_a_void_roll_are_told_why() {
    for command in ["/r", "/gmroll", "/selfroll"] {
        let (roller, _) = told(&format!("{command} 1/(1d2-1)"), &mut Constant(0)).unwrap();
        assert!(roller.contains("void: a number cannot be divided by zero"), "{roller}");
    }
}

#[test]
fn whispers_reach_those_named_and_nobody_else() {
    let reached = |players: &[&str], line: &str| {
        let mut table = table(players);
        let events = say(&mut table, ROLLER, Command::Say(line.to_owned(), None), &mut Constant(0))?;
        let [Event::MessageSaid { message }] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!(message.manner, Manner::Whisper);
        Ok::<_, String>(message.to.clone())
    };
    let players = ["Ann", "Bo", "Mira", "Old Tom", "GM"];
    let seats = |numbers: &[u32]| Ok(numbers.iter().map(|number| SeatId(*number)).collect::<Vec<_>>());
    assert_eq!(reached(&players, "/w bo Mira is a spy"), seats(&[3]));
    assert_eq!(reached(&players, "/w Bo,Mira run"), seats(&[3, 4]));
    assert_eq!(reached(&players, "/w \"old tom\",Bo,bo run"), seats(&[3, 5]));
    assert_eq!(reached(&players, "/w gm help"), seats(&[1]), "never the player who calls herself so");
    let no = |line: &str, words: &str| {
        let refusal = reached(&players, line).unwrap_err();
        assert!(refusal.contains(words), "{line}: {refusal}");
    };
    no("/w Bo, Mira is a spy", "is what follows the comma a name?");
    no("/w Old Tom knows", "Put the name in quotation marks");
    no("/w Bob knows", "nobody here is called \"Bob\"");
    // Who sits down under a name that looks like another's gets a number.
    assert_eq!(reached(&["Ann", "Bo", "bo"], "/w Bo psst"), seats(&[3]));
    assert_eq!(reached(&["Ann", "Bo", "bo"], "/w \"bo (2)\" psst"), seats(&[4]));
}
