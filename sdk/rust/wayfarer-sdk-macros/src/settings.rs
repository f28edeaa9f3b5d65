//! The arguments of `#[journey(..)]`: `key = value`. An error points to the wrong argument.

use proc_macro2::{Span, TokenStream};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Ident, LitInt, LitStr, Result, Token, bracketed};

use crate::duration;
use crate::nearest;

/// The rule of `tags` and `cleanups`.
const WORD: &str = "1 to 64 letters, digits and `_-.:/`";

const KEYS: [&str; 11] = [
    "name", "owner", "runbook", "schedule", "timezone", "timeout", "retries", "tags", "steps", "hosts",
    "cleanups",
];

#[derive(Default)]
pub(crate) struct Settings {
    pub(crate) name: Option<LitStr>,
    pub(crate) owner: Option<LitStr>,
    pub(crate) runbook: Option<LitStr>,
    pub(crate) schedule: Option<LitStr>,
    pub(crate) timezone: Option<LitStr>,
    pub(crate) timeout_ms: Option<u32>,
    /// None if the macro is to find them in the source.
    pub(crate) steps: Option<Vec<LitStr>>,
    pub(crate) tags: Vec<LitStr>,
    pub(crate) hosts: Vec<LitStr>,
    pub(crate) retries: Option<u32>,
    pub(crate) cleanups: Vec<LitStr>,
}

struct Setting {
    key: Ident,
    value: Value,
}

enum Value {
    Text(LitStr),
    Number(LitInt),
    List(Vec<LitStr>, Span),
}

impl Parse for Setting {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let key: Ident = input.parse()?;
        if !KEYS.iter().any(|known| key == known) {
            return Err(Error::new(key.span(), nearest::unknown("key", &key.to_string(), &KEYS)));
        }
        input.parse::<Token![=]>()?;
        let ahead = input.lookahead1();
        let value = if ahead.peek(LitStr) {
            Value::Text(input.parse()?)
        } else if ahead.peek(LitInt) {
            Value::Number(input.parse()?)
        } else if ahead.peek(syn::token::Bracket) {
            let inside;
            let bracket = bracketed!(inside in input);
            let words = Punctuated::<LitStr, Token![,]>::parse_terminated(&inside)?;
            Value::List(words.into_iter().collect(), bracket.span.join())
        } else {
            return Err(ahead.error());
        };
        Ok(Self { key, value })
    }
}

impl Setting {
    fn text(self) -> Result<LitStr> {
        match self.value {
            Value::Text(text) => Ok(text),
            Value::Number(number) => Err(Error::new(number.span(), wants(&self.key, "a text in quotes"))),
            Value::List(_, span) => Err(Error::new(span, wants(&self.key, "one text in quotes, not a list"))),
        }
    }

    fn list(self, is_good: fn(&str) -> bool, rule: &str) -> Result<Vec<LitStr>> {
        let words = match self.value {
            Value::List(words, _) => words,
            Value::Text(text) => {
                let example = format!("a list: [{:?}]", text.value());
                return Err(Error::new(text.span(), wants(&self.key, &example)));
            }
            Value::Number(number) => {
                return Err(Error::new(number.span(), wants(&self.key, "a list of texts")));
            }
        };
        match words.iter().find(|word| !is_good(&word.value())) {
            Some(word) => Err(Error::new(
                word.span(),
                format!("`{}` is not valid in `{}`: expected {rule}", word.value(), self.key),
            )),
            None => Ok(words),
        }
    }

    fn number(self) -> Result<u32> {
        match self.value {
            Value::Number(number) => number.base10_parse(),
            Value::Text(text) => Err(Error::new(text.span(), wants(&self.key, "a number without quotes"))),
            Value::List(_, span) => Err(Error::new(span, wants(&self.key, "a number"))),
        }
    }
}

fn wants(key: &Ident, what: &str) -> String {
    format!("`{key}` expects {what}")
}

impl Settings {
    pub(crate) fn read(arguments: TokenStream) -> Result<Self> {
        let parser = Punctuated::<Setting, Token![,]>::parse_terminated;
        let mut settings = Self::default();
        let mut seen: Vec<Ident> = Vec::new();
        for setting in syn::parse::Parser::parse2(parser, arguments)? {
            let key = setting.key.clone();
            if seen.contains(&key) {
                return Err(Error::new(key.span(), format!("`{key}` is set twice")));
            }
            settings.set(setting)?;
            seen.push(key);
        }
        if let (Some(timezone), None) = (&settings.timezone, &settings.schedule) {
            return Err(Error::new(timezone.span(), "`timezone` has no effect without `schedule`: set both"));
        }
        Ok(settings)
    }

    fn set(&mut self, setting: Setting) -> Result<()> {
        match setting.key.to_string().as_str() {
            "name" => self.name = Some(name(setting.text()?)?),
            "owner" => self.owner = Some(setting.text()?),
            "runbook" => self.runbook = Some(runbook(setting.text()?)?),
            "schedule" => self.schedule = Some(schedule(setting.text()?)?),
            "timezone" => self.timezone = Some(timezone(setting.text()?)?),
            "timeout" => self.timeout_ms = Some(timeout(&setting.text()?)?),
            "tags" => self.tags = setting.list(is_tag, WORD)?,
            "steps" => self.steps = Some(setting.list(is_step, "the name of a step, of 1 to 200 bytes")?),
            "hosts" => {
                let rule = "a host such as `shop.example`, `*.shop.example` or `10.0.0.1:8080`, not a URL";
                self.hosts = setting.list(is_host, rule)?;
            }
            "retries" => self.retries = Some(setting.number()?),
            "cleanups" => self.cleanups = setting.list(is_tag, WORD)?,
            _ => {}
        }
        Ok(())
    }
}

/// The rule that a journey's name breaks, if it breaks one.
pub(crate) fn wrong_name(name: &str) -> Option<&'static str> {
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        Some("it must begin with a lower-case letter")
    } else if !name.chars().all(legal) {
        Some("it may contain only lower-case letters, digits and `-`")
    } else if name.len() > 64 {
        Some("it may have at most 64 characters")
    } else {
        None
    }
}

fn name(text: LitStr) -> Result<LitStr> {
    match wrong_name(&text.value()) {
        Some(rule) => Err(Error::new(
            text.span(),
            format!("`{}` is not a valid name of a journey: {rule}", text.value()),
        )),
        None => Ok(text),
    }
}

/// Checks only the number of fields. The runner validates the expression.
fn schedule(text: LitStr) -> Result<LitStr> {
    let value = text.value();
    let good = match value.split_whitespace().collect::<Vec<_>>().as_slice() {
        [one] => one.len() > 1 && one.starts_with('@'),
        ["every", interval] => duration::parse_ms(interval).is_some_and(|ms| ms > 0),
        fields => matches!(fields.len(), 5 | 6),
    };
    if good {
        return Ok(text);
    }
    let rule = "write a cron expression of five or six fields, a nickname such as `@hourly`, or `every 30s`";
    Err(Error::new(text.span(), format!("`{value}` is not a schedule: {rule}")))
}

fn timezone(text: LitStr) -> Result<LitStr> {
    let value = text.value();
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '+');
    if !value.is_empty() && value.chars().all(legal) {
        return Ok(text);
    }
    Err(Error::new(
        text.span(),
        format!("`{value}` is not a timezone: write an IANA name such as `Europe/Berlin`"),
    ))
}

fn runbook(text: LitStr) -> Result<LitStr> {
    let value = text.value();
    if value.starts_with("http://") || value.starts_with("https://") {
        return Ok(text);
    }
    Err(Error::new(text.span(), format!("`{value}` is not a URL: begin with `https://`")))
}

fn is_step(name: &str) -> bool {
    (1..=200).contains(&name.len())
}

fn timeout(text: &LitStr) -> Result<u32> {
    let value = text.value();
    match duration::parse_ms(&value) {
        Some(0) => {
            Err(Error::new(text.span(), "a timeout of zero would fail every attempt: write `1ms` or longer"))
        }
        Some(ms) => u32::try_from(ms).map_err(|_| {
            Error::new(text.span(), format!("`{value}` is too long: at most 49 days are possible"))
        }),
        None => Err(Error::new(
            text.span(),
            format!(
                "`{value}` is not a duration: write a number and a unit, such as `250ms`, `30s`, `5m` or `1h`"
            ),
        )),
    }
}

fn is_tag(word: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/');
    (1..=64).contains(&word.len()) && word.chars().all(legal)
}

fn is_host(word: &str) -> bool {
    !word.is_empty() && !word.contains("://") && !word.contains(|c: char| c.is_whitespace() || c == '@')
}
