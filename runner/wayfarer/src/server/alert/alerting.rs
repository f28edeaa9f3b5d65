//! The alerting of a runner, made from its file, its environment and the files that it names.
//!
//! A value never changes. To read channels' secrets again, make another one from the same file; a delivery under way
//! finishes with the old one.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use wayfarer_model::ids::{ChannelName, RunId, TenantName};
use wayfarer_model::nearest::nearest;
use wayfarer_model::units::UnixMillis;
use wayfarer_sandbox::http::SealedSecrets;
use wayfarer_sandbox::{Network, Secret};

use super::route::{Facts, Route};
use crate::channels::{Channel, ChannelTable, SecretReader};
use crate::config::{AlertTable, RunnerFile, platform_network_settings};
use crate::server::tenants::Tenants;

/// Everything that is wrong with channels and routes, a sentence each.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub(crate) struct AlertErrors(pub(crate) Vec<String>);

/// A channel that can be told.
pub(crate) struct ReadyChannel {
    pub(crate) name: ChannelName,
    pub(crate) channel: Channel,
    /// The tenant's, whose policy holds for the channel's targets; or the platform's, which may call every host.
    pub(crate) network: Arc<Network>,
    pub(crate) fallback: Option<ChannelName>,
    /// Its secrets, which stand in no error, however the receiver writes them.
    secrets: SealedSecrets,
}

impl fmt::Debug for ReadyChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReadyChannel({} {:?})", self.name, self.channel)
    }
}

impl ReadyChannel {
    /// A text that others wrote, without the channel's secrets.
    pub(crate) fn without_secrets(&self, text: &str) -> String {
        self.secrets.redact(text).into_owned()
    }
}

/// Channels and routes of a tenant or of the platform.
#[derive(Debug, Default)]
struct Scope {
    channels: BTreeMap<ChannelName, Arc<ReadyChannel>>,
    routes: Vec<Route>,
}

#[derive(Debug, Default)]
pub(crate) struct Alerting {
    platform: Scope,
    tenants: BTreeMap<TenantName, Scope>,
    run_url: Option<String>,
    pub(super) group_within: Duration,
    pub(super) join_within: Duration,
    pub(crate) fallback_after: Duration,
    pub(crate) give_up_after: Duration,
}

/// The alerting in force; SIGHUP replaces it.
#[derive(Debug, Clone, Default)]
pub(crate) struct AlertingHandle(Arc<Mutex<Arc<Alerting>>>);

impl AlertingHandle {
    pub(crate) fn new(alerting: Alerting) -> Self {
        Self(Arc::new(Mutex::new(Arc::new(alerting))))
    }

    pub(crate) fn get(&self) -> Arc<Alerting> {
        Arc::clone(&self.0.lock())
    }

    pub(crate) fn replace(&self, alerting: Alerting) {
        *self.0.lock() = Arc::new(alerting);
    }
}

impl Alerting {
    /// Reads everything that the file names for alerts.
    ///
    /// # Errors
    /// Everything that is wrong with any channel or route.
    pub(crate) fn read(runner: &RunnerFile, tenants: &Tenants) -> Result<Self, AlertErrors> {
        let mut reading = Reading { runner, errors: Vec::new() };
        let toml = &runner.toml;
        let run_url = match toml.alerting.run_url() {
            Ok(url) => url.map(str::to_owned),
            Err(why) => {
                reading.errors.push(format!("[alerting] {why}"));
                None
            }
        };
        let network = platform_network_settings(runner)
            .map_err(|error| error.to_string())
            .and_then(|settings| Network::new(settings).map_err(|error| error.to_string()));
        let mut alerting = Self {
            run_url,
            group_within: toml.alerting.group_within(),
            join_within: toml.alerting.join_within(),
            fallback_after: toml.alerting.fallback_after(),
            give_up_after: toml.alerting.give_up_after(),
            ..Self::default()
        };
        match network {
            Ok(network) => {
                alerting.platform = reading.scope("", &toml.channels, &toml.alerts, &Arc::new(network));
            }
            Err(why) => reading.errors.push(why),
        }
        for (name, table) in &toml.tenants {
            let Some(tenant) = tenants.get(name) else { continue };
            let place = format!("tenants.{name}.");
            let scope = reading.scope(&place, &table.channels, &table.alerts, &Arc::new(tenant.network()));
            alerting.tenants.insert(name.clone(), scope);
        }
        alerting.check_names(&mut reading.errors);
        reading.errors.extend(shared_names(
            &toml.channels,
            toml.tenants.iter().map(|(name, table)| (name, &table.channels)),
        ));
        if reading.errors.is_empty() { Ok(alerting) } else { Err(AlertErrors(reading.errors)) }
    }

    /// Every channel that is named must be there.
    fn check_names(&self, errors: &mut Vec<String>) {
        let all = std::iter::once((None, &self.platform));
        let all = all.chain(self.tenants.iter().map(|(name, scope)| (Some(name), scope)));
        for (tenant, scope) in all {
            let place = tenant.map(|name| format!("tenants.{name}.")).unwrap_or_default();
            let mut check = |what: String, name: &ChannelName| {
                if self.channel(tenant, name.as_str()).is_some() {
                    return;
                }
                let known = scope.channels.keys().chain(self.platform.channels.keys());
                let near = nearest(name.as_str(), known.map(ChannelName::as_str));
                let mend = near.map_or_else(
                    || format!("add the table [{place}channels.{name}]"),
                    |near| format!("did you mean `{near}`?"),
                );
                errors.push(format!("{what} names the channel `{name}`, which is not there: {mend}"));
            };
            for (number, route) in scope.routes.iter().enumerate() {
                route
                    .names()
                    .for_each(|name| check(format!("[[{place}alerts]] number {}", number + 1), name));
            }
            for (name, channel) in &scope.channels {
                let fallback = channel.fallback.iter();
                fallback.for_each(|to| check(format!("[{place}channels.{name}] fallback"), to));
            }
        }
    }

    /// The channel of that name that the tenant's incidents may go to: its own, or the platform's. No two of them share a name.
    pub(crate) fn channel(&self, tenant: Option<&TenantName>, name: &str) -> Option<&Arc<ReadyChannel>> {
        let name: ChannelName = name.parse().ok()?;
        let own = tenant.and_then(|tenant| self.tenants.get(tenant));
        own.and_then(|scope| scope.channels.get(&name)).or_else(|| self.platform.channels.get(&name))
    }

    /// The channels that a tenant's routes may name, or the platform's own; each with its owner's.
    pub(crate) fn channels(&self, tenant: Option<&TenantName>) -> Vec<(&Arc<ReadyChannel>, bool)> {
        let own = tenant.and_then(|tenant| self.tenants.get(tenant)).map(|scope| &scope.channels);
        let of_tenant = own.into_iter().flat_map(BTreeMap::values).map(|channel| (channel, false));
        of_tenant.chain(self.platform.channels.values().map(|channel| (channel, true))).collect()
    }

    /// The routes that an incident takes: those of its tenant, or the platform's if none of them covers it. An incident of the platform's own
    /// has no tenant.
    pub(super) fn routes(&self, tenant: Option<&TenantName>, facts: Facts<'_>) -> Vec<&Route> {
        let own = tenant.and_then(|tenant| self.tenants.get(tenant));
        let own = own.map(|scope| taken(&scope.routes, facts)).unwrap_or_default();
        if own.is_empty() { taken(&self.platform.routes, facts) } else { own }
    }

    /// Whether an incident that opened then has waited for others like it.
    pub(crate) fn has_waited(&self, first: UnixMillis, now: UnixMillis) -> bool {
        let wait = u64::try_from(self.group_within.as_millis()).unwrap_or(u64::MAX);
        now.0 >= first.0.saturating_add(wait)
    }

    /// Where a page shows a run.
    pub(super) fn link(&self, run: RunId) -> Option<String> {
        self.run_url.as_ref().map(|url| url.replace("{run}", &run.to_string()))
    }
}

/// A tenant's channels that have the name of one of the platform's, a sentence each: a route of the platform's that names it would tell the
/// tenant instead, and so would the recovery of an incident that the platform was told of.
fn shared_names<'a>(
    platform: &BTreeMap<ChannelName, ChannelTable>,
    tenants: impl Iterator<Item = (&'a TenantName, &'a BTreeMap<ChannelName, ChannelTable>)>,
) -> Vec<String> {
    let of_tenant = |(tenant, channels): (&TenantName, &BTreeMap<ChannelName, ChannelTable>)| {
        let shared = channels.keys().filter(|name| platform.contains_key(*name));
        let sentence = |name: &ChannelName| {
            format!(
                "[tenants.{tenant}.channels.{name}] has the name of the platform's [channels.{name}], so a route could mean either: rename \
                 one of them, as in [tenants.{tenant}.channels.{tenant}-{name}]"
            )
        };
        shared.map(sentence).collect::<Vec<_>>()
    };
    tenants.flat_map(of_tenant).collect()
}

/// The first route that covers it, and the next ones as long as each says so.
fn taken<'a>(routes: &'a [Route], facts: Facts<'_>) -> Vec<&'a Route> {
    let mut taken = Vec::new();
    for route in routes.iter().filter(|route| route.covers(facts)) {
        taken.push(route);
        if !route.goes_on {
            break;
        }
    }
    taken
}

struct Reading<'a> {
    runner: &'a RunnerFile,
    errors: Vec<String>,
}

impl Reading<'_> {
    /// `place` is what stands before `channels` in the names of tables.
    fn scope(
        &mut self,
        place: &str,
        channels: &BTreeMap<ChannelName, ChannelTable>,
        alerts: &[AlertTable],
        network: &Arc<Network>,
    ) -> Scope {
        let mut scope = Scope::default();
        for (name, table) in channels {
            let path_of = |path: &Path| self.runner.path(path);
            let variable_of = |name: &str| std::env::var(name).ok();
            let mut reader = SecretReader::new(&path_of, &variable_of);
            match table.read(&mut reader) {
                Ok(channel) => {
                    let ready = ReadyChannel {
                        name: name.clone(),
                        channel,
                        network: Arc::clone(network),
                        fallback: table.fallback.clone(),
                        secrets: sealed(&reader.values()),
                    };
                    scope.channels.insert(name.clone(), Arc::new(ready));
                }
                Err(why) => self.errors.push(format!("[{place}channels.{name}] {why}")),
            }
        }
        for (number, table) in alerts.iter().enumerate() {
            match Route::read(table) {
                Ok(route) => {
                    if let Some(kind) = route.platforms_kind().filter(|_| !place.is_empty()) {
                        self.errors.push(format!(
                            "[[{place}alerts]] number {} has the kind `{kind}`, which is the platform's own: write that route as [[alerts]]",
                            number + 1
                        ));
                    }
                    scope.routes.push(route);
                }
                Err(why) => self.errors.push(format!("[[{place}alerts]] number {} {why}", number + 1)),
            }
        }
        scope
    }
}

fn sealed(values: &[(String, String)]) -> SealedSecrets {
    let secrets = values.iter().map(|(key, value)| Secret::new(key, value));
    // Nobody is given a placeholder.
    SealedSecrets::new(secrets.collect(), |_| {})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Alerting, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("wayfarer.toml"), text).unwrap();
        std::fs::write(folder.path().join("hook"), "https://hooks.example/secret-1234\n").unwrap();
        let file = RunnerFile::find(None, folder.path()).map_err(|error| error.to_string())?;
        let tenants = Tenants::read(&file).map_err(|error| error.to_string())?;
        Alerting::read(&file, &tenants).map_err(|error| error.to_string())
    }

    #[test]
    fn a_name_means_a_channel_of_the_tenants_or_one_of_the_platforms() {
        let alerting = read(
            "[channels.oncall]\nslack.url.file = \"hook\"\n[tenants.a]\n[tenants.a.channels.chat]\nteams.url.file = \"hook\"\n\
             [tenants.b]\n[tenants.b.channels.chat]\nslack.url.file = \"hook\"\n",
        )
        .unwrap();
        let [a, b]: [TenantName; 2] = ["a", "b"].map(|name| name.parse().unwrap());
        let word = |tenant, name| alerting.channel(tenant, name).map(|channel| channel.channel.word());
        assert_eq!((word(Some(&a), "chat"), word(Some(&b), "chat")), (Some("teams"), Some("slack")));
        assert_eq!((word(Some(&a), "oncall"), word(None, "chat")), (Some("slack"), None));
        assert_eq!(alerting.channels(Some(&a)).len(), 2);
        let channel = alerting.channel(None, "oncall").unwrap();
        let shown = channel.without_secrets("to https://hooks.example/secret-1234: 500");
        assert_eq!(shown, "to [secret slack.url]: 500");
    }

    #[test]
    fn a_tenants_channel_with_the_name_of_one_of_the_platforms_is_refused() {
        let error = read(
            "[channels.oncall]\nslack.url.file = \"hook\"\n[[alerts]]\nto = \"oncall\"\n[tenants.a]\n\
             [tenants.a.channels.oncall]\nslack.url.file = \"hook\"\n",
        )
        .unwrap_err();
        let expected = "[tenants.a.channels.oncall] has the name of the platform's [channels.oncall], so a route could mean either: \
                        rename one of them, as in [tenants.a.channels.a-oncall]";
        assert_eq!(error, expected);
    }

    #[test]
    fn no_part_of_a_channels_secret_is_shown_however_its_receiver_writes_it() {
        let alerting = read(
            "[channels.chat]\nslack.url.file = \"hook\"\n[channels.am.alertmanager]\nurls = \"http://am.example\"\nuser = \"ana\"\n\
             password.file = \"hook\"\n",
        )
        .unwrap();
        let shown = |channel, text: &str| alerting.channel(None, channel).unwrap().without_secrets(text);
        for text in [
            "Cannot POST /secret-1234",
            "Cannot POST https:\\/\\/hooks.example\\/secret-1234",
            "unknown hook secret-1234",
            "no route for %2Fsecret-1234",
        ] {
            let shown = shown("chat", text);
            assert!(!shown.contains("1234") && shown.contains("[secret slack.url]"), "{shown}");
        }
        let basic = data_encoding::BASE64.encode(b"ana:https://hooks.example/secret-1234");
        let shown = shown("am", &format!("unknown user: Basic {basic}"));
        assert!(shown.contains("[secret alertmanager.password]"), "{shown}");
    }

    #[test]
    fn a_tenants_route_never_covers_the_platforms_own_incidents() {
        let error = read(
            "[channels.chat]\nslack.url.file = \"hook\"\n[[alerts]]\nkinds = \"runner-unwell\"\nto = \"chat\"\n[tenants.a]\n\
             [[tenants.a.alerts]]\nkinds = \"common-mode\"\nto = \"chat\"\n",
        )
        .unwrap_err();
        let expected = "[[tenants.a.alerts]] number 1 has the kind `common-mode`, which is the platform's own: write that route as [[alerts]]";
        assert_eq!(error, expected);
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let error = read(
            "[alerting]\nrun_url = \"https://grafana.example/run\"\n[channels.chat]\nslack.url.file = \"none\"\n[[alerts]]\n\
             to = \"chta\"\nescalate_after = \"5m\"\n[tenants.a]\n[[tenants.a.alerts]]\nto = \"chat2\"\nquiet = \"often\"\n\
             [tenants.a.channels.mail]\nfallback = \"mial\"\nslack.url.file = \"hook\"\n[[tenants.a.alerts]]\nto = \"pager\"\n",
        )
        .unwrap_err();
        let error = error.replace(&std::env::temp_dir().display().to_string(), "TMP");
        let lines: Vec<&str> = error.lines().collect();
        assert_eq!(lines.len(), 6, "{error}");
        for (line, part) in lines.iter().zip([
            "[alerting] `run_url` is no URL with `{run}` in it",
            "[channels.chat] `slack.url` takes its value from the file",
            "[[alerts]] number 1 needs both `escalate_after` and `escalate_to`",
            "[[tenants.a.alerts]] number 1 `quiet`: `often` is not a weekly window",
            "names the channel `pager`, which is not there: add the table [tenants.a.channels.pager]",
            "[tenants.a.channels.mail] fallback names the channel `mial`, which is not there: did you mean `mail`?",
        ]) {
            assert!(line.contains(part), "{line}\n{part}");
        }
    }
}
