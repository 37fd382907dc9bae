//! Wrong frames, derived from right ones: at each place of each example, whatever the declarations do not allow there.

use std::collections::BTreeSet;

use protocol::examples;
use serde_json::{Value, json};

use super::declared::{Declarations, Field, Type};

/// What is wrong with a frame.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Wrong {
    /// A value of a type, or a word, that the declarations do not allow.
    Type,
    /// A field that has to be there is not.
    Missing,
    /// A field that nobody declared.
    Extra,
    /// `null` where something has to be.
    Null,
    /// The same field twice.
    Doubled,
    /// Nested deeper than any frame.
    Deep,
    /// Longer than any frame.
    Large,
    /// Below zero where there is no less.
    Negative,
    /// No whole number, or not written as one.
    Fraction,
    /// Beyond what its field, or any number that JavaScript counts with, can hold.
    Beyond,
    /// Beyond what any number can hold.
    Infinite,
    /// An escape that is half a character.
    HalfCharacter,
    /// A NUL in a string. It is read; what it means is for the rules to refuse.
    Nul,
    /// A string of 20,000 characters; likewise.
    Long,
    /// A list of 5,000; likewise.
    Many,
    /// The largest number that is read; likewise.
    Largest,
}

impl Wrong {
    /// Whether it is for the rules to refuse, since the wire can say it.
    pub(crate) const fn is_read(self) -> bool {
        match self {
            Self::Type
            | Self::Missing
            | Self::Extra
            | Self::Null
            | Self::Doubled
            | Self::Deep
            | Self::Large
            | Self::Negative
            | Self::Fraction
            | Self::Beyond
            | Self::Infinite
            | Self::HalfCharacter => false,
            Self::Nul | Self::Long | Self::Many | Self::Largest => true,
        }
    }
}

/// A frame with one thing wrong.
pub(crate) struct Case {
    /// The word of the frame or command.
    pub(crate) of: String,
    /// Where, as a JSON pointer.
    pub(crate) at: String,
    pub(crate) wrong: Wrong,
    pub(crate) text: String,
}

/// One of each frame, and of each command within its frame.
pub(crate) fn right_frames() -> Vec<Value> {
    let value = |frame: protocol::ClientFrame| serde_json::to_value(frame).expect("frames are plain structs");
    let commands = examples::commands().into_iter();
    let commands = commands.map(|command| protocol::ClientFrame::Command { id: "c-1".to_owned(), command });
    examples::client_frames().into_iter().chain(commands).map(value).collect()
}

/// The word that tells a frame, or the command in it, from the others.
pub(crate) fn word_of(frame: &Value) -> &str {
    let command = frame.pointer("/command/do").and_then(Value::as_str);
    command.or(frame["type"].as_str()).unwrap_or_default()
}

/// What stands for a value that is written as it is.
const MARK: &str = "@";

/// Everything that is wrong with anything in the frames.
pub(crate) fn wrong_frames(declared: &Declarations, frames: &[Value]) -> Vec<Case> {
    let mut cases = Vec::new();
    for frame in frames {
        let mut deriver = Deriver { declared, frame, cases: Vec::new(), seen: BTreeSet::new() };
        deriver.place(String::new(), &declared["ClientFrame"], Some(frame), false);
        cases.append(&mut deriver.cases);
    }
    cases
}

/// The objects of the declarations that a client may send and that no frame shows.
pub(crate) fn unseen(declared: &Declarations, frames: &[Value]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    for frame in frames {
        let mut deriver = Deriver { declared, frame, cases: Vec::new(), seen: BTreeSet::new() };
        deriver.place(String::new(), &declared["ClientFrame"], Some(frame), false);
        seen.append(&mut deriver.seen);
    }
    let mut sent = BTreeSet::new();
    objects_of(declared, &declared["ClientFrame"], &mut sent);
    sent.difference(&seen).cloned().collect()
}

/// An object by its fields.
fn name_of(fields: &[Field]) -> String {
    let part = |field: &Field| match &field.of {
        Type::Word(word) => format!("{}={word}", field.name),
        _ => field.name.clone(),
    };
    fields.iter().map(part).collect::<Vec<_>>().join(" ")
}

fn objects_of(declared: &Declarations, of: &Type, found: &mut BTreeSet<String>) {
    match of {
        Type::Object(fields) => {
            if found.insert(name_of(fields)) {
                fields.iter().for_each(|field| objects_of(declared, &field.of, found));
            }
        }
        Type::List(of) => objects_of(declared, of, found),
        Type::Tuple(types) | Type::Either(types) => {
            types.iter().for_each(|of| objects_of(declared, of, found));
        }
        Type::Named(name) => objects_of(declared, &declared[name], found),
        Type::Word(_) | Type::Text | Type::Number | Type::Coordinate | Type::Flag | Type::Null => {}
    }
}

struct Deriver<'a> {
    declared: &'a Declarations,
    frame: &'a Value,
    cases: Vec<Case>,
    seen: BTreeSet<String>,
}

impl Deriver<'_> {
    /// Whatever is wrong at a place, and within it.
    fn place(&mut self, at: String, of: &Type, value: Option<&Value>, may_miss: bool) {
        let alternatives = self.alternatives(of);
        self.wrong_types(&at, &alternatives, may_miss);
        self.put(&at, Wrong::Deep, &format!("{}{}", "[".repeat(20), "]".repeat(20)));
        self.put(&at, Wrong::Large, &format!("{:?}", "x".repeat(protocol::FRAME_BYTES_MAX)));
        for of in alternatives {
            match (of, value) {
                (Type::Object(fields), Some(Value::Object(object))) if fits(&fields, object) => {
                    self.object(&at, &fields, object);
                }
                (Type::List(of), Some(Value::Array(items))) => {
                    if let Some(first) = items.first() {
                        self.place(format!("{at}/0"), &of, Some(first), false);
                        let many = vec![first.to_string(); 5_000].join(",");
                        let wrong = if many.len() < 60_000 { Wrong::Many } else { Wrong::Large };
                        self.put(&at, wrong, &format!("[{many}]"));
                    }
                }
                (Type::Tuple(types), Some(Value::Array(items))) => {
                    let texts: Vec<_> = items.iter().map(Value::to_string).collect();
                    self.put(&at, Wrong::Type, &format!("[{},0]", texts.join(",")));
                    self.put(&at, Wrong::Type, &format!("[{}]", texts[1..].join(",")));
                    for (index, (of, item)) in types.iter().zip(items).enumerate() {
                        self.place(format!("{at}/{index}"), of, Some(item), false);
                    }
                }
                (Type::Number, _) => {
                    self.number(&at);
                    self.put(&at, Wrong::Negative, "-1");
                    self.put(&at, Wrong::Largest, "4294967295");
                }
                (Type::Coordinate, _) => {
                    self.number(&at);
                    self.put(&at, Wrong::Beyond, "2097153");
                    self.put(&at, Wrong::Beyond, "-2097153");
                }
                (Type::Text, _) => self.string(&at),
                (
                    Type::Object(_)
                    | Type::List(_)
                    | Type::Tuple(_)
                    | Type::Either(_)
                    | Type::Word(_)
                    | Type::Flag
                    | Type::Null
                    | Type::Named(_),
                    _,
                ) => {}
            }
        }
    }

    /// The types of which a value may be, without names and choices.
    fn alternatives(&self, of: &Type) -> Vec<Type> {
        match of {
            Type::Named(name) => self.alternatives(&self.declared[name]),
            Type::Either(types) => types.iter().flat_map(|of| self.alternatives(of)).collect(),
            other => vec![other.clone()],
        }
    }

    fn wrong_types(&mut self, at: &str, alternatives: &[Type], may_miss: bool) {
        let allows = |wanted: fn(&Type) -> bool| alternatives.iter().any(wanted);
        if !allows(|of| matches!(of, Type::Null)) && !may_miss {
            self.put(at, Wrong::Null, "null");
        }
        if !allows(|of| matches!(of, Type::Flag)) {
            self.put(at, Wrong::Type, "true");
        }
        if !allows(|of| matches!(of, Type::Number | Type::Coordinate)) {
            self.put(at, Wrong::Type, "7");
            self.put(at, Wrong::Type, "0");
        }
        if !allows(|of| matches!(of, Type::Text)) {
            for word in [r#""""#, r#""nonsense""#, r#""7""#, r#""\u0000""#] {
                self.put(at, Wrong::Type, word);
            }
        }
        if !allows(|of| matches!(of, Type::List(_))) {
            self.put(at, Wrong::Type, "[]");
        }
        if !allows(|of| matches!(of, Type::Object(fields) if fields.iter().all(|field| field.is_optional))) {
            self.put(at, Wrong::Type, "{}");
        }
        for of in alternatives {
            if let Type::Word(word) = of {
                self.put(at, Wrong::Type, &json!({ word: null }).to_string());
                self.put(at, Wrong::Type, &json!(word.to_uppercase()).to_string());
                self.put(at, Wrong::Type, &json!(format!("{word}\u{0}")).to_string());
                self.put(at, Wrong::Type, &json!([word]).to_string());
            }
        }
    }

    fn object(&mut self, at: &str, fields: &[Field], object: &serde_json::Map<String, Value>) {
        self.seen.insert(name_of(fields));
        let in_order = fields.iter().map(|field| object.get(&field.name).unwrap_or(&Value::Null).to_string());
        self.put(at, Wrong::Type, &format!("[{}]", in_order.collect::<Vec<_>>().join(",")));
        for name in ["extra", "__proto__", ""] {
            self.put(&format!("{at}/{name}"), Wrong::Extra, "1");
        }
        for field in fields {
            let at = format!("{at}/{}", field.name);
            let value = object.get(&field.name);
            self.place(at.clone(), &field.of, value, field.is_optional);
            if !field.is_optional && !allows_null(&field.of) {
                let mut without = self.frame.clone();
                if let (Some(Value::Object(object)), name) = parent(&mut without, &at) {
                    object.remove(name);
                }
                self.case(&at, Wrong::Missing, without.to_string());
            }
            if let Some(value) = value {
                let mut twice = self.frame.clone();
                if let (Some(Value::Object(object)), _) = parent(&mut twice, &at) {
                    object.insert(MARK.to_owned(), value.clone());
                }
                let text =
                    twice.to_string().replacen(&format!("\"{MARK}\""), &format!("{:?}", field.name), 1);
                self.case(&at, Wrong::Doubled, text);
            }
        }
    }

    fn number(&mut self, at: &str) {
        for text in ["1.5", "7.0", "1e2", "0.1", "-0.0"] {
            self.put(at, Wrong::Fraction, text);
        }
        for text in ["1e999", "-1e999", "NaN", "Infinity"] {
            self.put(at, Wrong::Infinite, text);
        }
        for text in
            ["4294967296", "9007199254740993", "18446744073709551616", "-2147483649", "-9007199254740993"]
        {
            self.put(at, Wrong::Beyond, text);
        }
    }

    fn string(&mut self, at: &str) {
        self.put(at, Wrong::HalfCharacter, r#""\ud800""#);
        self.put(at, Wrong::Nul, r#""a\u0000b""#);
        self.put(at, Wrong::Long, &format!("{:?}", "x".repeat(20_000)));
    }

    /// The frame with something else at a place, written as it is.
    fn put(&mut self, at: &str, wrong: Wrong, raw: &str) {
        let mut frame = self.frame.clone();
        if at.is_empty() {
            frame = json!(MARK);
        } else {
            match parent(&mut frame, at) {
                (Some(Value::Object(object)), name) => drop(object.insert(name.to_owned(), json!(MARK))),
                (Some(Value::Array(items)), index) => {
                    items[index.parse::<usize>().expect("an index")] = json!(MARK);
                }
                (other, _) => unreachable!("{at} is in {other:?}"),
            }
        }
        self.case(at, wrong, frame.to_string().replacen(&format!("\"{MARK}\""), raw, 1));
    }

    fn case(&mut self, at: &str, wrong: Wrong, text: String) {
        self.cases.push(Case { of: word_of(self.frame).to_owned(), at: at.to_owned(), wrong, text });
    }
}

/// Whether the words of an object are those of its declaration.
fn fits(fields: &[Field], object: &serde_json::Map<String, Value>) -> bool {
    fields.iter().all(|field| match &field.of {
        Type::Word(word) => object.get(&field.name).and_then(Value::as_str) == Some(word),
        _ => true,
    })
}

/// Whether `null` is a value of it. A field that may be `null` may be missing too.
fn allows_null(of: &Type) -> bool {
    matches!(of, Type::Either(types) if types.iter().any(|of| matches!(of, Type::Null)))
}

/// What holds a place, and the place's name in it.
fn parent<'a, 'b>(frame: &'a mut Value, at: &'b str) -> (Option<&'a mut Value>, &'b str) {
    let (parent, name) = at.rsplit_once('/').unwrap_or_default();
    (frame.pointer_mut(parent), name)
}
