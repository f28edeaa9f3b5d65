//! A JSON body that holds placeholders, read strictly: where each of them stands must be beyond doubt.
//!
//! The values are put into the text, so that the rest of the body stays as the guest wrote it. What is checked is the
//! document that a target reads. Both agree if no member comes twice, no member's name holds a placeholder, and every
//! placeholder is written letter by letter.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::sealed::SealedSecret;

/// The most bytes of such a body.
const MOST: usize = 1 << 20;

/// A document, and whether a placeholder may stand where it stands.
pub(super) struct JsonBody<'a> {
    text: &'a str,
    document: Value,
}

/// Why a placeholder cannot be replaced in it.
pub(super) enum Misplaced {
    /// In a text that is no declared place. A JSON path, of the guest's words alone.
    Undeclared(String),
    /// In the name of a member.
    Name,
    /// Written with escapes.
    Escaped,
}

impl<'a> JsonBody<'a> {
    /// Reads it. The error says what is wrong with the body.
    pub(super) fn read(text: &'a str) -> Result<Self, String> {
        if text.len() > MOST {
            return Err("a JSON body with a secret may have 1 MiB: send less".to_owned());
        }
        match serde_json::from_str::<Distinct>(text) {
            Ok(Distinct(document)) => Ok(Self { text, document }),
            Err(error) => Err(format!("the body is not JSON: {error}: mend it or its content type")),
        }
    }

    /// Whether all placeholders of a secret stand in declared members.
    pub(super) fn check(&self, secret: &SealedSecret) -> Result<(), Misplaced> {
        let declared: HashSet<String> = secret.secret.places.pointers(&self.document).into_iter().collect();
        let mut walk = Walk { placeholder: &secret.placeholder, declared: &declared, count: 0, wrong: None };
        walk.value(&self.document, &mut String::new(), false);
        match walk.wrong {
            Some(wrong) => Err(wrong),
            None if walk.count != self.text.matches(&secret.placeholder).count() => Err(Misplaced::Escaped),
            None => Ok(()),
        }
    }
}

struct Walk<'a> {
    placeholder: &'a str,
    declared: &'a HashSet<String>,
    count: usize,
    wrong: Option<Misplaced>,
}

impl Walk<'_> {
    fn value(&mut self, value: &Value, pointer: &mut String, is_declared: bool) {
        let is_declared = is_declared || self.declared.contains(pointer);
        let length = pointer.len();
        match value {
            Value::String(text) => {
                let count = text.matches(self.placeholder).count();
                self.count += count;
                if count > 0 && !is_declared && self.wrong.is_none() {
                    self.wrong = Some(Misplaced::Undeclared(path_of(pointer)));
                }
            }
            Value::Array(items) => {
                for (place, item) in items.iter().enumerate() {
                    pointer.push('/');
                    pointer.push_str(&place.to_string());
                    self.value(item, pointer, is_declared);
                    pointer.truncate(length);
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    if name.contains(self.placeholder) && self.wrong.is_none() {
                        self.wrong = Some(Misplaced::Name);
                    }
                    pointer.push('/');
                    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                    self.value(member, pointer, is_declared);
                    pointer.truncate(length);
                }
            }
            _ => {}
        }
    }
}

/// A JSON pointer as the JSON path that a person would write.
fn path_of(pointer: &str) -> String {
    let part = |part: &str| {
        let name = part.replace("~1", "/").replace("~0", "~");
        let is_number = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
        let is_plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        match (is_number, is_plain) {
            (true, _) => format!("[{name}]"),
            (_, true) => format!(".{name}"),
            _ => format!("[{}]", Value::from(name)),
        }
    };
    std::iter::once("$".to_owned()).chain(pointer.split('/').skip(1).map(part)).collect()
}

/// A document in which no member comes twice.
struct Distinct(Value);

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DistinctVisitor)
    }
}

struct DistinctVisitor;

impl<'de> Visitor<'de> for DistinctVisitor {
    type Value = Distinct;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Distinct, E> {
        Ok(Distinct(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Distinct, E> {
        Ok(Distinct(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Distinct, E> {
        Ok(Distinct(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Distinct, E> {
        Ok(Distinct(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Distinct, E> {
        Ok(Distinct(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Distinct, E> {
        Ok(Distinct(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Distinct, A::Error> {
        let mut all = Vec::new();
        while let Some(Distinct(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(Distinct(all.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Distinct, A::Error> {
        let mut all = Map::new();
        while let Some((name, Distinct(member))) = members.next_entry::<String, Distinct>()? {
            if all.contains_key(&name) {
                return Err(A::Error::custom("a member comes twice"));
            }
            all.insert(name, member);
        }
        Ok(Distinct(all.into()))
    }
}
