//! The secrets of a draft: their names and places go into the file, their values nowhere.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use url::Url;
use wayfarer_model::egress::HostPattern;

use super::names::{Names, words};
use super::secret_signs::masked;

/// Variables that a shell sets, in lower case.
const SHELLS: [&str; 10] =
    ["pwd", "oldpwd", "path", "home", "user", "shell", "lang", "term", "session", "display"];

/// Where a request holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    Basic,
    Header(String),
    Query(String),
    Form(String),
    /// The member of a JSON body that holds it, as a path.
    Json(String),
}

/// Where the source has the value.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    /// In the text that is imported. It is compared, and kept out of the file.
    Value(String),
    /// In a variable of the environment.
    Variable(String),
    /// The path of the file that holds it.
    File(String),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(_) => f.write_str("Value(…)"),
            Self::Variable(name) => write!(f, "Variable({name})"),
            Self::File(path) => write!(f, "File({path})"),
        }
    }
}

/// What becomes a table `[secrets.NAME]` of the file.
#[derive(Debug, Clone)]
pub(crate) struct DraftSecret {
    pub(super) name: String,
    source: Source,
    pub(super) hosts: BTreeSet<String>,
    pub(super) places: BTreeSet<Place>,
    /// Whether a URL without TLS has it.
    pub(super) plaintext: bool,
}

impl DraftSecret {
    pub(super) fn placeholder(&self) -> String {
        format!("${{secret.{}}}", self.name)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Vault {
    pub(super) secrets: Vec<DraftSecret>,
    /// Where in the list each is.
    known: HashMap<Source, usize>,
    names: Names,
    /// Variables that hold other secrets already.
    variables: BTreeSet<String>,
}

impl Vault {
    /// Keeps a name, and a variable, for a secret that the file has already.
    pub(crate) fn reserve(&mut self, name: &str, variable: Option<&str>) {
        self.names.take(name);
        self.variables.extend(variable.map(str::to_owned));
    }

    /// Takes a value over, and returns the placeholder for it. One value is one secret, wherever it is sent.
    pub(super) fn seal(
        &mut self,
        item: &str,
        wanted: &str,
        source: Source,
        url: &Url,
        place: Place,
    ) -> String {
        let at = self.known.get(&source).copied().unwrap_or_else(|| {
            let name = self.name(item, wanted, &source);
            self.known.insert(source.clone(), self.secrets.len());
            self.secrets.push(DraftSecret {
                name,
                source,
                hosts: BTreeSet::new(),
                places: BTreeSet::new(),
                plaintext: false,
            });
            self.secrets.len() - 1
        });
        let Some(secret) = self.secrets.get_mut(at) else { return String::new() };
        secret.hosts.extend(host_of(url));
        secret.places.insert(place);
        secret.plaintext |= url.scheme() == "http";
        secret.placeholder()
    }

    /// Forgets the secrets that are not wanted.
    pub(super) fn retain(&mut self, is_wanted: impl FnMut(&DraftSecret) -> bool) {
        self.secrets.retain(is_wanted);
        self.known =
            self.secrets.iter().enumerate().map(|(at, secret)| (secret.source.clone(), at)).collect();
    }

    /// For each secret the key that says where its value comes from, with what it says. No two secrets share a variable unless the
    /// source says so.
    pub(super) fn origins(&self) -> Vec<(&'static str, String)> {
        let mut taken = self.variables.clone();
        taken.extend(self.secrets.iter().filter_map(|secret| match &secret.source {
            Source::Variable(name) => Some(name.clone()),
            Source::Value(_) | Source::File(_) => None,
        }));
        let origin = |secret: &DraftSecret| match &secret.source {
            Source::Variable(name) => ("env", name.clone()),
            Source::File(path) => ("file", path.clone()),
            Source::Value(_) => {
                let shells = if SHELLS.contains(&secret.name.as_str()) { "SECRET_" } else { "" };
                let begin = format!("{shells}{}", secret.name.to_ascii_uppercase());
                let others = (2..).map(|number: u32| format!("{begin}_{number}"));
                let free = std::iter::once(begin.clone()).chain(others).find(|name| !taken.contains(name));
                ("env", free.unwrap_or(begin))
            }
        };
        self.secrets.iter().map(origin).collect()
    }

    fn name(&mut self, item: &str, wanted: &str, source: &Source) -> String {
        let begin = match source {
            Source::Variable(variable) => words(variable, '_'),
            _ => words(wanted, '_'),
        };
        let begin = if begin.is_empty() { "secret".to_owned() } else { begin };
        let is_taken = self.names.has(&begin);
        let of_item = format!("{}_{begin}", words(&masked(item), '_'));
        self.names.free(if is_taken { &of_item } else { &begin }, '_')
    }
}

/// The pattern for a URL's host: with its port unless it is a usual one.
pub(crate) fn host_of(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    let pattern = match url.port() {
        None | Some(80 | 443) => host.to_owned(),
        Some(port) => format!("{host}:{port}"),
    };
    pattern.parse::<HostPattern>().ok().map(|pattern| pattern.to_string())
}
