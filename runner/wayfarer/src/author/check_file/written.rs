//! A draft as the text of a file: a table for each check, comments for what people have to know.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use super::draft::{DraftFile, DraftParam};
use super::draft_check::{DraftBody, DraftCheck, DraftRequest};
use super::secret_signs::masked;
use super::texts::literal;
use super::vault::{DraftSecret, Place};

/// The whole file. `made_by` says which command made it of what.
pub(crate) fn file_text(file: &DraftFile, made_by: &str) -> String {
    let mut text = comment(made_by);
    if !file.notes.is_empty() {
        text += "#\n# To do, or to know:\n";
        text.extend(file.notes.iter().map(|note| comment(&format!("- {note}"))));
    }
    if !file.losses.is_empty() {
        text += "#\n# Not carried over:\n";
        text.extend(file.losses.iter().map(|loss| comment(&format!("- {}: {}", loss.item, loss.why))));
    }
    if !file.params.is_empty() {
        text += "\n[params]\n";
        let line =
            |(name, param): (&String, &DraftParam)| format!("{} = {}\n", key(name), quoted(&param.value));
        text.extend(file.params.iter().map(line));
    }
    if !file.allow.is_empty() {
        let mut keys = Keys("\n[network]\n".to_owned());
        keys.list("allow", &file.allow.iter().cloned().collect::<Vec<_>>());
        text += &keys.0;
    }
    text + &appended_text(file)
}

/// Tables that can stand behind those that a file has: without comments of the whole, parameters and allowed hosts.
pub(crate) fn appended_text(file: &DraftFile) -> String {
    let secrets = file.vault.secrets.iter().zip(file.vault.origins());
    let mut text: String = secrets.map(|(secret, origin)| secret_text(secret, &origin)).collect();
    text += &network_text(file);
    text.extend(file.checks.iter().map(check_text));
    text
}

/// One table, after an empty line. What people call the check may have secrets in it, which are left out.
pub(super) fn check_text(check: &DraftCheck) -> String {
    let mut text = "\n".to_owned();
    if !check.title.is_empty() && check.title != check.name {
        text += &comment(&masked(&check.title));
    }
    let table = format!("http-check.{}", key(&check.name));
    let _ = writeln!(text, "[{table}]");
    let mut keys = Keys(text);
    keys.texts(&[
        ("schedule", &check.schedule),
        ("timeout", &check.timeout),
        ("confirm_every", &check.confirm_every),
    ]);
    let tags: Vec<String> = check.tags.iter().map(|tag| masked(tag).into_owned()).collect();
    keys.list("tags", &tags);
    keys.number("retries", check.retries.map(u64::from));
    keys.number("alert.consecutive", check.consecutive);
    if let Some(enabled) = check.enabled {
        keys.line("enabled", &enabled.to_string());
    }
    match check.requests.as_slice() {
        [one] => keys.request(one),
        several => {
            for request in several {
                let _ = write!(keys.0, "\n[[{table}.request]]\n");
                keys.request(request);
            }
        }
    }
    keys.0
}

fn secret_text(secret: &DraftSecret, (origin, value): &(&str, String)) -> String {
    let mut keys = Keys(format!("\n[secrets.{}]\n", key(&secret.name)));
    keys.line(origin, &quoted(value));
    keys.list("hosts", &secret.hosts.iter().cloned().collect::<Vec<_>>());
    if secret.plaintext {
        keys.0 += "# A URL without TLS has it: anyone on the way can read it.\n";
        keys.line("plaintext", "true");
    }
    let of = |pick: fn(&Place) -> Option<&String>| {
        secret.places.iter().filter_map(pick).cloned().collect::<Vec<_>>()
    };
    keys.list("header", &of(|place| if let Place::Header(name) = place { Some(name) } else { None }));
    if secret.places.contains(&Place::Basic) {
        keys.line("basic", "true");
    }
    keys.list("query", &of(|place| if let Place::Query(name) = place { Some(name) } else { None }));
    keys.list("form", &of(|place| if let Place::Form(name) = place { Some(name) } else { None }));
    keys.list("json", &of(|place| if let Place::Json(path) = place { Some(path) } else { None }));
    keys.0
}

fn network_text(file: &DraftFile) -> String {
    let mut keys = Keys(String::new());
    if !file.authorities.is_empty() {
        keys.0 += "\n[network.tls]\n";
        keys.list("ca", &file.authorities);
    }
    if let Some(proxy) = &file.proxy {
        keys.0 += "\n[network.proxy]\n";
        keys.line("url", &quoted(&proxy.url));
        if let Some(user) = &proxy.user {
            keys.line("user", &quoted(user));
            keys.line("env", &quoted("PROXY_PASSWORD"));
        }
    }
    for host in &file.hosts {
        keys.0 += "\n[[network.host]]\n";
        keys.list("hosts", std::slice::from_ref(&host.host));
        keys.list("resolve", &host.resolve);
        if host.insecure {
            keys.line("insecure", "true");
        }
    }
    keys.0
}

/// Lines of a table.
struct Keys(String);

impl Keys {
    fn line(&mut self, name: &str, value: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "{name} = {value}");
    }

    fn texts(&mut self, texts: &[(&str, &Option<String>)]) {
        for (name, text) in texts {
            if let Some(text) = text {
                self.line(name, &quoted(text));
            }
        }
    }

    fn number(&mut self, name: &str, number: Option<u64>) {
        if let Some(number) = number {
            self.line(name, &number.to_string());
        }
    }

    /// One element without brackets where the key takes both.
    fn rules(&mut self, name: &str, rules: &[String]) {
        match rules {
            [one] => self.line(name, &quoted(one)),
            several => self.list(name, several),
        }
    }

    fn list(&mut self, name: &str, list: &[String]) {
        if !list.is_empty() {
            let list: Vec<String> = list.iter().map(|text| quoted(text)).collect();
            self.line(name, &format!("[{}]", list.join(", ")));
        }
    }

    fn table(&mut self, name: &str, pairs: &[(String, String)]) {
        let mut of_name: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (name, value) in pairs {
            of_name.entry(name).or_default().push(value.clone());
        }
        // In the order of the pairs, each name once with all its values.
        for (one, _) in pairs {
            if let Some(values) = of_name.remove(one.as_str()) {
                self.rules(&format!("{name}.{}", key(one)), &values);
            }
        }
    }

    fn request(&mut self, request: &DraftRequest) {
        self.texts(&[("name", &request.name), ("method", &request.method)]);
        self.line("url", &quoted(&request.url));
        self.table("query", &request.query);
        self.table("headers", &request.headers);
        if let Some((user, password)) = &request.basic {
            self.line("basic", &format!("{{ user = {}, password = {} }}", quoted(user), quoted(password)));
        }
        self.texts(&[("bearer", &request.bearer)]);
        match &request.body {
            None => {}
            Some(DraftBody::Text(text)) => self.line("body", &quoted(text)),
            Some(DraftBody::Json(value)) => self.json(value, request),
            Some(DraftBody::Form(fields)) => self.table("body_form", fields),
        }
        self.texts(&[("status", &request.status)]);
        self.rules("contains", &request.contains);
        self.rules("not_contains", &request.not_contains);
        self.rules("matches", &request.matches);
        self.rules("not_matches", &request.not_matches);
        self.rules("json_path", &request.json_path);
        self.rules("header_rules", &request.header_rules);
        self.texts(&[("max_latency", &request.max_latency)]);
        self.number("certificate_days", request.certificate_days.map(u64::from));
        self.number("follow", request.follow.map(u64::from));
        self.texts(&[("connect_timeout", &request.connect_timeout)]);
        if let Some(family) = request.family {
            self.line("family", &quoted(family));
        }
        self.table("capture", &request.capture);
    }

    /// A value that TOML has no form for goes as text, with the same content type.
    fn json(&mut self, value: &Value, request: &DraftRequest) {
        if let Some(text) = toml_value(value) {
            self.line("body_json", &text);
            return;
        }
        if !request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            self.line("headers.content-type", &quoted("application/json"));
        }
        self.line("body", &quoted(&with_literal_names(value).to_string()));
    }
}

/// JSON as a text with placeholders, in which names are literal.
fn with_literal_names(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(with_literal_names).collect(),
        Value::Object(members) => Value::Object(
            members.iter().map(|(name, member)| (literal(name), with_literal_names(member))).collect(),
        ),
        other => other.clone(),
    }
}

/// The value in one line of TOML, which has neither null nor large numbers.
fn toml_value(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Some(whole.to_string()),
            (None, Some(float)) if number.is_f64() && float.is_finite() => {
                Some(toml::Value::Float(float).to_string())
            }
            _ => None,
        },
        Value::String(text) => Some(quoted(text)),
        Value::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(toml_value).collect();
            Some(format!("[{}]", items?.join(", ")))
        }
        Value::Object(members) => {
            let member =
                |(name, value): (&String, &Value)| Some(format!("{} = {}", key(name), toml_value(value)?));
            let members: Option<Vec<String>> = members.iter().map(member).collect();
            let members = members?;
            Some(if members.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", members.join(", ")) })
        }
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A name as TOML wants a key.
fn key(name: &str) -> String {
    let is_bare =
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if is_bare { name.to_owned() } else { Value::from(literal_key(name)).to_string() }
}

/// JSON and TOML quote a key alike but for these letters.
fn literal_key(name: &str) -> String {
    name.chars().filter(|c| *c != '\u{7f}').collect()
}

/// A text as one line of comment.
fn comment(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("# {}\n", line.trim())
}
