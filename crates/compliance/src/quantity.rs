//! Quantities of Kubernetes, exactly (`apimachinery/pkg/api/resource`).
//!
//! `1`, `1.5`, `500m`, `64Mi`, `1e3`; suffixes n u m k M G T P E and Ki Mi Gi Ti Pi Ei. Less than a billionth is rounded
//! up, as Kubernetes does.

use std::collections::BTreeMap;
use std::fmt;
use std::iter::Sum;
use std::ops::Add;

use serde::de::{Deserialize, Deserializer, Error as _, Visitor};

/// Amounts by the names of resources.
pub(crate) type Resources = BTreeMap<String, Quantity>;

/// An amount, in billionths.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub(crate) struct Quantity(i128);

const BILLION: i128 = 1_000_000_000;
/// What is larger is no amount of anything.
const DIGITS_MAX: usize = 24;

impl Quantity {
    pub(crate) const fn whole(number: u64) -> Self {
        Self(number as i128 * BILLION)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let digits_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, suffix) = rest.split_at(digits_end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.len() + fraction.len() == 0
            || whole.len() + fraction.len() > DIGITS_MAX
            || fraction.contains('.')
        {
            return None;
        }
        let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
        let fraction_digits = i32::try_from(fraction.len()).ok()?;
        let scaled = match binary_power(suffix) {
            Some(power) => {
                let factor = 1_i128.checked_shl(power)?.checked_mul(BILLION)?;
                divided_up(digits.checked_mul(factor)?, ten_to(fraction_digits)?)
            }
            None => {
                let exponent = decimal_exponent(suffix)? + 9 - fraction_digits;
                if exponent >= 0 {
                    digits.checked_mul(ten_to(exponent)?)?
                } else {
                    ten_to(-exponent).map_or(i128::from(digits > 0), |divisor| divided_up(digits, divisor))
                }
            }
        };
        Some(Self(if negative { -scaled } else { scaled }))
    }

    /// So many times this.
    pub(crate) fn times(self, count: u64) -> Self {
        Self(self.0.saturating_mul(i128::from(count)))
    }

    /// Whether this is more than `ratio` times another.
    pub(crate) fn exceeds(self, ratio: Self, other: Self) -> bool {
        match (self.0.checked_mul(BILLION), ratio.0.checked_mul(other.0)) {
            (Some(own), Some(allowed)) => own > allowed,
            // Too large to tell: refused rather than taken.
            (_, _) => true,
        }
    }

    /// As people write an amount of a resource.
    pub(crate) fn of(self, resource: &str) -> String {
        let is_bytes = ["memory", "storage"].iter().any(|bytes| resource.ends_with(bytes));
        if is_bytes && self.0 % BILLION == 0 {
            let mut number = self.0 / BILLION;
            for suffix in ["", "Ki", "Mi", "Gi", "Ti", "Pi"] {
                if number == 0 || number % 1024 != 0 {
                    return format!("{number}{suffix}");
                }
                number /= 1024;
            }
            return format!("{number}Ei");
        }
        self.to_string()
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, suffix) in [(BILLION, ""), (1_000_000, "m"), (1_000, "u"), (1, "n")] {
            if self.0 % unit == 0 {
                return write!(f, "{}{suffix}", self.0 / unit);
            }
        }
        Ok(())
    }
}

impl Add for Quantity {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Quantity {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::default(), Add::add)
    }
}

fn ten_to(exponent: i32) -> Option<i128> {
    10_i128.checked_pow(u32::try_from(exponent).ok()?)
}

fn divided_up(number: i128, divisor: i128) -> i128 {
    number / divisor + i128::from(number % divisor > 0)
}

fn binary_power(suffix: &str) -> Option<u32> {
    let power = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].iter().position(|known| *known == suffix)?;
    u32::try_from(power).ok().map(|power| (power + 1) * 10)
}

fn decimal_exponent(suffix: &str) -> Option<i32> {
    Some(match suffix {
        "n" => -9,
        "u" => -6,
        "m" => -3,
        "" => 0,
        "k" => 3,
        "M" => 6,
        "G" => 9,
        "T" => 12,
        "P" => 15,
        "E" => 18,
        _ => {
            let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
            return (-100..=100).contains(&exponent).then_some(exponent);
        }
    })
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Quantity;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a quantity")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Quantity, E> {
                Quantity::parse(text).ok_or_else(|| E::custom(format!("`{text}` is not a quantity")))
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Quantity, E> {
                Ok(Quantity::whole(number))
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Quantity, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Quantity, E> {
                // The shortest text that means this number is what was written.
                self.visit_str(&number.to_string())
            }
        }

        let quantity = deserializer.deserialize_any(Text)?;
        match quantity.0 < 0 {
            true => Err(D::Error::custom("a quantity below zero")),
            false => Ok(quantity),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn billionths(text: &str) -> Option<i128> {
        Quantity::parse(text).map(|quantity| quantity.0)
    }

    #[test]
    fn every_way_of_writing_means_an_exact_amount() {
        for (text, expected) in [
            ("0", 0),
            ("1", BILLION),
            ("+1", BILLION),
            ("-1", -BILLION),
            ("1.5", 1_500_000_000),
            ("1.", BILLION),
            (".5", 500_000_000),
            ("500m", 500_000_000),
            ("0.5m", 500_000),
            ("1u", 1_000),
            ("1n", 1),
            ("0.1n", 1),
            ("1.1n", 2),
            ("1k", 1_000 * BILLION),
            ("1Ki", 1_024 * BILLION),
            ("64Mi", 64 * 1_048_576 * BILLION),
            ("0.5Ki", 512 * BILLION),
            ("1.0001Ki", 1_024_102_400_000),
            ("1e3", 1_000 * BILLION),
            ("1E3", 1_000 * BILLION),
            ("1e-3", 1_000_000),
            ("1e+3", 1_000 * BILLION),
            ("1E", 1_000_000_000_000_000_000 * BILLION),
            ("1Ei", (1 << 60) * BILLION),
            ("1e-100", 1),
            ("0e-100", 0),
        ] {
            assert_eq!(billionths(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_quantity_is_refused() {
        for text in [
            "",
            ".",
            "-",
            "1.5.5",
            "1KI",
            "1K",
            "1 Mi",
            "Mi",
            "1Mib",
            "e3",
            "1e",
            "1ee3",
            "0x1",
            "1_000",
            "1e101",
            "9999999999999999999999999",
            "1e30E",
            "NaN",
            "inf",
            "1,5",
            "١",
        ] {
            assert_eq!(billionths(text), None, "{text}");
        }
        assert_eq!(billionths("999999999999999999999999Ei"), None, "more than can be told");
        assert_eq!(billionths("1e40"), None);
    }

    #[test]
    fn numbers_are_read_as_they_are_written() {
        let read = |json: &str| serde_json::from_str::<Quantity>(json).ok();
        assert_eq!(read("2"), Some(Quantity::whole(2)));
        assert_eq!(read("0.1"), Quantity::parse("100m"));
        assert_eq!(read("1e3"), Some(Quantity::whole(1000)));
        assert_eq!(read("1e21"), Quantity::parse("1000E"));
        assert_eq!(read("\"1Gi\""), Some(Quantity::whole(1 << 30)));
        assert_eq!(read("-1"), None);
        assert_eq!(read("\"-1\""), None);
        assert_eq!(read("true"), None);
    }

    #[test]
    fn amounts_are_written_as_people_write_them() {
        let text = |amount: &str, resource: &str| Quantity::parse(amount).unwrap().of(resource);
        assert_eq!(text("1500m", "requests.cpu"), "1500m");
        assert_eq!(text("2000m", "limits.cpu"), "2");
        assert_eq!(text("1024Mi", "memory"), "1Gi");
        assert_eq!(text("1000k", "requests.memory"), "1000000");
        assert_eq!(text("1Ei", "memory"), "1Ei");
        assert_eq!(text("0", "requests.storage"), "0");
        assert_eq!(text("2048", "pods"), "2048");
    }

    #[test]
    fn a_ratio_is_compared_exactly() {
        let q = |text: &str| Quantity::parse(text).unwrap();
        assert!(!q("200m").exceeds(q("2"), q("100m")));
        assert!(q("201m").exceeds(q("2"), q("100m")));
        assert!(q("1").exceeds(q("2"), q("0")));
    }
}
