//! What a client may send, as the declarations for the client have it.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::vec::IntoIter;

/// A type of the declarations.
#[derive(Clone, Debug)]
pub(crate) enum Type {
    Object(Vec<Field>),
    List(Box<Type>),
    Tuple(Vec<Type>),
    /// One of several; a word among words, an object among objects.
    Either(Vec<Type>),
    /// A string that is this word.
    Word(String),
    Text,
    Number,
    /// A number of a place: of either sign, within the world.
    Coordinate,
    Flag,
    Null,
    Named(String),
}

/// A field of an object.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// Whether it may be left out.
    pub(crate) is_optional: bool,
    pub(crate) of: Type,
}

/// The types by their names.
pub(crate) type Declarations = BTreeMap<String, Type>;

/// Reads the part of what [`protocol::typescript::frames_ts`] writes that comes before the server's frames.
pub(crate) fn declarations() -> Declarations {
    let text = protocol::typescript::frames_ts();
    let text = text.split("export type ServerFrame =").next().unwrap_or_default();
    let mut kept = String::new();
    for (index, part) in text.split("/**").enumerate() {
        kept.push_str(if index == 0 { part } else { part.split_once("*/").expect("a comment ends").1 });
    }
    let statements = kept.split("export type ").skip(1).map(|statement| {
        let (name, of) = statement.split_once(" = ").expect("a type has a name");
        let mut reader = Reader { words: tokens(of).into_iter().peekable() };
        let of = reader.either();
        assert_eq!(reader.words.next().as_deref(), Some(";"), "{name} is not read to its end");
        (name.to_owned(), of)
    });
    let mut declared: Declarations = statements.collect();
    declared.insert("At".to_owned(), Type::Tuple(vec![Type::Coordinate, Type::Coordinate]));
    declared
}

/// Names, words with their quotes, and signs.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' => rest[1..].find('"').map(|end| end + 2),
            _ if first.is_alphanumeric() => rest.find(|c: char| !c.is_alphanumeric() && c != '_'),
            _ => Some(first.len_utf8()),
        };
        let (token, after) = rest.split_at(end.unwrap_or(rest.len()));
        tokens.push(token.to_owned());
        rest = after.trim_start();
    }
    tokens
}

struct Reader {
    words: Peekable<IntoIter<String>>,
}

impl Reader {
    fn next(&mut self) -> String {
        self.words.next().expect("a type is whole")
    }

    fn takes(&mut self, word: &str) -> bool {
        self.words.next_if(|next| next == word).is_some()
    }

    fn expect(&mut self, word: &str) {
        assert_eq!(self.next(), word);
    }

    fn either(&mut self) -> Type {
        let mut types = vec![self.one()];
        while self.takes("|") {
            types.push(self.one());
        }
        if types.len() == 1 { types.remove(0) } else { Type::Either(types) }
    }

    fn one(&mut self) -> Type {
        let word = self.next();
        match word.as_str() {
            "{" => self.object(),
            "[" => {
                let mut parts = Vec::new();
                while !self.takes("]") {
                    parts.push(self.either());
                    self.takes(",");
                }
                Type::Tuple(parts)
            }
            "Array" => {
                self.expect("<");
                let of = self.either();
                self.expect(">");
                Type::List(Box::new(of))
            }
            "string" => Type::Text,
            "number" => Type::Number,
            "boolean" => Type::Flag,
            "null" => Type::Null,
            _ if word.starts_with('"') => Type::Word(word.trim_matches('"').to_owned()),
            _ => Type::Named(word),
        }
    }

    fn object(&mut self) -> Type {
        let mut fields = Vec::new();
        while !self.takes("}") {
            let name = self.next().trim_matches('"').to_owned();
            let is_optional = self.takes("?");
            self.expect(":");
            fields.push(Field { name, is_optional, of: self.either() });
            self.takes(",");
        }
        Type::Object(fields)
    }
}
