//! A file of checks before it is text: the keys of `checks.toml`, with texts as the file states them (see
//! [`texts`](super::texts)).
//!
//! An importer adds checks, losses and notes; the file's secrets come from [`sealing`](super::sealing) alone, and what an importer adds
//! behind that, names, titles and rules, is looked at before it is written ([`withhold`](DraftFile::withhold)).
//!
//! Nothing here is unbounded: a file has so many checks, bytes and losses, whatever it is made of.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use url::{Host, Url};
use wayfarer_model::egress::is_public;
use wayfarer_model::secret_names::is_secret_name;
use wayfarer_model::units::Bytes;

use super::address::UNKNOWN_URL;
use super::draft_check::{DraftCheck, DraftRequest};
use super::names::{Names, words};
use super::secret_signs::{is_secret_value, masked};
use super::texts::{Piece, pieces, placeholders};
use super::vault::Vault;
use super::written::check_text;

/// The most checks of a file, and bytes of them: more is no file that people keep.
const MOST_CHECKS: usize = 5_000;
const MOST_TEXT: usize = 4 << 20;
/// The most losses that are listed one by one.
const MOST_LOSSES: usize = 2_000;

/// What could not be carried over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Loss {
    /// As the source calls it.
    pub(crate) item: String,
    /// The rest of a sentence about it.
    pub(crate) why: String,
}

#[derive(Debug, Default)]
pub(crate) struct DraftFile {
    pub(crate) checks: Vec<DraftCheck>,
    pub(crate) vault: Vault,
    pub(super) params: BTreeMap<String, DraftParam>,
    /// The parameter of each variable.
    param_of: HashMap<String, String>,
    param_names: Names,
    pub(crate) hosts: Vec<DraftHost>,
    /// Hosts with addresses that are not public, which a file has to allow.
    pub(crate) allow: BTreeSet<String>,
    /// The proxy for every host.
    pub(crate) proxy: Option<DraftProxy>,
    /// PEM files of authorities.
    pub(crate) authorities: Vec<String>,
    pub(crate) losses: Vec<Loss>,
    /// Losses beyond those that are listed.
    more_losses: usize,
    /// What a person has to know or do, each a sentence.
    pub(crate) notes: Vec<String>,
    noted: BTreeSet<String>,
    /// Bytes of the checks so far.
    size: usize,
    /// Why no more checks have room.
    is_full: Option<String>,
    host_at: HashMap<String, usize>,
    pub(crate) names: Names,
    /// The environment of the command: values of parameters are taken from it.
    pub(crate) environment: BTreeMap<String, String>,
}

/// A parameter that stands for a variable of the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DraftParam {
    variable: String,
    pub(super) value: String,
    /// Whether the value is that of the variable.
    is_set: bool,
}

/// What a parameter has for a value if its variable is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Preset {
    /// The value that the variable has.
    Environment,
    /// The same, or what stands for a URL.
    Url,
    /// None: it is part of credentials.
    Nothing,
}

/// `[network.proxy]`. Its password is in the variable `PROXY_PASSWORD`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DraftProxy {
    pub(crate) url: String,
    pub(crate) user: Option<String>,
}

/// `[[network.host]]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct DraftHost {
    pub(crate) host: String,
    pub(crate) insecure: bool,
    pub(crate) resolve: Vec<String>,
}

impl DraftFile {
    pub(crate) fn new(environment: BTreeMap<String, String>) -> Self {
        Self { environment, ..Self::default() }
    }

    /// Lists what is not carried over. Neither text may quote a value of which nobody knows that it is no secret; what looks
    /// like one is left out here.
    pub(crate) fn lose(&mut self, item: impl Into<String>, why: impl AsRef<str>) {
        if self.losses.len() >= MOST_LOSSES {
            self.more_losses += 1;
            return;
        }
        let item = masked(&item.into()).into_owned();
        self.losses.push(Loss { item, why: masked(why.as_ref()).into_owned() });
    }

    pub(crate) fn note(&mut self, note: impl Into<String>) {
        let note = masked(&note.into()).into_owned();
        if self.noted.insert(note.clone()) {
            self.notes.push(note);
        }
    }

    /// Adds a check, if the file has room for it. The error is the rest of a sentence about the check.
    pub(crate) fn add(&mut self, check: DraftCheck) -> Result<(), String> {
        self.has_room()?;
        let size = self.size + check_text(&check).len();
        if self.checks.len() >= MOST_CHECKS {
            self.is_full =
                Some(format!("a file has at most {MOST_CHECKS} checks: import the rest into another one"));
        } else if size > MOST_TEXT {
            self.is_full = Some(format!(
                "the file's checks would have more than {}: import the rest into another one",
                Bytes(MOST_TEXT as u64)
            ));
        }
        self.has_room()?;
        self.size = size;
        self.checks.push(check);
        Ok(())
    }

    /// Whether more checks have room. Nothing is made of a request once they have none.
    pub(super) fn has_room(&self) -> Result<(), String> {
        self.is_full.clone().map_or(Ok(()), Err)
    }

    /// Takes out what must not be written, forgets what only that had, and says what people have to set.
    pub(crate) fn settle(&mut self) {
        self.withhold();
        self.finish();
    }

    /// Takes out what must not be written and came behind [`sealed`](super::sealing::sealed): rules that hold secrets, and checks in which
    /// the value of one of their secrets stands at another place, too.
    pub(super) fn withhold(&mut self) {
        let mut checks = std::mem::take(&mut self.checks);
        checks.retain_mut(|check| {
            let item = check.item_shown();
            for rule in check.requests.iter_mut().flat_map(DraftRequest::secret_rules) {
                self.lose(&item, format!("a rule of it, `{rule}`, holds what looks like a secret: leave the value out, or write the rule by hand with a parameter"));
            }
            let Some(place) = check.repeated() else { return true };
            self.lose(&item, format!("the value of one of its secrets stands in its {place}, too, where the runner puts none: write another value there"));
            false
        });
        self.checks = checks;
    }

    /// Forgets secrets and parameters that only checks had which are not in the file, and says what people have to set.
    pub(super) fn finish(&mut self) {
        let checks: String = self.checks.iter().map(check_text).collect();
        let used = placeholders(&checks);
        self.vault.retain(|secret| used.contains(format!("secret.{}", secret.name).as_str()));
        self.params.retain(|name, _| used.contains(format!("param.{name}").as_str()));
        for (name, param) in self.params.clone() {
            if !param.is_set {
                let variable = param.variable;
                self.note(format!(
                    "write the value of the variable `{variable}` under [params], as `{name}`"
                ));
            }
            if param.value == UNKNOWN_URL {
                self.note(format!(
                    "`{UNKNOWN_URL}` stands for a URL that only a variable knows: replace it, and its host under [secrets]"
                ));
            }
        }
        let origins = self.vault.origins();
        let files = origins.iter().filter(|(key, _)| *key == "file").map(|(_, path)| path);
        let relative: Vec<String> = files
            .chain(&self.authorities)
            .filter(|path| Path::new(path).is_relative())
            .map(|path| format!("`{path}`"))
            .collect();
        if !relative.is_empty() {
            self.note(format!(
                "{} is read from the folder of this file: copy it there, or write another path",
                relative.join(", ")
            ));
        }
        let variables: Vec<String> =
            origins.iter().filter(|(key, _)| *key == "env").map(|(_, name)| format!("`{name}`")).collect();
        if !variables.is_empty() {
            self.note(format!(
                "values of secrets are not in the file: set {} in the environment or in `.env`",
                variables.join(", ")
            ));
        }
        let more = std::mem::take(&mut self.more_losses);
        if more > 0 {
            let why =
                format!("{more} more are not carried over: import the source in parts to have each listed");
            self.losses.push(Loss { item: "others".to_owned(), why });
        }
    }

    /// Allows the URL's host if its address is not public. A name tells only its own case: an address behind another one is for
    /// whoever runs the checks to allow.
    pub(super) fn allow_host(&mut self, url: &Url) {
        let Some(port) = url.port_or_known_default() else { return };
        match url.host() {
            Some(Host::Ipv4(address)) if !is_public(address.into()) => {
                self.allow.insert(format!("{address}:{port}"));
            }
            Some(Host::Ipv6(address)) if !is_public(address.into()) => {
                self.allow.insert(format!("[{address}]:{port}"));
            }
            Some(Host::Domain(name)) if name == "localhost" || name.ends_with(".localhost") => {
                self.allow.extend([name, "127.0.0.1", "[::1]"].map(|host| format!("{host}:{port}")));
            }
            _ => {}
        }
    }

    /// What is particular about a host, which may be known already.
    pub(crate) fn host(&mut self, host: &str) -> &mut DraftHost {
        let at = *self.host_at.entry(host.to_owned()).or_insert_with(|| {
            self.hosts.push(DraftHost { host: host.to_owned(), ..DraftHost::default() });
            self.hosts.len() - 1
        });
        // The position is that of an element.
        #[expect(clippy::indexing_slicing, reason = "found or pushed above")]
        &mut self.hosts[at]
    }

    /// Takes a proxy over, if it is the only one and speaks HTTP.
    pub(crate) fn use_proxy(&mut self, item: &str, written: &str) {
        let url = Url::parse(written).ok().filter(|url| url.scheme() == "http" && url.has_host());
        let Some(mut url) = url else {
            self.lose(
                item,
                "its proxy is no `http://HOST:PORT`, which is the only kind that the runner uses",
            );
            return;
        };
        let user = percent_encoding::percent_decode_str(url.username()).decode_utf8_lossy().into_owned();
        if !user.is_empty() && url.password().is_none() || is_secret_value(&user) || pieces(written).len() > 1
        {
            self.lose(
                item,
                "the user of its proxy may be a secret: write `user` under [network.proxy] by hand",
            );
            return;
        }
        let user = Some(user).filter(|user| !user.is_empty());
        // None of these fails for a URL with a host.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.set_path("");
        url.set_query(None);
        url.set_fragment(None);
        let proxy = DraftProxy { url: url.to_string(), user };
        match &self.proxy {
            Some(known) if *known != proxy => {
                self.lose(item, "a file has one proxy for all its checks, and another one came before");
            }
            _ => {
                if proxy.user.is_some() {
                    self.note("set the variable `PROXY_PASSWORD` to the password of the proxy");
                }
                self.proxy = Some(proxy);
            }
        }
    }

    /// Rules with each variable of the environment as a parameter. A rule with a variable that is a secret is lost.
    pub(crate) fn settle_rules(&mut self, item: &str, request: &mut DraftRequest) {
        for rules in request.rules() {
            let mut settled = Vec::new();
            for rule in std::mem::take(rules) {
                match self.with(&rule, Preset::Environment) {
                    Ok(rule) => settled.push(rule),
                    Err(why) => self.lose(item, format!("a rule of it: {why}")),
                }
            }
            *rules = settled;
        }
    }

    /// The text with each variable of the environment as a parameter. The error is the rest of a sentence: a variable that is a secret
    /// has no place in it.
    pub(super) fn with(&mut self, text: &str, preset: Preset) -> Result<String, String> {
        let mut whole = String::new();
        for piece in pieces(text) {
            match piece {
                Piece::Kept(kept) => whole.push_str(kept),
                Piece::Variable(variable) if self.is_secret_variable(variable) => {
                    return Err(format!(
                        "the variable `{variable}` is a secret by its name or its value, and stands where the runner puts none: a secret can \
                         stand in a header, in basic authentication, or in a field of the query or body"
                    ));
                }
                Piece::Variable(variable) => {
                    let name = self.param(variable, preset);
                    whole.extend(["${param.", &name, "}"]);
                }
            }
        }
        Ok(whole)
    }

    /// Whether a variable of the environment is a secret, by its name or by its value.
    pub(super) fn is_secret_variable(&self, name: &str) -> bool {
        is_secret_name(name) || self.environment.get(name).is_some_and(|value| is_secret_value(value))
    }

    /// The name of the parameter for a variable.
    fn param(&mut self, variable: &str, preset: Preset) -> String {
        if let Some(name) = self.param_of.get(variable) {
            return name.clone();
        }
        let name = self.param_names.free(&words(variable, '_'), '_');
        self.param_of.insert(variable.to_owned(), name.clone());
        let known = self.environment.get(variable).filter(|_| preset != Preset::Nothing).cloned();
        let param = DraftParam {
            variable: variable.to_owned(),
            is_set: known.is_some(),
            value: known.unwrap_or_else(|| if preset == Preset::Url { UNKNOWN_URL } else { "" }.to_owned()),
        };
        self.params.insert(name.clone(), param);
        name
    }
}
