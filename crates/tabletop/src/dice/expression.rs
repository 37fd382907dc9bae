//! A formula, understood. How it is written stands in [`super::print`], how it is read in [`super::parse`].

use super::{DiceError, Entropy, Number, RollRecord, Sort, parse, roll};

/// A formula, ready to throw: whatever its dice show, something comes of it.
///
/// Two are equal when they mean the same, however they were typed. The text form is canonical: it parses to an equal
/// expression. It may be longer than [`FORMULA_BYTES_MAX`](super::FORMULA_BYTES_MAX).
#[derive(Clone, Debug)]
pub struct DiceExpression {
    pub(super) formula: String,
    pub(super) root: Expr,
    pub(super) flavour: Option<String>,
    pub(super) notes: Vec<String>,
    /// Dice that are thrown in any case, at most [`DICE_MAX`](super::DICE_MAX).
    pub(super) sure_dice: usize,
}

impl DiceExpression {
    /// Understands a formula without references to a sheet. Whether it does depends on the text alone, never on dice.
    pub fn parse(formula: &str) -> Result<Self, DiceError> {
        Self::parse_with(formula, &|_| None)
    }

    /// Understands a formula; `attribute` gives the value behind `@name`.
    pub fn parse_with(formula: &str, attribute: &dyn Fn(&str) -> Option<Number>) -> Result<Self, DiceError> {
        parse::parse(formula, attribute)
    }

    /// Throws the dice. A calculation that the dice make impossible is void: its record has no total.
    pub fn roll(&self, entropy: &mut dyn Entropy) -> RollRecord {
        roll::Thrower::new(entropy, self.sure_dice).roll(self)
    }
}

impl PartialEq for DiceExpression {
    fn eq(&self, other: &Self) -> bool {
        (&self.root, &self.flavour) == (&other.root, &other.flavour)
    }
}

#[derive(Clone, PartialEq, Debug)]
pub(super) enum Expr {
    /// Not negative, and a decimal that the notation can write.
    Number(Number),
    Negative(Box<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
    Call(Function, Vec<Expr>),
    Dice(Box<Dice>),
    Group(Group),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Function {
    Floor,
    Ceil,
    Round,
    Abs,
    Min,
    Max,
}

impl Function {
    pub(super) const ALL: [(&'static str, Self); 6] = [
        ("floor", Self::Floor),
        ("ceil", Self::Ceil),
        ("round", Self::Round),
        ("abs", Self::Abs),
        ("min", Self::Min),
        ("max", Self::Max),
    ];

    pub(super) fn word(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, function)| *function == self).map_or("", |(word, _)| word)
    }
}

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Dice {
    pub(super) count: Expr,
    pub(super) sides: Sides,
    pub(super) modifiers: Vec<Modifier>,
    pub(super) label: Option<String>,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) enum Sides {
    Number(Expr),
    Fudge,
    Coin,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Group {
    /// At least one. If it is the only one and there are modifiers, it is a sum of dice and numbers.
    pub(super) entries: Vec<Expr>,
    pub(super) modifiers: Vec<Modifier>,
    pub(super) label: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Modifier {
    KeepHighest(i32),
    KeepLowest(i32),
    DropLowest(i32),
    DropHighest(i32),
    RerollOnce(Condition),
    Reroll(Condition),
    Explode(Condition),
    ExplodeOnce(Condition),
    Compound(Condition),
    Penetrate(Condition),
    CompoundPenetrate(Condition),
    Least(i32),
    Most(i32),
    Unique,
    UniqueOnce,
    Successes(Condition),
    Failures(Condition),
    DeductFailures(Condition),
    SubtractFailing(Condition),
    Margin(i32),
    Even,
    Odd,
    Sort(Sort),
}

/// Which faces a modifier is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Condition {
    /// The highest face.
    Highest,
    /// The lowest face.
    Lowest,
    /// A comparison.
    Is(Comparison, i32),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    pub(super) const ALL: [(&'static str, Self); 6] = [
        ("!=", Self::Unequal),
        ("<=", Self::LessOrEqual),
        (">=", Self::GreaterOrEqual),
        ("<", Self::Less),
        (">", Self::Greater),
        ("=", Self::Equal),
    ];

    pub(super) fn symbol(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, comparison)| *comparison == self).map_or("", |(symbol, _)| symbol)
    }

    pub(super) fn holds<T: Ord>(self, value: T, than: T) -> bool {
        match self {
            Self::Equal => value == than,
            Self::Unequal => value != than,
            Self::Less => value < than,
            Self::LessOrEqual => value <= than,
            Self::Greater => value > than,
            Self::GreaterOrEqual => value >= than,
        }
    }
}

/// When a modifier does its work, whatever the order in which it is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stage {
    /// Changes values or what is kept, in written order.
    Change,
    /// Says what the result counts: one of these.
    Count,
    /// Is taken off what was counted.
    Deduct,
    /// Is taken off the result.
    Margin,
    /// Says how the dice are shown.
    Show,
}

impl Modifier {
    /// What makes two modifiers equal: each may be written once.
    pub(super) const fn word(self) -> &'static str {
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
            Self::Sort(Sort::Ascending) => "sa",
            Self::Sort(Sort::Descending) => "sd",
        }
    }

    pub(super) const fn stage(self) -> Stage {
        match self {
            Self::KeepHighest(_)
            | Self::KeepLowest(_)
            | Self::DropLowest(_)
            | Self::DropHighest(_)
            | Self::RerollOnce(_)
            | Self::Reroll(_)
            | Self::Explode(_)
            | Self::ExplodeOnce(_)
            | Self::Compound(_)
            | Self::Penetrate(_)
            | Self::CompoundPenetrate(_)
            | Self::Least(_)
            | Self::Most(_)
            | Self::Unique
            | Self::UniqueOnce => Stage::Change,
            Self::Successes(_) | Self::Failures(_) | Self::Even | Self::Odd => Stage::Count,
            Self::DeductFailures(_) | Self::SubtractFailing(_) => Stage::Deduct,
            Self::Margin(_) => Stage::Margin,
            Self::Sort(_) => Stage::Show,
        }
    }
}
