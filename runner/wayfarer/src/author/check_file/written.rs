//! A draft as the text of a file: a table for each check, comments for what people have to know.

use std::fmt::Write as _;

use serde_json::Value;

use super::draft::{DraftBody, DraftCheck, DraftFile, DraftRequest};
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
        text.extend(file.params.iter().map(|(name, value)| format!("{} = {}\n", key(name), quoted(value))));
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
    let mut text: String = file.vault.secrets.iter().map(secret_text).collect();
    text += &network_text(file);
    text.extend(file.checks.iter().map(check_text));
    text
}

/// One table, after an empty line.
pub(super) fn check_text(check: &DraftCheck) -> String {
    let mut text = "\n".to_owned();
    if !check.title.is_empty() && check.title != check.name {
        text += &comment(&check.title);
    }
    let table = format!("http-check.{}", key(&check.name));
    let _ = writeln!(text, "[{table}]");
    let mut keys = Keys(text);
    keys.texts(&[
        ("schedule", &check.schedule),
        ("timeout", &check.timeout),
        ("confirm_every", &check.confirm_every),
    ]);
    keys.list("tags", &check.tags);
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

fn secret_text(secret: &DraftSecret) -> String {
    let mut keys = Keys(format!("\n[secrets.{}]\n", key(&secret.name)));
    let (origin, value) = secret.origin();
    keys.line(origin, &quoted(&value));
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
        let mut names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        for one in pairs.iter().map(|(name, _)| name.as_str()) {
            let Ok(at) = names.binary_search(&one) else { continue };
            names.remove(at);
            let values: Vec<String> =
                pairs.iter().filter(|(name, _)| name == one).map(|(_, value)| value.clone()).collect();
            self.rules(&format!("{name}.{}", key(one)), &values);
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
        self.line("body", &quoted(&value.to_string()));
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
