//! From text to expression: recursive descent, bounded in length and depth.
//!
//! What is refused here, or by [`check`](super::check) at the end, depends on the text alone. White space may stand
//! between any two words and numbers.

mod hint;
mod modifiers;

use super::expression::{Dice, DiceExpression, Expr, Function, Group, Modifier, Operator, Sides};
use super::plain::{Lines, plain};
use super::{DEPTH_MAX, DiceError, FORMULA_BYTES_MAX, LITERAL_MAX, Number, check};
use hint::Wanted;

pub(super) fn parse(
    formula: &str,
    attribute: &dyn Fn(&str) -> Option<Number>,
) -> Result<DiceExpression, DiceError> {
    if formula.len() > FORMULA_BYTES_MAX {
        return Err(DiceError::roll(format!("a formula has at most {FORMULA_BYTES_MAX} characters")));
    }
    let formula = plain(formula, Lines::Joined);
    let mut parser = Parser { text: &formula, at: 0, depth: 0, attribute, notes: Vec::new() };
    let root = parser.sum()?;
    let flavour = parser.flavour();
    parser.skip_space();
    if parser.at < formula.len() {
        return Err(parser.unexpected(Wanted::Operator));
    }
    let notes = parser.notes;
    let sure_dice = check::sure_dice(&root).map_err(|fault| DiceError::roll(fault.to_string()))?;
    Ok(DiceExpression { formula: formula.trim().to_owned(), root, flavour, notes, sure_dice })
}

struct Parser<'a> {
    text: &'a str,
    /// In bytes; between two characters.
    at: usize,
    depth: usize,
    attribute: &'a dyn Fn(&str) -> Option<Number>,
    notes: Vec<String>,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        self.take_while(char::is_whitespace);
    }

    /// The next character, small if it is a letter of ASCII.
    fn peek(&self) -> Option<char> {
        self.rest().chars().next().map(|next| next.to_ascii_lowercase())
    }

    /// The next character that is not white space.
    fn peek_spaced(&self) -> Option<char> {
        self.rest().trim_start().chars().next().map(|next| next.to_ascii_lowercase())
    }

    /// Takes a word, without regard to case.
    fn take(&mut self, word: &str) -> bool {
        let found = self.rest().get(..word.len()).is_some_and(|rest| rest.eq_ignore_ascii_case(word));
        if found {
            self.at += word.len();
        }
        found
    }

    fn take_spaced(&mut self, word: &str) -> bool {
        self.skip_space();
        self.take(word)
    }

    /// Takes what fits, and how long it is.
    fn take_while(&mut self, fits: impl Fn(char) -> bool) -> usize {
        let rest = self.rest();
        let length = rest.find(|next| !fits(next)).unwrap_or(rest.len());
        self.at += length;
        length
    }

    fn error(&self, message: impl Into<String>) -> DiceError {
        DiceError::at(self.at, message)
    }

    fn unexpected(&self, wanted: Wanted) -> DiceError {
        self.error(hint::unexpected(self.text, self.at, wanted))
    }

    fn sum(&mut self) -> Result<Expr, DiceError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.error(format!("brackets are nested deeper than {DEPTH_MAX} levels")));
        }
        let mut left = self.product()?;
        loop {
            let operator = if self.take_spaced("+") {
                Operator::Add
            } else if self.take_spaced("-") {
                Operator::Subtract
            } else {
                break;
            };
            left = Expr::Binary(operator, Box::new(left), Box::new(self.product()?));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn product(&mut self) -> Result<Expr, DiceError> {
        let mut left = self.signed()?;
        loop {
            let operator = if self.take_spaced("*") {
                Operator::Multiply
            } else if self.take_spaced("/") {
                Operator::Divide
            } else if self.take_spaced("%") {
                Operator::Remainder
            } else {
                return Ok(left);
            };
            left = Expr::Binary(operator, Box::new(left), Box::new(self.signed()?));
        }
    }

    fn signed(&mut self) -> Result<Expr, DiceError> {
        let mut negative = false;
        loop {
            if self.take_spaced("-") {
                negative = !negative;
            } else if !self.take_spaced("+") {
                break;
            }
        }
        let inner = self.primary()?;
        Ok(if negative { Expr::Negative(Box::new(inner)) } else { inner })
    }

    fn primary(&mut self) -> Result<Expr, DiceError> {
        self.skip_space();
        for (word, modifier) in [("adv", Modifier::KeepHighest(1)), ("dis", Modifier::KeepLowest(1))] {
            if self.take(word) {
                return self.dice_with(whole(2), Sides::Number(whole(20)), vec![modifier]);
            }
        }
        for (word, function) in Function::ALL {
            let start = self.at;
            if self.take(word) {
                if self.take_spaced("(") {
                    return self.call(function);
                }
                self.at = start;
            }
        }
        match self.peek() {
            Some('d') => self.dice(whole(1)),
            Some('(') => {
                self.at += 1;
                let inner = self.sum()?;
                self.close(")")?;
                if self.peek_spaced() == Some('d') { self.dice(inner) } else { self.labelled(inner) }
            }
            Some('{') => self.group(),
            Some('@') => self.attribute(),
            Some('0'..='9' | '.') => {
                let number = Expr::Number(self.number()?);
                if self.peek_spaced() == Some('d') { self.dice(number) } else { self.labelled(number) }
            }
            _ => Err(self.unexpected(Wanted::Value)),
        }
    }

    fn close(&mut self, bracket: &'static str) -> Result<(), DiceError> {
        if self.take_spaced(bracket) { Ok(()) } else { Err(self.unexpected(Wanted::Closing(bracket))) }
    }

    /// A label behind a calculation is that of its dice, unless they have their own; numbers have none.
    fn labelled(&mut self, mut inner: Expr) -> Result<Expr, DiceError> {
        if let Some(label) = self.label()? {
            hand_down(&mut inner, &label);
        }
        Ok(inner)
    }

    fn call(&mut self, function: Function) -> Result<Expr, DiceError> {
        let arguments = self.list(")")?;
        let fits = match function {
            Function::Min | Function::Max => true,
            Function::Floor | Function::Ceil | Function::Round | Function::Abs => arguments.len() == 1,
        };
        if fits {
            self.labelled(Expr::Call(function, arguments))
        } else {
            Err(self.error(format!("\"{}\" takes one number", function.word())))
        }
    }

    fn list(&mut self, end: &'static str) -> Result<Vec<Expr>, DiceError> {
        let mut entries = vec![self.sum()?];
        while self.take_spaced(",") {
            entries.push(self.sum()?);
        }
        self.close(end)?;
        Ok(entries)
    }

    fn group(&mut self) -> Result<Expr, DiceError> {
        let start = self.at;
        self.at += 1;
        let entries = self.list("}")?;
        let modifiers = self.group_modifiers()?;
        if let [only] = entries.as_slice()
            && !modifiers.is_empty()
            && !check::adds_up(only)
        {
            return Err(DiceError::at(
                start,
                "a group of one entry works on dice that are added, such as {4d6 + 2d8}kh3",
            ));
        }
        let label = self.label()?;
        Ok(Expr::Group(Group { entries, modifiers, label }))
    }

    /// A value of the sheet. `-` is always a minus, so that `@dex-1` takes one off.
    fn attribute(&mut self) -> Result<Expr, DiceError> {
        let start = self.at;
        self.at += 1;
        let length = self.take_while(|next| next.is_alphanumeric() || matches!(next, '_' | '.'));
        let name = self.text.get(self.at - length..self.at).unwrap_or_default();
        if name.is_empty() {
            return Err(self.error("a name follows @, such as @dex"));
        }
        let value = (self.attribute)(name)
            .ok_or_else(|| DiceError::at(start, format!("\"@{name}\" is not on your sheet")))?;
        let written = written(value)
            .ok_or_else(|| DiceError::at(start, format!("\"@{name}\" is too large to calculate with")))?;
        self.labelled(written)
    }

    fn number(&mut self) -> Result<Number, DiceError> {
        let start = self.at;
        let mut digits: i64 = 0;
        let mut scale: i64 = 1;
        let mut seen_point = false;
        while let Some(next) = self.peek() {
            match (next, next.to_digit(10)) {
                (_, Some(digit)) => {
                    digits = digits.saturating_mul(10).saturating_add(i64::from(digit));
                    scale = if seen_point { scale.saturating_mul(10) } else { scale };
                }
                ('.', _) if !seen_point => seen_point = true,
                _ => break,
            }
            self.at += 1;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        let fits =
            digits / scale <= LITERAL_MAX && scale <= 1_000_000 && text.bytes().any(|byte| byte != b'.');
        Number::new(digits, scale).filter(|number| fits && *number <= largest()).ok_or_else(|| {
            DiceError::at(start, format!("numbers have at most six decimals and are at most {LITERAL_MAX}"))
        })
    }

    fn dice(&mut self, count: Expr) -> Result<Expr, DiceError> {
        self.skip_space();
        self.at += 1;
        let d = self.at;
        self.skip_space();
        let sides = match self.peek() {
            Some('%') => {
                self.at += 1;
                Sides::Number(whole(100))
            }
            Some('f') => {
                self.at += 1;
                Sides::Fudge
            }
            Some('c') => {
                self.at += 1;
                Sides::Coin
            }
            Some('(') => {
                self.at += 1;
                let inner = self.sum()?;
                self.close(")")?;
                Sides::Number(inner)
            }
            Some('0'..='9') => Sides::Number(Expr::Number(self.number()?)),
            _ => {
                self.at = d;
                return Err(self.unexpected(Wanted::Sides));
            }
        };
        self.dice_with(count, sides, Vec::new())
    }

    fn dice_with(&mut self, count: Expr, sides: Sides, before: Vec<Modifier>) -> Result<Expr, DiceError> {
        let modifiers = self.modifiers(before)?;
        let label = self.label()?;
        Ok(Expr::Dice(Box::new(Dice { count, sides, modifiers, label })))
    }

    fn label(&mut self) -> Result<Option<String>, DiceError> {
        let start = self.at;
        if !self.take_spaced("[") {
            self.at = start;
            return Ok(None);
        }
        let from = self.at;
        self.take_while(|next| next != ']');
        let text = self.text.get(from..self.at).unwrap_or_default().trim().to_owned();
        if !self.take("]") {
            return Err(DiceError::at(from, "a \"]\" is missing after this label"));
        }
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    fn flavour(&mut self) -> Option<String> {
        if !self.take_spaced("#") {
            return None;
        }
        let text = self.rest().trim().to_owned();
        self.at = self.text.len();
        Some(text).filter(|text| !text.is_empty())
    }
}

fn whole(value: i32) -> Expr {
    Expr::Number(Number::from(value))
}

/// The largest number that can be written.
fn largest() -> Number {
    Number::new(LITERAL_MAX, 1).unwrap_or(Number::ZERO)
}

/// A number as an expression that can be written, if it can.
fn written(value: Number) -> Option<Expr> {
    let size = value.abs();
    let expr = if size <= largest() && size.is_decimal() {
        Expr::Number(size)
    } else {
        let half = |half: i64| Number::new(half, 1).filter(|half| *half <= largest()).map(Expr::Number);
        Expr::Binary(Operator::Divide, Box::new(half(size.num())?), Box::new(half(size.den())?))
    };
    Some(if value.is_negative() { Expr::Negative(Box::new(expr)) } else { expr })
}

fn hand_down(expr: &mut Expr, label: &str) {
    match expr {
        Expr::Number(_) => {}
        Expr::Negative(inner) => hand_down(inner, label),
        Expr::Binary(_, left, right) => {
            hand_down(left, label);
            hand_down(right, label);
        }
        Expr::Call(_, arguments) => arguments.iter_mut().for_each(|argument| hand_down(argument, label)),
        Expr::Dice(dice) => _ = dice.label.get_or_insert_with(|| label.to_owned()),
        Expr::Group(group) => _ = group.label.get_or_insert_with(|| label.to_owned()),
    }
}
