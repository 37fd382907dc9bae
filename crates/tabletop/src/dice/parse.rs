//! From text to expression: recursive descent, bounded in length and depth.

use super::expression::{
    Comparison, Condition, Dice, DiceExpression, Expr, Function, Group, Modifier, Operator, Order, Sides,
};
use super::plain::{Lines, plain};
use super::{DEPTH_MAX, DiceError, FORMULA_BYTES_MAX, LITERAL_MAX, Number};

pub(crate) fn parse(
    formula: &str,
    attribute: &dyn Fn(&str) -> Option<Number>,
) -> Result<DiceExpression, DiceError> {
    if formula.len() > FORMULA_BYTES_MAX {
        return Err(DiceError::roll(format!("a formula has at most {FORMULA_BYTES_MAX} characters")));
    }
    let formula = &*plain(formula, Lines::Joined);
    let mut parser =
        Parser { text: formula, bytes: formula.as_bytes(), at: 0, depth: 0, attribute, notes: Vec::new() };
    let root = parser.sum()?;
    let flavour = parser.flavour();
    parser.skip_space();
    if parser.at < formula.len() {
        return Err(parser.unexpected());
    }
    Ok(DiceExpression { formula: formula.trim().to_owned(), root, flavour, notes: parser.notes })
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    attribute: &'a dyn Fn(&str) -> Option<Number>,
    notes: Vec<String>,
}

impl Parser<'_> {
    fn skip_space(&mut self) {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).map(u8::to_ascii_lowercase)
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Takes a word, without regard to case.
    fn take(&mut self, word: &str) -> bool {
        let found =
            self.rest().get(..word.len()).is_some_and(|rest| rest.eq_ignore_ascii_case(word.as_bytes()));
        if found {
            self.at += word.len();
        }
        found
    }

    fn take_spaced(&mut self, word: &str) -> bool {
        self.skip_space();
        self.take(word)
    }

    fn error(&self, message: impl Into<String>) -> DiceError {
        DiceError::at(self.at, message)
    }

    fn unexpected(&self) -> DiceError {
        let rest = self.text.get(self.at..).unwrap_or_default();
        match rest.chars().next() {
            None => self.error("the formula ends too early"),
            Some('<' | '>' | '=') => {
                let wanted: String = rest.chars().take(12).collect();
                let wanted = wanted.split([' ', '+', '-']).next().unwrap_or_default().to_owned();
                self.error(format!(
                    "to count dice write cs{wanted} (\">\" is strictly greater, \">=\" is at least)"
                ))
            }
            Some(character) => {
                self.error(format!("\"{character}\" is not understood here (position {})", self.at + 1))
            }
        }
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
            Some(b'd') => self.dice(whole(1)),
            Some(b'(') => {
                self.at += 1;
                let inner = self.sum()?;
                self.expect(")")?;
                if self.peek() == Some(b'd') { self.dice(inner) } else { self.labelled(inner) }
            }
            Some(b'{') => self.group(),
            Some(b'@') => self.attribute(),
            Some(b'0'..=b'9' | b'.') => {
                let number = self.number()?;
                if self.peek() == Some(b'd') {
                    self.dice(Expr::Number(number))
                } else {
                    self.labelled(Expr::Number(number))
                }
            }
            _ => Err(self.unexpected()),
        }
    }

    fn expect(&mut self, word: &str) -> Result<(), DiceError> {
        if self.take_spaced(word) { Ok(()) } else { Err(self.error(format!("a \"{word}\" is missing here"))) }
    }

    /// A label on something without dice only explains; it is dropped.
    fn labelled(&mut self, inner: Expr) -> Result<Expr, DiceError> {
        self.label()?;
        Ok(inner)
    }

    fn call(&mut self, function: Function) -> Result<Expr, DiceError> {
        let arguments = self.list(")")?;
        let fits = match function {
            Function::Min | Function::Max => !arguments.is_empty(),
            Function::Floor | Function::Ceil | Function::Round | Function::Abs => arguments.len() == 1,
        };
        if fits {
            self.labelled(Expr::Call(function, arguments))
        } else {
            Err(self.error("this function takes one number"))
        }
    }

    fn list(&mut self, end: &str) -> Result<Vec<Expr>, DiceError> {
        let mut entries = vec![self.sum()?];
        while self.take_spaced(",") {
            entries.push(self.sum()?);
        }
        self.expect(end)?;
        Ok(entries)
    }

    fn group(&mut self) -> Result<Expr, DiceError> {
        self.at += 1;
        let entries = self.list("}")?;
        let modifiers = self.modifiers(Vec::new())?;
        let group_modifier = |modifier: &Modifier| {
            matches!(
                modifier,
                Modifier::KeepHighest(_)
                    | Modifier::KeepLowest(_)
                    | Modifier::DropLowest(_)
                    | Modifier::DropHighest(_)
                    | Modifier::Successes(Condition::Is(..))
                    | Modifier::Failures(Condition::Is(..))
                    | Modifier::DeductFailures(Condition::Is(..))
                    | Modifier::Margin(_)
                    | Modifier::Sort(_)
            )
        };
        if let Some(wrong) = modifiers.iter().find(|modifier| !group_modifier(modifier)) {
            let word = wrong.word();
            return Err(self.error(format!(
                "\"{word}\" works on dice, not on a group; counting in a group needs a number"
            )));
        }
        let label = self.label()?;
        Ok(Expr::Group(Group { entries, modifiers, label }))
    }

    fn attribute(&mut self) -> Result<Expr, DiceError> {
        let start = self.at;
        self.at += 1;
        while self
            .peek()
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
        {
            self.at += 1;
        }
        let name = self.text.get(start + 1..self.at).unwrap_or_default();
        match (self.attribute)(name) {
            Some(value) => self.labelled(Expr::Number(value)),
            None => Err(DiceError::at(start, format!("\"@{name}\" is not on your sheet"))),
        }
    }

    fn number(&mut self) -> Result<Number, DiceError> {
        let start = self.at;
        let mut digits: i64 = 0;
        let mut scale: i64 = 1;
        let mut seen_point = false;
        while let Some(byte) = self.peek() {
            match byte {
                b'0'..=b'9' => {
                    digits = digits.saturating_mul(10).saturating_add(i64::from(byte - b'0'));
                    scale = if seen_point { scale.saturating_mul(10) } else { scale };
                }
                b'.' if !seen_point => seen_point = true,
                _ => break,
            }
            self.at += 1;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        let fits =
            digits / scale <= LITERAL_MAX && scale <= 1_000_000 && text.bytes().any(|byte| byte != b'.');
        match Number::new(digits, scale).filter(|_| fits) {
            Some(number) => Ok(number),
            None => Err(DiceError::at(
                start,
                format!("numbers have at most six decimals and are at most {LITERAL_MAX}"),
            )),
        }
    }

    fn dice(&mut self, count: Expr) -> Result<Expr, DiceError> {
        self.at += 1;
        let sides = match self.peek() {
            Some(b'%') => {
                self.at += 1;
                Sides::Number(whole(100))
            }
            Some(b'f') => {
                self.at += 1;
                Sides::Fudge
            }
            Some(b'c') if !matches!(self.rest().get(1).map(u8::to_ascii_lowercase), Some(b's' | b'f')) => {
                self.at += 1;
                Sides::Coin
            }
            Some(b'(') => {
                self.at += 1;
                let inner = self.sum()?;
                self.expect(")")?;
                Sides::Number(inner)
            }
            Some(b'0'..=b'9') => Sides::Number(Expr::Number(self.number()?)),
            _ => return Err(self.error("how many sides? Write d20, d%, dF, or d(…)")),
        };
        self.dice_with(count, sides, Vec::new())
    }

    fn dice_with(&mut self, count: Expr, sides: Sides, modifiers: Vec<Modifier>) -> Result<Expr, DiceError> {
        let modifiers = self.modifiers(modifiers)?;
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
        while self.peek().is_some_and(|byte| byte != b']') {
            self.at += 1;
        }
        let text = self.text.get(from..self.at).unwrap_or_default().trim().to_owned();
        self.expect("]")?;
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    fn flavour(&mut self) -> Option<String> {
        if !self.take_spaced("#") {
            return None;
        }
        let text = self.text.get(self.at..).unwrap_or_default().trim().to_owned();
        self.at = self.text.len();
        Some(text).filter(|text| !text.is_empty())
    }

    fn modifiers(&mut self, mut modifiers: Vec<Modifier>) -> Result<Vec<Modifier>, DiceError> {
        loop {
            let start = self.at;
            let Some(modifier) = self.modifier()? else {
                self.at = start;
                return Ok(modifiers);
            };
            if modifiers.iter().any(|held| held.word() == modifier.word()) {
                let word = modifier.word();
                return Err(DiceError::at(start, format!("\"{word}\" is written twice; once is enough")));
            }
            modifiers.push(modifier);
        }
    }

    fn modifier(&mut self) -> Result<Option<Modifier>, DiceError> {
        self.skip_space();
        // Longer words before those that they begin with.
        let modifier = if self.take("kh") {
            Modifier::KeepHighest(self.count()?)
        } else if self.take("kl") {
            Modifier::KeepLowest(self.count()?)
        } else if self.take("k") {
            Modifier::KeepHighest(self.count()?)
        } else if self.take("dl") {
            Modifier::DropLowest(self.count()?)
        } else if self.take("dh") {
            Modifier::DropHighest(self.count()?)
        } else if self.take("df") {
            Modifier::DeductFailures(self.condition(Condition::Lowest)?)
        } else if self.take("d") {
            Modifier::DropLowest(self.count()?)
        } else if self.take("ro") {
            Modifier::RerollOnce(self.condition(Condition::Lowest)?)
        } else if self.take("rr") {
            Modifier::Reroll(self.condition(Condition::Lowest)?)
        } else if self.take("r") {
            let modifier = Modifier::RerollOnce(self.condition(Condition::Lowest)?);
            self.notes.push("r rerolls once; rr rerolls until it no longer fits".to_owned());
            modifier
        } else if self.take("xo") {
            Modifier::ExplodeOnce(self.condition(Condition::Highest)?)
        } else if self.take("x") {
            Modifier::Explode(self.condition(Condition::Highest)?)
        } else if self.take("!!p") {
            Modifier::CompoundPenetrate(self.condition(Condition::Highest)?)
        } else if self.take("!!") {
            Modifier::Compound(self.condition(Condition::Highest)?)
        } else if self.take("!p") {
            Modifier::Penetrate(self.condition(Condition::Highest)?)
        } else if self.take("!") {
            Modifier::Explode(self.condition(Condition::Highest)?)
        } else if self.take("min") {
            Modifier::Least(self.integer()?)
        } else if self.take("max") {
            Modifier::Most(self.integer()?)
        } else if self.take("ms") {
            Modifier::Margin(self.integer()?)
        } else if self.take("cs") {
            Modifier::Successes(self.condition(Condition::Highest)?)
        } else if self.take("cf") {
            Modifier::Failures(self.condition(Condition::Lowest)?)
        } else if self.take("sf") {
            Modifier::SubtractFailing(self.condition(Condition::Lowest)?)
        } else if self.take("sa") {
            Modifier::Sort(Order::Ascending)
        } else if self.take("sd") {
            Modifier::Sort(Order::Descending)
        } else if self.take("s") {
            Modifier::Sort(Order::Ascending)
        } else if self.take("even") {
            Modifier::Even
        } else if self.take("odd") {
            Modifier::Odd
        } else if self.take("uo") {
            Modifier::UniqueOnce
        } else if self.take("u") {
            Modifier::Unique
        } else {
            return Ok(None);
        };
        Ok(Some(modifier))
    }

    /// How many dice; one without a number.
    fn count(&mut self) -> Result<i64, DiceError> {
        match self.peek() {
            Some(b'0'..=b'9') => self.integer(),
            _ => Ok(1),
        }
    }

    fn integer(&mut self) -> Result<i64, DiceError> {
        let negative = self.take_spaced("-");
        let start = self.at;
        match self.peek() {
            Some(b'0'..=b'9') => {}
            _ => return Err(self.error("a number is missing here")),
        }
        let number = self
            .number()?
            .to_integer()
            .ok_or_else(|| DiceError::at(start, "a whole number is needed here"))?;
        Ok(if negative { -number } else { number })
    }

    fn condition(&mut self, otherwise: Condition) -> Result<Condition, DiceError> {
        for (symbol, comparison) in [
            ("!=", Comparison::Unequal),
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
            ("=", Comparison::Equal),
        ] {
            if self.take(symbol) {
                return Ok(Condition::Is(comparison, self.integer()?));
            }
        }
        match self.peek() {
            Some(b'0'..=b'9') => Ok(Condition::Is(Comparison::Equal, self.integer()?)),
            _ => Ok(otherwise),
        }
    }
}

fn whole(value: i64) -> Expr {
    Expr::Number(Number::new(value, 1).unwrap_or(Number::ZERO))
}
