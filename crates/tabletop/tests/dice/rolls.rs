//! What formulas mean: dice that fall as told in, the record out.

use tabletop::dice::{DiceExpression, Die, Mark, Number, Pool, RollRecord, Subtotal};

use crate::entropy::{Constant, Loaded, Seeded};

fn marks(marks: &[Mark]) -> String {
    let letter = |mark: &Mark| match mark {
        Mark::Dropped => "-",
        Mark::Exploded => "!",
        Mark::Extra => "e",
        Mark::Rerolled => "r",
        Mark::Clamped => "c",
        Mark::Success => "+",
        Mark::Failure => "f",
        Mark::Highest | Mark::Lowest => "",
    };
    marks.iter().map(letter).collect()
}

/// Values with their marks, pools apart; sub-totals in braces; the total.
fn shown(record: &RollRecord) -> String {
    let die = |die: &Die| format!("{}{}", die.value, marks(&die.marks));
    let pool = |pool: &Pool| pool.dice.iter().map(die).collect::<Vec<_>>().join(" ");
    let entry = |entry: &Subtotal| format!("{}{}", entry.value, marks(&entry.marks));
    let groups = record
        .groups
        .iter()
        .map(|group| format!(" {{{}}}", group.entries.iter().map(entry).collect::<Vec<_>>().join(", ")));
    let total = record.total.map_or_else(|| "void".to_owned(), |total| total.to_string());
    let pools = record.pools.iter().map(pool).collect::<Vec<_>>().join(" | ");
    format!("{pools}{} = {total}", groups.collect::<String>())
}

fn thrown(formula: &str, faces: &[u64]) -> RollRecord {
    let mut dice = Loaded::new(faces);
    let record = DiceExpression::parse(formula).unwrap().roll(&mut dice);
    assert_eq!(dice.0.len(), 0, "{formula}: not all dice were thrown");
    record
}

/// Throws a formula with dice that show these faces (counted from 1) and compares what comes of it.
fn check(formula: &str, faces: &[u64], expected: &str) {
    assert_eq!(shown(&thrown(formula, faces)), expected, "{formula}");
}

fn means(formula: &str, same: &str) {
    let parse = |formula| DiceExpression::parse(formula).unwrap();
    assert_eq!(parse(formula), parse(same), "{formula} is {}", parse(formula));
}

#[test]
fn dice_are_added() {
    check("2d6+3", &[4, 5], "4 5 = 12");
    check("d20", &[17], "17 = 17");
    check("D%", &[100], "100 = 100");
    check("4dF", &[1, 2, 3, 3], "-1 0 1 1 = 1");
    check("2dc", &[1, 2], "0 1 = 1");
    check("(1+1)d(2*3)", &[6, 1], "6 1 = 7");
    check("1d6[fire] + 1d8[cold]", &[2, 3], "2 | 3 = 5");
}

#[test]
fn no_dice_are_nothing() {
    check("0d6", &[], " = 0");
    check("0d6kh1 + 2", &[], " = 2");
    check("(1d4-1)d6", &[1], "1 |  = 0");
}

#[test]
fn arithmetic_is_exact() {
    check("7/2", &[], " = 3.5");
    check("1/3*3", &[], " = 1");
    check("floor(7/2)+ceil(7/2)+round(5/2)+abs(-1)", &[], " = 11");
    check("min(3,1,2)+max(3,1,2)", &[], " = 4");
    check("-7%3", &[], " = -1");
    check("2*(3+4)-1", &[], " = 13");
    check("--2 - -2", &[], " = 4");
    check("-(-(2 - 3))", &[], " = -1");
    check("2 - (3 - 4)", &[], " = 3");
    check("8/(4/2)", &[], " = 4");
}

#[test]
fn keeping_and_dropping() {
    check("4d6kh3", &[1, 5, 3, 6], "1- 5 3 6 = 14");
    check("4d6k", &[1, 5, 3, 6], "1- 5- 3- 6 = 6");
    check("4d6kl2", &[1, 5, 3, 6], "1 5- 3 6- = 4");
    check("4d6d1", &[1, 5, 3, 6], "1- 5 3 6 = 14");
    check("4d6dh1", &[1, 5, 3, 6], "1 5 3 6- = 9");
    check("2d6kh5", &[1, 2], "1 2 = 3");
    check("3d6kh2", &[4, 4, 4], "4 4 4- = 8");
    check("3d6dh2", &[4, 4, 4], "4- 4- 4 = 4");
    check("adv+5", &[3, 18], "3- 18 = 23");
    check("dis", &[3, 18], "3 18- = 3");
    assert_eq!(thrown("2d6 d8", &[1, 2]).notes, ["dl8 drops every die"]);
}

#[test]
fn rerolling() {
    check("2d6ro1", &[1, 4, 1], "1r 4 = 5");
    check("1d6rr<3", &[1, 2, 5], "5r = 5");
    check("2d6r", &[1, 3, 2], "2r 3 = 5");
    check("3d6u", &[2, 2, 2, 3, 2, 4], "2 3r 4r = 9");
    check("3d6uo", &[2, 2, 2, 3, 2], "2 3r 2r = 7");
    let notes = thrown("2d6r", &[1, 3, 2]).notes;
    assert_eq!(notes, ["r rerolls once; rr rerolls until it no longer fits"]);
}

#[test]
fn the_record_is_in_the_order_thrown_and_extra_dice_come_after() {
    check("2d6x", &[6, 3, 6, 2], "6! 3 6e! 2e = 17");
    check("2d6!", &[6, 1, 3], "6! 1 3e = 10");
    check("3d6x", &[6, 1, 6, 5, 4], "6! 1 6! 5e 4e = 22");
    check("1d6xo", &[6, 6], "6! 6e = 12");
    check("1d6!p", &[6, 6, 2], "6! 5e! 1e = 12");
    check("1d6x>4", &[5, 6, 1], "5! 6e! 1e = 12");
    check("2d6kh1x", &[6, 3, 6, 2], "6! 3- 6e! 2e = 14");
}

#[test]
fn compounding_adds_to_the_same_die() {
    check("1d6!!", &[6, 6, 2], "14! = 14");
    check("1d6!!p", &[6, 3], "8! = 8");
    assert_eq!(thrown("1d6!!", &[6, 6, 2]).pools[0].dice[0].throws, [6, 6, 2]);
}

#[test]
fn sorting_is_for_showing_and_leaves_the_record_in_the_order_thrown() {
    check("3d6sd", &[2, 6, 3], "2 6 3 = 11");
    let values = |formula| {
        let record = thrown(formula, &[2, 6, 3]);
        record.pools[0].shown().iter().map(|die| die.value).collect::<Vec<_>>()
    };
    assert_eq!(values("3d6sd"), [6, 3, 2]);
    assert_eq!(values("3d6s"), [2, 3, 6]);
    assert_eq!(values("3d6"), [2, 6, 3]);
    let group = &thrown("{1d6, 1d8, 5}sd", &[2, 6]).groups[0];
    assert_eq!(group.shown().iter().map(|entry| entry.value.num()).collect::<Vec<_>>(), [6, 5, 2]);
}

#[test]
fn counting_comes_last_and_values_change_in_written_order() {
    check("5d10cs>=8", &[8, 1, 10, 7, 9], "8+ 1 10+ 7 9+ = 3");
    check("5d10cs>=8df", &[8, 1, 10, 7, 9], "8+ 1f 10+ 7 9+ = 2");
    check("5d10dfcs>=8", &[8, 1, 10, 7, 9], "8+ 1f 10+ 7 9+ = 2");
    check("3d6cf", &[1, 1, 5], "1f 1f 5 = 2");
    check("3d6sf<3", &[1, 2, 5], "1f 2f 5 = 5");
    check("1d20ms15", &[18], "18 = 3");
    check("1d20 ms -3", &[18], "18 = 21");
    check("3d6even", &[2, 3, 4], "2+ 3 4+ = 2");
    check("4dF odd", &[1, 2, 3, 3], "-1+ 0 1+ 1+ = 3");
    check("3d6min2max5", &[1, 6, 3], "2c 5c 3 = 10");
    check("3d6cs>4kh2", &[5, 6, 5], "5+ 6+ 5- = 2");
    check("2d6min3kh1", &[1, 2], "3c 3c- = 3");
    check("2d6kh1min3", &[1, 2], "1- 3c = 3");
}

#[test]
fn sub_totals_are_kept_counted_and_recorded() {
    check("{1d6+2, 1d8}kh", &[3, 4], "3 | 4- {5, 4-} = 5");
    check("{1d6, 1d8, 1d10}cs>=5", &[5, 2, 9], "5 | 2 | 9 {5+, 2, 9+} = 2");
    check("{1d6, 1d8, 1d10}cs>=5df<3", &[5, 2, 9], "5 | 2 | 9 {5+, 2f, 9+} = 1");
    check("{1d6, 1d8}", &[5, 2], "5 | 2 {5, 2} = 7");
    check("{{1d6, 1d8}kh, 4}kl", &[5, 2], "5- | 2- {5, 2-} {5-, 4} = 4");
    let record = thrown("{1d6+2, 1d8[cold]}kh[blast]", &[3, 4]);
    let group = &record.groups[0];
    assert_eq!((group.notation.as_str(), group.label.as_deref()), ("{1d6 + 2, 1d8[cold]}kh1", Some("blast")));
    assert_eq!(group.entries[0].notation, "1d6 + 2");
    assert_eq!((group.result, record.total), (Number::from(5), Some(Number::from(5))));
}

#[test]
fn a_group_of_one_entry_acts_on_its_dice_pool_by_pool() {
    check("{2d6+1d8+3}kh2", &[1, 5, 7], "1- 5 | 7 {15} = 15");
    check("{4d6-1}dl", &[2, 3, 4, 5], "2- 3 4 5 {11} = 11");
    let record = thrown("{2d6[fire]+1d8[cold]+2*2}kh2", &[1, 5, 7]);
    let pool = |index: usize| {
        let pool: &Pool = &record.pools[index];
        (pool.notation.as_str(), pool.label.as_deref(), pool.result)
    };
    assert_eq!(pool(0), ("2d6", Some("fire"), Number::from(5)));
    assert_eq!(pool(1), ("1d8", Some("cold"), Number::from(7)));
    assert_eq!(record.total, Some(Number::from(16)));
}

#[test]
fn counting_the_dice_of_a_group_leaves_its_numbers() {
    check("{2d6+3}cs>=3", &[4, 2], "4+ 2 {4} = 4");
    check("{2d6+1d8+3}cs>=3df=1", &[1, 5, 7], "1f 5+ | 7+ {4} = 4");
    check("{2d6+3}ms10", &[4, 2], "4 2 {9} = -1");
}

#[test]
fn dice_that_say_how_many_dice_there_are_do_not_count() {
    check("{(1d4)d6}kh1", &[2, 3, 5], "2 | 3- 5 {5} = 5");
    check("{1d(1d6)+1d4}kl1", &[6, 1, 4], "6 | 1 | 4- {1} = 1");
}

#[test]
fn labels_belong_to_dice() {
    let labels = |formula: &str, faces: &[u64]| {
        let pools = thrown(formula, faces).pools.into_iter();
        pools.map(|pool| pool.label.unwrap_or_default()).collect::<Vec<_>>()
    };
    assert_eq!(labels("(1d6[fire] + 1d8 + 2[why])[cold]", &[1, 1]), ["fire", "cold"]);
    assert_eq!(labels("floor(1d6/2) [cold]", &[1]), ["cold"]);
    assert_eq!(labels("1d6[ ]", &[1]), [""]);
    assert_eq!(labels("1d6[a \u{202e}b\u{200b}\tc]", &[1]), ["a b c"]);
}

#[test]
fn flavour_follows_a_hash() {
    let record = thrown(" 1d6  # longbow \u{2066}# \u{e0041}2 ", &[4]);
    assert_eq!(record.flavour.as_deref(), Some("longbow # 2"));
    assert_eq!(
        (record.formula.as_str(), record.parsed.as_str()),
        ("1d6  # longbow # 2", "1d6 # longbow # 2")
    );
    assert_eq!(thrown("1d6 #", &[4]).flavour, None);
}

#[test]
fn white_space_may_stand_between_words_and_numbers() {
    means("2 d6", "2d6");
    means(" 2\td\u{a0}6 ", "2d6");
    means("( 1 + 1 ) d ( 6 )", "(1+1)d(6)");
    means("d %", "d%");
    means("4 d F", "4dF");
    means("2d c cs", "2dccs");
    means("4d6kh 3", "4d6kh3");
    means("4d6 kh 3 + 1", "4d6kh3+1");
    means("4d6 kh + 3", "4d6kh1+3");
    means("5d10 cs >= 8 df = 1", "5d10cs>=8df=1");
    means("2d6 ro < 3", "2d6ro<3");
    means("2d6 r 1 min 2", "2d6r1min2");
    means("1d20 ms - 3", "1d20ms-3");
}

#[test]
fn coins_take_modifiers() {
    means("2dcs", "2dc s");
    means("2dc cs", "2dccs");
    check("3dccs", &[1, 2, 2], "0 1+ 1+ = 2");
    check("2dckh1", &[1, 2], "0- 1 = 1");
}

#[test]
fn attributes_are_looked_up_and_a_minus_takes_off() {
    let sheet = |name: &str| match name {
        "str.mod" | "dex" => Some(Number::from(4)),
        "weak" => Some(Number::from(-2)),
        "third" => Number::new(1, 3),
        "huge" => Number::new(1_000_000_001, 1),
        _ => None,
    };
    let rolled = |formula| {
        DiceExpression::parse_with(formula, &sheet)
            .map(|expression| {
                let record = expression.roll(&mut Loaded::new(&[10]));
                let again = DiceExpression::parse(&record.parsed).unwrap();
                assert_eq!(again, expression, "{formula} became {}", record.parsed);
                record.total.unwrap().to_string()
            })
            .unwrap_or_else(|error| error.message)
    };
    assert_eq!(rolled("1d20+@str.mod"), "14");
    assert_eq!(rolled("1d20 + @dex-1"), "13");
    assert_eq!(rolled("1d20+@dex-@weak"), "16");
    assert_eq!(rolled("1d20*@third"), "10/3");
    assert_eq!(rolled("1d20+@luck"), "\"@luck\" is not on your sheet");
    assert!(rolled("1d20+@huge").contains("too large"));
    assert!(rolled("1d20+@").contains("a name follows @"));
}

#[test]
fn a_die_that_never_ends_is_stopped_and_the_record_says_so() {
    let notes = |formula: &str, word| {
        let record = DiceExpression::parse(formula).unwrap().roll(&mut Constant(word));
        let dice: usize = record.pools.iter().map(|pool| pool.dice.len()).sum();
        let throws: usize = record.pools.iter().flat_map(|pool| &pool.dice).map(|die| die.throws.len()).sum();
        (dice, throws, record.notes.join("; "))
    };
    let explodes = "a die explodes at most 100 times";
    let again = "a die is thrown again at most 100 times";
    assert_eq!(notes("1d1x", 0), (101, 101, explodes.to_owned()));
    assert_eq!(notes("1d6x1", 0), (101, 101, explodes.to_owned()));
    assert_eq!(notes("1d6!p1", 0), (101, 101, explodes.to_owned()));
    assert_eq!(notes("1d6!!1", 0), (1, 101, explodes.to_owned()));
    assert_eq!(notes("1d6!!p1", 0), (1, 101, explodes.to_owned()));
    assert_eq!(notes("1d6rr1", 0), (1, 101, again.to_owned()));
    assert_eq!(notes("2d6u", 0), (2, 102, again.to_owned()));
    assert_eq!(notes("1d6xo1ro1uo", 0), (2, 5, String::new()), "what is written once is done once");
    let no_more = "no more dice: a line of chat has at most 1000";
    assert_eq!(notes("50d1x", 0), (1_000, 1_000, format!("{explodes}; {no_more}")));
    let no_throws = "no more throws: a line of chat has at most 4000";
    assert_eq!(notes("1000d6rr1", 0), (1_000, 4_000, format!("{again}; {no_throws}")));
}

#[test]
fn a_full_hand_is_still_thrown_again() {
    let record = DiceExpression::parse("1000d6ro1").unwrap().roll(&mut Constant(0));
    assert!(record.pools[0].dice.iter().all(|die| die.throws == [1, 1]), "each of them once");
    let record = DiceExpression::parse("1000d6ro<4").unwrap().roll(&mut Seeded(3));
    assert_eq!(record.notes.len(), 0);
    let fits = |die: &Die| (die.throws[0] < 4) == (die.throws.len() == 2);
    assert!(record.pools[0].dice.iter().all(fits));
}

#[test]
fn a_record_of_an_older_table_is_still_read() {
    let stored = r#"{"formula":"1d6","parsed":"1d6","total":{"num":4,"den":1},"notes":[],"flavour":null,
        "pools":[{"notation":"1d6","label":null,"result":{"num":4,"den":1},
            "dice":[{"value":4,"throws":[4],"marks":[]}]}]}"#;
    let record: RollRecord = serde_json::from_str(stored).unwrap();
    assert_eq!(shown(&record), "4 = 4");
    for formula in ["1d6", "{2d6,3}khsd", "1/(1d2-1)"] {
        let record = DiceExpression::parse(formula).unwrap().roll(&mut Constant(0));
        let text = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<RollRecord>(&text).unwrap(), record);
    }
}
