//! A file of checks before it is text: the keys of `checks.toml`, with texts as the file states them (see
//! [`texts`](super::texts)).
//!
//! An importer adds checks, losses and notes; the file's secrets come from [`sealing`](super::sealing) alone, so that no
//! importer can write the value of one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use url::{Host, Url};
use wayfarer_model::egress::is_public;

use super::names::Names;
use super::secret_signs::masked;
use super::texts::{Piece, pieces};
use super::vault::Vault;
use super::written::check_text;

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
    pub(crate) params: BTreeMap<String, String>,
    pub(crate) hosts: Vec<DraftHost>,
    /// Hosts with addresses that are not public, which a file has to allow.
    pub(crate) allow: BTreeSet<String>,
    /// The proxy for every host.
    pub(crate) proxy: Option<DraftProxy>,
    /// PEM files of authorities.
    pub(crate) authorities: Vec<String>,
    pub(crate) losses: Vec<Loss>,
    /// What a person has to know or do, each a sentence.
    pub(crate) notes: Vec<String>,
    pub(crate) names: Names,
    /// The environment of the command: values of parameters are taken from it.
    pub(crate) environment: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct DraftCheck {
    pub(crate) name: String,
    /// What the source calls it: a comment.
    pub(crate) title: String,
    pub(crate) requests: Vec<DraftRequest>,
    pub(crate) schedule: Option<String>,
    pub(crate) timeout: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) retries: Option<u32>,
    pub(crate) confirm_every: Option<String>,
    /// Bad runs in a row until people are told.
    pub(crate) consecutive: Option<u64>,
    pub(crate) enabled: Option<bool>,
}

/// At most one of the keys `body`, `body_json`, `body_form`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum DraftBody {
    Text(String),
    Json(Value),
    Form(Vec<(String, String)>),
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct DraftRequest {
    pub(crate) name: Option<String>,
    pub(crate) method: Option<String>,
    pub(crate) url: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) basic: Option<(String, String)>,
    pub(crate) bearer: Option<String>,
    pub(crate) body: Option<DraftBody>,
    pub(crate) status: Option<String>,
    pub(crate) contains: Vec<String>,
    pub(crate) not_contains: Vec<String>,
    pub(crate) matches: Vec<String>,
    pub(crate) not_matches: Vec<String>,
    pub(crate) json_path: Vec<String>,
    pub(crate) header_rules: Vec<String>,
    pub(crate) max_latency: Option<String>,
    pub(crate) certificate_days: Option<u32>,
    pub(crate) follow: Option<u32>,
    pub(crate) connect_timeout: Option<String>,
    pub(crate) family: Option<&'static str>,
    pub(crate) capture: Vec<(String, String)>,
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
        let item = masked(&item.into()).into_owned();
        self.losses.push(Loss { item, why: masked(why.as_ref()).into_owned() });
    }

    pub(crate) fn note(&mut self, note: impl Into<String>) {
        let note = masked(&note.into()).into_owned();
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Forgets secrets that only checks had which are not in the file.
    pub(super) fn forget_unused(&mut self) {
        let checks: String = self.checks.iter().map(check_text).collect();
        self.vault.secrets.retain(|secret| checks.contains(&secret.placeholder()));
    }

    /// Says which variables have the values of secrets.
    pub(crate) fn note_secrets(&mut self) {
        let variables: Vec<String> = self.vault.variables().map(|name| format!("`{name}`")).collect();
        if !variables.is_empty() {
            self.note(format!(
                "values of secrets are not in the file: set {} in the environment or in `.env`",
                variables.join(", ")
            ));
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
        let at = self.hosts.iter().position(|known| known.host == host).unwrap_or_else(|| {
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
        let user = Some(url.username().to_owned()).filter(|user| !user.is_empty());
        // Neither fails for a URL with a host.
        let _ = url.set_username("");
        let _ = url.set_password(None);
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

    /// Rules with each variable of the environment as a parameter.
    pub(crate) fn settle_rules(&mut self, request: &mut DraftRequest) {
        let lists = [
            &mut request.contains,
            &mut request.not_contains,
            &mut request.matches,
            &mut request.not_matches,
            &mut request.json_path,
            &mut request.header_rules,
        ];
        for rule in lists.into_iter().flatten() {
            *rule = self.with_params(rule, "");
        }
    }

    /// The text with each variable of the environment as a parameter.
    pub(super) fn with_params(&mut self, text: &str, preset: &str) -> String {
        let mut whole = String::new();
        for piece in pieces(text) {
            match piece {
                Piece::Kept(kept) => whole.push_str(kept),
                Piece::Variable(variable) => {
                    let name = super::words(variable, '_');
                    whole.extend(["${param.", &name, "}"]);
                    self.param(name, variable, preset);
                }
            }
        }
        whole
    }

    fn param(&mut self, name: String, variable: &str, preset: &str) {
        if self.params.contains_key(&name) {
            return;
        }
        let known = self.environment.get(variable).filter(|value| !super::is_secret_value(value)).cloned();
        if known.is_none() {
            self.note(format!(
                "the variable `{variable}` is not set: write its value under [params], as `{name}`"
            ));
        }
        self.params.insert(name, known.unwrap_or_else(|| preset.to_owned()));
    }
}
