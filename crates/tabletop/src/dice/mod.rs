//! Dice notation: parse, roll, record.
