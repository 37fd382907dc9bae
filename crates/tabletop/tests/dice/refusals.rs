//! What is refused, in words that help; and what is void, because dice made it impossible.

use tabletop::dice::{DiceExpression, RollRecord};

use crate::entropy::{Constant, Loaded};

fn refused(formula: &str) -> String {
    match DiceExpression::parse(formula) {
        Ok(expression) => panic!("{formula} is {expression}"),
        Err(error) => error.message,
    }
}

fn check(formula: &str, words: &str) {
    let message = refused(formula);
    assert!(message.contains(words), "{formula}: {message}");
}

#[test]
fn what_cannot_be_understood_is_said_in_words() {
    check("", "too early");
    check("2d6+", "too early");
    check("2d6)", "no \"(\" stands before it");
    check("2d6}", "no \"{\"");
    check("2d6]", "no \"[\"");
    check("(2d6", "a \")\" is missing at the end");
    check("{2d6)", "a \"}\" is missing");
    check("1d6[fire", "a \"]\" is missing");
    check("@str", "not on your sheet");
    check("99999999999", "at most");
    check("1000000000.5", "at most");
    check("0.1234567", "six decimals");
    check("floor(1,2)", "\"floor\" takes one number");
    check("1d6kh1.5", "whole number");
    check("2d6cs>", "a number is missing");
    for formula in ["d", "1d-6", "2d", "1d x"] {
        check(formula, "how many sides? Write d20");
    }
    check("\u{1f3b2}", "is not understood here (position 1)");
}

#[test]
fn hints_say_what_may_have_been_meant() {
    check("2d6>5", "write cs>5");
    check("2d6 >= 5 + 1", "write cs>=5 ");
    check("2dcs>=1", "write cs>=1");
    check("2w6", "did you mean \"d\"?");
    check("2d6 keep 1", "\"keep\" is not understood here (position 5); did you mean \"kh\"?");
    check("4d6 drop lowest", "did you mean \"dl\"?");
    check("1d20 advantage", "did you mean \"adv\"?");
    check("advantage", "\"advantage\" is not understood here (position 1); did you mean \"adv\"?");
    check("disadvantage + 2", "did you mean \"dis\"?");
    check("2d6e6", "did you mean \"x\"?");
    check("5d10cs>7f1", "\"cf\" (count failures)");
    check("4d6mi2", "did you mean \"min\"?");
    check("flor(7/2)", "did you mean \"floor\"?");
    check("cell(7/2)", "did you mean \"ceil\"?");
    check("ronud(7/2)", "did you mean \"round\"?");
    check("3d6 evven", "did you mean \"even\"?");
    check("1d20 + str", "written \"@str\"");
    check("1d20+5 longbow", "\"longbow\" is not understood here (position 8); words go behind #");
    check("1d8 slashing", "\"slashing\" is not understood here (position 5); words go behind #");
    check("2d6 3", "is a + missing before it?");
    check("4d6kh 3d6", "is a + missing before it?");
    check("2(3)", "is a * missing");
    check("2d6×2", "did you mean \"*\"?");
    check("2d6 – 1", "did you mean \"-\"?");
    check("2^3", "no powers");
    check("2**3", "no powers");
    check("7//2", "floor");
    check("1,5", "1.5");
    check("2d6 x 3", "to multiply");
    check("hello", "words go behind #");
}

#[test]
fn modifiers_that_contradict_each_other_are_refused() {
    check("2d6kh1kh2", "twice");
    check("2d6k1kh2", "twice");
    check("2d6ro1r2", "twice");
    check("5d10cs>=8cf", "\"cs\" and \"cf\" both say what to count");
    check("5d10even odd", "both say what to count");
    check("5d10cs>=8odd", "both say what to count");
    check("{1d6,1d8}cs>3cf<2", "both say what to count");
    check("3d6sasd", "two orders");
    check("5d10df", "\"df\" takes failures off successes");
    check("5d10cfdf", "\"df\" takes failures off successes");
    check("{1d6,1d8}df<2", "\"df\" takes failures off successes");
}

#[test]
fn groups_take_what_makes_sense_for_them() {
    check("{1d6}x", "\"x\" works on dice, not on a group");
    check("{1d6,1d8}cs", "counting in a group needs a number");
    check("{2*1d6}kh1", "dice that are added");
    check("{5-1d6}kh1", "dice that are added");
    check("{2d6cs>3}kh1", "dice that are added");
}

#[test]
fn what_no_throw_can_make_possible_is_refused_before_a_die_is_thrown() {
    check("1d0", "the number of sides must be a whole number from 1 to 1000000, not 0");
    check("1d1000001", "from 1 to 1000000");
    check("1d(1/2)", "whole number");
    check("1.5d6", "the number of dice must be a whole number from 0 to 1000, not 1.5");
    check("1001d6", "from 0 to 1000");
    check("(1-2)d6", "not -1");
    check("501d6+500d6", "at most 1000 dice");
    check("(501d6)d6+500d6", "at most 1000 dice");
    check("1/0", "zero");
    check("1d6/(1-1)", "zero");
    check("1d6%{2,3}ms5", "zero");
    check("(1d6+1/0)d6", "zero");
    check("999999999*999999999", "too large");
    check("1d6rr>0", "for ever");
    check("4dFrr!=2", "for ever");
    check("1d1u + 1d1rr", "for ever");
}

#[test]
fn formulas_are_limited_in_length_and_depth() {
    assert!(DiceExpression::parse(&format!("{}1", " ".repeat(511))).is_ok());
    check(&format!("{}1", " ".repeat(512)), "at most 512 characters");
    assert!(DiceExpression::parse(&format!("{}1{}", "(".repeat(15), ")".repeat(15))).is_ok());
    check(&format!("{}1{}", "(".repeat(16), ")".repeat(16)), "deeper than 16");
    assert!(DiceExpression::parse("1000d6 + 0d6").is_ok());
}

/// What the roll says that these faces make impossible.
fn void(formula: &str, faces: &[u64]) -> String {
    let mut dice = Loaded::new(faces);
    let record: RollRecord = DiceExpression::parse(formula).unwrap().roll(&mut dice);
    assert_eq!(dice.0.len(), 0, "{formula}: not all dice were thrown");
    assert_eq!(record.total, None, "{formula}");
    assert!(!record.pools.is_empty(), "{formula}: the dice are recorded");
    record.notes.last().unwrap().clone()
}

#[test]
fn what_only_some_throws_make_impossible_is_void() {
    assert_eq!(void("1/(1d2-1)", &[1]), "void: a number cannot be divided by zero");
    assert_eq!(void("1d6%(1d2-1)", &[5, 1]), "void: a number cannot be divided by zero");
    assert!(
        void("(1d4-2)d6", &[1]).contains("the number of dice must be a whole number from 0 to 1000, not -1")
    );
    assert!(void("(1d4/2)d6", &[1]).contains("not 0.5"));
    assert!(void("2d(1d4-1)", &[1]).contains("the number of sides must be"));
    assert!(void("(1d1000)d6+900d6", &[1000]).contains("at most 1000 dice"));
    assert_eq!(void("1d(1d6)rr<4", &[3]), "void: every face would be thrown again, for ever");
    assert!(void("999999999*1d1000000*1d1000000", &[1_000_000, 1_000_000]).contains("too large"));
}

#[test]
fn a_broken_source_of_chance_makes_the_roll_void() {
    let record = DiceExpression::parse("1d6").unwrap().roll(&mut Constant(u64::MAX));
    assert_eq!((record.total, record.notes), (None, vec!["void: the dice could not be thrown".to_owned()]));
}
