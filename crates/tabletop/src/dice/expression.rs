//! A formula, understood. Its text form is canonical: it parses to the same expression.

use std::fmt;

use super::{DiceError, Entropy, Number, RollRecord, parse, roll};

/// A formula, ready to throw.
#[derive(Clone, PartialEq, Debug)]
pub struct DiceExpression {
    pub(crate) formula: String,
    pub(crate) root: Expr,
    pub(crate) flavour: Option<String>,
    pub(crate) notes: Vec<String>,
}

impl DiceExpression {
    /// Understands a formula without references to a sheet.
    pub fn parse(formula: &str) -> Result<Self, DiceError> {
        Self::parse_with(formula, &|_| None)
    }

    /// Understands a formula; `attribute` gives the value behind `@name`.
    pub fn parse_with(formula: &str, attribute: &dyn Fn(&str) -> Option<Number>) -> Result<Self, DiceError> {
        parse::parse(formula, attribute)
    }

    /// Throws the dice.
    pub fn roll(&self, entropy: &mut dyn Entropy) -> Result<RollRecord, DiceError> {
        roll::roll(self, entropy)
    }
}

impl fmt::Display for DiceExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.root)?;
        match &self.flavour {
            Some(flavour) => write!(f, " # {flavour}"),
            None => Ok(()),
        }
    }
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Expr {
    Number(Number),
    Negative(Box<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
    Call(Function, Vec<Expr>),
    Dice(Box<Dice>),
    Group(Group),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Operator {
    const fn symbol(self) -> char {
        match self {
            Self::Add => '+',
            Self::Subtract => '-',
            Self::Multiply => '*',
            Self::Divide => '/',
            Self::Remainder => '%',
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Function {
    Floor,
    Ceil,
    Round,
    Abs,
    Min,
    Max,
}

impl Function {
    pub(crate) const ALL: [(&'static str, Self); 6] = [
        ("floor", Self::Floor),
        ("ceil", Self::Ceil),
        ("round", Self::Round),
        ("abs", Self::Abs),
        ("min", Self::Min),
        ("max", Self::Max),
    ];

    fn word(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, function)| *function == self).map_or("", |(word, _)| word)
    }
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Dice {
    pub(crate) count: Expr,
    pub(crate) sides: Sides,
    pub(crate) modifiers: Vec<Modifier>,
    pub(crate) label: Option<String>,
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Sides {
    Number(Expr),
    Fudge,
    Coin,
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Group {
    pub(crate) entries: Vec<Expr>,
    pub(crate) modifiers: Vec<Modifier>,
    pub(crate) label: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Modifier {
    KeepHighest(i64),
    KeepLowest(i64),
    DropLowest(i64),
    DropHighest(i64),
    RerollOnce(Condition),
    Reroll(Condition),
    Explode(Condition),
    ExplodeOnce(Condition),
    Compound(Condition),
    Penetrate(Condition),
    CompoundPenetrate(Condition),
    Least(i64),
    Most(i64),
    Unique,
    UniqueOnce,
    Successes(Condition),
    Failures(Condition),
    DeductFailures(Condition),
    SubtractFailing(Condition),
    Margin(i64),
    Even,
    Odd,
    Sort(Order),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Order {
    Ascending,
    Descending,
}

/// Which faces a modifier is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Condition {
    /// The highest face.
    Highest,
    /// The lowest face.
    Lowest,
    /// A comparison.
    Is(Comparison, i64),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

impl Modifier {
    /// What makes two modifiers equal: each may be written once.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::KeepHighest(_) => "kh",
            Self::KeepLowest(_) => "kl",
            Self::DropLowest(_) => "dl",
            Self::DropHighest(_) => "dh",
            Self::RerollOnce(_) => "ro",
            Self::Reroll(_) => "rr",
            Self::Explode(_) => "x",
            Self::ExplodeOnce(_) => "xo",
            Self::Compound(_) => "!!",
            Self::Penetrate(_) => "!p",
            Self::CompoundPenetrate(_) => "!!p",
            Self::Least(_) => "min",
            Self::Most(_) => "max",
            Self::Unique => "u",
            Self::UniqueOnce => "uo",
            Self::Successes(_) => "cs",
            Self::Failures(_) => "cf",
            Self::DeductFailures(_) => "df",
            Self::SubtractFailing(_) => "sf",
            Self::Margin(_) => "ms",
            Self::Even => "even",
            Self::Odd => "odd",
            Self::Sort(Order::Ascending) => "sa",
            Self::Sort(Order::Descending) => "sd",
        }
    }

    /// Whether it counts instead of changing values; counting comes last.
    pub(crate) const fn counts(self) -> bool {
        matches!(
            self,
            Self::Successes(_)
                | Self::Failures(_)
                | Self::DeductFailures(_)
                | Self::SubtractFailing(_)
                | Self::Margin(_)
                | Self::Even
                | Self::Odd
                | Self::Sort(_)
        )
    }
}

impl fmt::Display for Modifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // After another word "odd" would read as its last letter.
        let space = if *self == Self::Odd { " " } else { "" };
        write!(f, "{space}{}", self.word())?;
        match self {
            Self::KeepHighest(n)
            | Self::KeepLowest(n)
            | Self::DropLowest(n)
            | Self::DropHighest(n)
            | Self::Least(n)
            | Self::Most(n)
            | Self::Margin(n) => write!(f, "{n}"),
            Self::RerollOnce(when)
            | Self::Reroll(when)
            | Self::Explode(when)
            | Self::ExplodeOnce(when)
            | Self::Compound(when)
            | Self::Penetrate(when)
            | Self::CompoundPenetrate(when)
            | Self::Successes(when)
            | Self::Failures(when)
            | Self::DeductFailures(when)
            | Self::SubtractFailing(when) => write!(f, "{when}"),
            Self::Unique | Self::UniqueOnce | Self::Even | Self::Odd | Self::Sort(_) => Ok(()),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Highest | Self::Lowest => Ok(()),
            Self::Is(comparison, value) => write!(f, "{}{value}", comparison.symbol()),
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Negative(inner) => write!(f, "-{}", Tight(inner)),
            Self::Binary(operator @ (Operator::Add | Operator::Subtract), left, right) => {
                let symbol = operator.symbol();
                match right.as_ref() {
                    Self::Binary(Operator::Add | Operator::Subtract, ..) => {
                        write!(f, "{left} {symbol} ({right})")
                    }
                    _ => write!(f, "{left} {symbol} {right}"),
                }
            }
            Self::Binary(operator, left, right) => {
                let left_is_sum =
                    matches!(left.as_ref(), Self::Binary(Operator::Add | Operator::Subtract, ..));
                if left_is_sum {
                    write!(f, "({left})")?
                } else {
                    write!(f, "{left}")?
                }
                write!(f, " {} {}", operator.symbol(), Tight(right))
            }
            Self::Call(function, arguments) => {
                write!(f, "{}(", function.word())?;
                list(f, arguments)?;
                f.write_str(")")
            }
            Self::Dice(dice) => dice.fmt(f),
            Self::Group(group) => {
                f.write_str("{")?;
                list(f, &group.entries)?;
                f.write_str("}")?;
                tail(f, &group.modifiers, group.label.as_deref())
            }
        }
    }
}

/// In brackets if it is a calculation.
struct Tight<'a>(&'a Expr);

impl fmt::Display for Tight<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Expr::Binary(..) | Expr::Negative(_) => write!(f, "({})", self.0),
            Expr::Number(number) if number.is_negative() || number.den() != 1 => write!(f, "({})", self.0),
            Expr::Number(_) | Expr::Call(..) | Expr::Dice(_) | Expr::Group(_) => write!(f, "{}", self.0),
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, entries: &[Expr]) -> fmt::Result {
    for (index, entry) in entries.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        write!(f, "{comma}{entry}")?;
    }
    Ok(())
}

fn tail(f: &mut fmt::Formatter<'_>, modifiers: &[Modifier], label: Option<&str>) -> fmt::Result {
    modifiers.iter().try_for_each(|modifier| write!(f, "{modifier}"))?;
    match label {
        Some(label) => write!(f, "[{label}]"),
        None => Ok(()),
    }
}

impl fmt::Display for Dice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        operand(f, &self.count)?;
        match &self.sides {
            Sides::Number(sides) => {
                f.write_str("d")?;
                operand(f, sides)?;
            }
            Sides::Fudge => f.write_str("dF")?,
            // Before a modifier a space, lest "dc" and "sa" read as "cs".
            Sides::Coin => f.write_str(if self.modifiers.is_empty() { "dc" } else { "dc " })?,
        }
        tail(f, &self.modifiers, self.label.as_deref())
    }
}

/// A plain number, or a calculation in brackets.
fn operand(f: &mut fmt::Formatter<'_>, expr: &Expr) -> fmt::Result {
    match expr {
        Expr::Number(number) if number.den() == 1 && !number.is_negative() => write!(f, "{number}"),
        other => write!(f, "({other})"),
    }
}
