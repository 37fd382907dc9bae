//! Exact fractions, small enough that a browser holds both halves without rounding.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Neither half of a [`Number`] is larger than this: 2⁵³ − 1, the largest integer that JavaScript keeps exactly.
pub const NUMBER_MAX: i64 = (1 << 53) - 1;

/// A decimal is written with at most this many digits after the point.
pub const FRACTION_DIGITS_MAX: u32 = 6;

/// An exact fraction in lowest terms with a positive denominator.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "Fraction")]
pub struct Number {
    num: i64,
    den: i64,
}

impl Number {
    /// Nothing.
    pub const ZERO: Self = Self { num: 0, den: 1 };

    /// `num / den`, reduced; `None` if `den` is zero or a half is larger than [`NUMBER_MAX`].
    pub fn new(num: i64, den: i64) -> Option<Self> {
        Self::reduced(i128::from(num), i128::from(den))
    }

    /// The numerator; it has the sign.
    pub const fn num(self) -> i64 {
        self.num
    }

    /// The denominator, at least 1.
    pub const fn den(self) -> i64 {
        self.den
    }

    /// The value, if it is whole.
    pub fn to_integer(self) -> Option<i64> {
        (self.den == 1).then_some(self.num)
    }

    /// `self + other`, if it can be written.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Self::reduced(self.crossed(other) + other.crossed(self), self.wide_den() * other.wide_den())
    }

    /// `self - other`, if it can be written.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(other.negated())
    }

    /// `self × other`, if it can be written.
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        Self::reduced(i128::from(self.num) * i128::from(other.num), self.wide_den() * other.wide_den())
    }

    /// `self ÷ other`, exactly; `None` also if `other` is zero.
    pub fn checked_div(self, other: Self) -> Option<Self> {
        Self::reduced(self.crossed(other), self.wide_den() * i128::from(other.num))
    }

    /// What is left of `self ÷ other` without its fraction. It has the sign of `self`, as on a calculator; `None` also
    /// if `other` is zero.
    pub fn checked_rem(self, other: Self) -> Option<Self> {
        // Over the common denominator both are whole, and a remainder is no larger than what is divided.
        let divisor = other.crossed(self);
        if divisor == 0 {
            return None;
        }
        Self::reduced(self.crossed(other) % divisor, self.wide_den() * other.wide_den())
    }

    /// `-self`.
    pub const fn negated(self) -> Self {
        Self { num: -self.num, den: self.den }
    }

    /// The value without its sign.
    pub const fn abs(self) -> Self {
        Self { num: self.num.abs(), den: self.den }
    }

    /// The largest whole number that is not larger.
    pub const fn floor(self) -> Self {
        Self { num: self.num.div_euclid(self.den), den: 1 }
    }

    /// The smallest whole number that is not smaller.
    pub const fn ceil(self) -> Self {
        self.negated().floor().negated()
    }

    /// The nearest whole number; halves go up.
    pub const fn round(self) -> Self {
        // Both halves are below 2⁵³, so neither doubling nor adding can overflow.
        Self { num: (2 * self.num + self.den).div_euclid(2 * self.den), den: 1 }
    }

    /// The whole part: rounded towards zero.
    pub const fn trunc(self) -> Self {
        Self { num: self.num / self.den, den: 1 }
    }

    /// Whether the value is below zero.
    pub const fn is_negative(self) -> bool {
        self.num < 0
    }

    /// Whether [`Display`](fmt::Display) writes a decimal that the notation can read back.
    pub(super) fn is_decimal(self) -> bool {
        10_i64.pow(FRACTION_DIGITS_MAX) % self.den == 0
    }

    /// This numerator over the common denominator. Factors are below 2⁵³, so no product of two, nor a sum of two
    /// products, leaves an `i128`.
    fn crossed(self, other: Self) -> i128 {
        i128::from(self.num) * other.wide_den()
    }

    fn wide_den(self) -> i128 {
        i128::from(self.den)
    }

    fn reduced(num: i128, den: i128) -> Option<Self> {
        if den == 0 {
            return None;
        }
        let divisor = greatest_common_divisor(num.unsigned_abs(), den.unsigned_abs());
        let divisor = i128::try_from(divisor).ok()? * den.signum();
        let (num, den) = (i64::try_from(num / divisor).ok()?, i64::try_from(den / divisor).ok()?);
        let fits = (-NUMBER_MAX..=NUMBER_MAX).contains(&num) && den <= NUMBER_MAX;
        fits.then_some(Self { num, den })
    }
}

fn greatest_common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl From<i32> for Number {
    fn from(value: i32) -> Self {
        Self { num: i64::from(value), den: 1 }
    }
}

impl From<u32> for Number {
    fn from(value: u32) -> Self {
        Self { num: i64::from(value), den: 1 }
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.crossed(*other).cmp(&other.crossed(*self))
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Exact: a whole number, a decimal of up to [`FRACTION_DIGITS_MAX`] places, or else `num/den`.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.den == 1 {
            return write!(f, "{}", self.num);
        }
        if !self.is_decimal() {
            return write!(f, "{}/{}", self.num, self.den);
        }
        let sign = if self.is_negative() { "-" } else { "" };
        let scale = 10_i64.pow(FRACTION_DIGITS_MAX) / self.den;
        let fraction = format!("{:06}", self.num.abs() % self.den * scale);
        write!(f, "{sign}{}.{}", self.num.abs() / self.den, fraction.trim_end_matches('0'))
    }
}

/// What is stored; it becomes a [`Number`] only if it is in lowest terms and within limits.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fraction {
    num: i64,
    den: i64,
}

impl TryFrom<Fraction> for Number {
    type Error = FractionError;

    fn try_from(fraction: Fraction) -> Result<Self, FractionError> {
        let number = Self::new(fraction.num, fraction.den).ok_or(FractionError)?;
        if (number.num, number.den) == (fraction.num, fraction.den) { Ok(number) } else { Err(FractionError) }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("not a fraction in lowest terms with halves below 2^53")]
struct FractionError;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(num: i64, den: i64) -> Number {
        Number::new(num, den).unwrap()
    }

    #[test]
    fn fractions_are_reduced_and_carry_their_sign_on_top() {
        assert_eq!((number(6, -4).num(), number(6, -4).den()), (-3, 2));
        assert_eq!(number(0, -7), Number::ZERO);
        assert_eq!(Number::new(1, 0), None);
    }

    #[test]
    fn halves_are_limited() {
        assert!(Number::new(NUMBER_MAX, 1).is_some());
        assert!(Number::new(-NUMBER_MAX, 1).is_some());
        assert!(Number::new(1, NUMBER_MAX).is_some());
        assert_eq!(Number::new(NUMBER_MAX + 1, 1), None);
        assert_eq!(Number::new(-NUMBER_MAX - 1, 1), None);
        assert_eq!(Number::new(1, NUMBER_MAX + 1), None);
        assert_eq!(Number::new(i64::MIN, i64::MIN), Number::new(1, 1));
        assert_eq!(Number::new(i64::MIN, -1), None);
    }

    #[test]
    fn rounding_names_mean_what_they_say() {
        let rounded = |num, den| {
            let number = number(num, den);
            [number.floor(), number.ceil(), number.round(), number.trunc()].map(|n| n.num())
        };
        assert_eq!(rounded(5, 2), [2, 3, 3, 2]);
        assert_eq!(rounded(-5, 2), [-3, -2, -2, -2]);
        assert_eq!(rounded(7, 3), [2, 3, 2, 2]);
        assert_eq!(rounded(-7, 3), [-3, -2, -2, -2]);
        assert_eq!(rounded(4, 1), [4, 4, 4, 4]);
        assert_eq!(
            rounded(-NUMBER_MAX, 2),
            [-4503599627370496, -4503599627370495, -4503599627370495, -4503599627370495]
        );
    }

    #[test]
    fn numbers_are_shown_exactly() {
        let shown = |num, den| number(num, den).to_string();
        assert_eq!(shown(7, 1), "7");
        assert_eq!(shown(-7, 2), "-3.5");
        assert_eq!(shown(-1, 8), "-0.125");
        assert_eq!(shown(1, 1_000_000), "0.000001");
        assert_eq!(shown(1, 10_000_000), "1/10000000");
        assert_eq!(shown(10, 3), "10/3");
    }

    #[test]
    fn only_a_reduced_fraction_is_read_back() {
        let read = |text| serde_json::from_str::<Number>(text).ok();
        assert_eq!(read(r#"{"num":-3,"den":2}"#), Number::new(-3, 2));
        for bad in [r#"{"num":2,"den":2}"#, r#"{"num":1,"den":0}"#, r#"{"num":1,"den":-2}"#, r#"{"num":1}"#] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(read(r#"{"num":9007199254740992,"den":1}"#), None);
        assert_eq!(read(r#"{"num":1,"den":1,"sign":1}"#), None);
    }

    proptest! {
        #[test]
        fn arithmetic_agrees_with_wide_integers(a in -NUMBER_MAX..=NUMBER_MAX, b in -NUMBER_MAX..=NUMBER_MAX) {
            let (x, y) = (number(a, 1), number(b, 1));
            let fits = |wide: i128| i64::try_from(wide).ok().and_then(|value| Number::new(value, 1));
            prop_assert_eq!(x.checked_add(y), fits(i128::from(a) + i128::from(b)));
            prop_assert_eq!(x.checked_sub(y), fits(i128::from(a) - i128::from(b)));
            prop_assert_eq!(x.checked_mul(y), fits(i128::from(a) * i128::from(b)));
            prop_assert_eq!(x.checked_rem(y), (b != 0).then(|| fits(i128::from(a) % i128::from(b))).flatten());
            prop_assert_eq!(x.cmp(&y), a.cmp(&b));
        }

        #[test]
        fn division_undoes_multiplication(a in -9999_i64..9999, b in 1_i64..9999, c in 1_i64..9999, d in 1_i64..9999) {
            let (x, y) = (number(a, b), number(c, d));
            prop_assert_eq!(x.checked_mul(y).and_then(|product| product.checked_div(y)), Some(x));
            prop_assert_eq!(x.checked_sub(y).and_then(|difference| difference.checked_add(y)), Some(x));
            prop_assert_eq!(
                x.checked_rem(y),
                x.checked_div(y).and_then(|q| q.trunc().checked_mul(y)).and_then(|whole| x.checked_sub(whole))
            );
            prop_assert_eq!(serde_json::from_str::<Number>(&serde_json::to_string(&x)?)?, x);
        }

        #[test]
        fn arithmetic_on_any_two_fractions_never_panics(
            a in -NUMBER_MAX..=NUMBER_MAX, b in 1..=NUMBER_MAX, c in -NUMBER_MAX..=NUMBER_MAX, d in 1..=NUMBER_MAX,
        ) {
            let (x, y) = (number(a, b), number(c, d));
            let _ = (x.checked_add(y), x.checked_sub(y), x.checked_mul(y), x.checked_div(y), x.checked_rem(y), x.cmp(&y));
            prop_assert!(x.floor() <= x && x <= x.ceil());
            prop_assert!(x.round().checked_sub(x).is_none_or(|gap| gap.abs() <= number(1, 2)));
            let _ = (x.trunc(), x.to_string());
        }
    }
}
