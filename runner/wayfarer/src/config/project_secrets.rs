//! The secrets of the tenant `local` of a server without a `wayfarer.toml`: those of projects on the server's own machine.
//!
//! Whoever starts the server names the projects, or starts it in one. Their `[secrets]` say which variables of the server's
//! environment and which files are read, and toward which hosts a value may travel. A deployment, which may come from anybody with a
//! token, names a secret and nothing else of it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use url::Url;
use wayfarer_model::egress::HostPattern;

use super::{ConfigError, Project, RunnerFile, SecretTable, Text, needs};

/// Tables by the secrets' names. Paths in them are absolute.
pub(super) type ProjectSecrets = BTreeMap<String, SecretTable>;

impl RunnerFile {
    /// The same with the secrets of these projects; without any, of the project in `here`, if there is one.
    ///
    /// # Errors
    /// A project that cannot be read, two that differ about a secret, and projects beside a `wayfarer.toml`, which has tables of its
    /// own for secrets.
    pub(crate) fn with_secrets_of(self, named: &[PathBuf], here: &Path) -> Result<Self, ConfigError> {
        if self.file().is_some() {
            if named.is_empty() {
                return Ok(self);
            }
            let mend = "leave out `--project`, and write the secrets under [tenants.NAME.secrets.NAME]";
            return Err(self.rule(format!("a server with this file takes no secrets of projects: {mend}")));
        }
        let own = Project::file_in(here).map(|_| here.to_owned());
        let folders = if named.is_empty() { own.into_iter().collect() } else { named.to_vec() };
        let mut secrets = ProjectSecrets::new();
        for folder in folders {
            let project = Project::named(&here.join(folder))?;
            for (name, table) in &project.toml.secrets {
                let table = on_the_server(&project, name, table)?;
                match secrets.entry(name.clone()) {
                    Entry::Vacant(new) => {
                        new.insert(table);
                    }
                    Entry::Occupied(known) if *known.get() == table => {}
                    Entry::Occupied(_) => {
                        let why = format!(
                            "[secrets.{name}] differs from that of another project, and the tenant has one secret of a name: give it \
                             another name, or write a wayfarer.toml with a tenant for each project"
                        );
                        return Err(project.rule(why));
                    }
                }
            }
        }
        Ok(self.taking(secrets))
    }
}

/// The table for a tenant that may call every host. Where it names no hosts, the secret may go to those of the project, and not to
/// whichever a deployment names.
fn on_the_server(project: &Project, name: &str, table: &SecretTable) -> Result<SecretTable, ConfigError> {
    let file = table.file.as_ref().map(|file| project.path(file));
    let mut hosts = table.hosts.clone();
    if hosts.is_empty() {
        hosts.clone_from(&project.toml.network.allow);
        hosts.extend(called(project, name).into_iter().map(Text));
    }
    if hosts.is_empty() {
        let why = format!(
            "[secrets.{name}] names no `hosts`, [network] allows none, and no check without code says where it goes, so that a deployment \
             could send the secret anywhere: write `hosts = [\"HOST\"]`"
        );
        return Err(project.rule(why));
    }
    Ok(SecretTable { file, hosts, ..table.clone() })
}

/// The hosts that the project's checks without code send the secret to, as far as parameters say them.
fn called(project: &Project, name: &str) -> Vec<HostPattern> {
    let tables = project.toml.http_checks.values();
    let checks = tables.filter_map(|table| Some((table, table.check().ok()?)));
    let with_secret = checks.filter(|(_, check)| needs(check).secrets.contains_key(name));
    let urls = with_secret.flat_map(|(table, check)| {
        check.urls(|param| {
            let own = table.params.as_ref().and_then(|params| params.get(param));
            own.or_else(|| project.toml.params.get(param)).map(|value| value.0.clone())
        })
    });
    let host = |url: Url| Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?));
    let hosts: BTreeSet<String> = urls.filter_map(host).collect();
    hosts.iter().filter_map(|host| host.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(dir: &Path, name: &str, text: &str) -> PathBuf {
        let folder = dir.join(name);
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("journey.toml"), text).unwrap();
        folder
    }

    fn secrets(file: &RunnerFile) -> BTreeMap<String, SecretTable> {
        file.tenants().unwrap().pop_first().unwrap().1.secrets
    }

    const SHOP: &str =
        "[secrets.password]\nenv = \"SHOP_PASSWORD\"\nhosts = [\"127.0.0.1:7301\"]\nplaintext = true\n";

    #[test]
    fn a_server_without_a_file_takes_the_secrets_of_its_folder_or_of_the_named_projects() {
        let dir = tempfile::tempdir().unwrap();
        let shop = project(dir.path(), "shop", SHOP);
        let bank = project(
            dir.path(),
            "bank",
            "[secrets.pin]\nfile = \"pin.txt\"\n[network]\nallow = [\"bank.example\"]\n",
        );
        let find = |here: &Path, named: &[PathBuf]| {
            RunnerFile::find(None, here).unwrap().with_secrets_of(named, here)
        };
        assert!(secrets(&find(dir.path(), &[]).unwrap()).is_empty(), "there is no project");
        let here = secrets(&find(&shop, &[]).unwrap());
        assert_eq!(here["password"].env.as_deref(), Some("SHOP_PASSWORD"));
        assert!(here["password"].plaintext && here["password"].hosts.len() == 1);
        let both = secrets(&find(dir.path(), &["shop".into(), "bank".into(), "shop".into()]).unwrap());
        assert_eq!(both.len(), 2);
        assert_eq!(
            both["pin"].file.as_deref(),
            Some(bank.join("pin.txt").as_path()),
            "its path is the project's"
        );
        let hosts: Vec<String> = both["pin"].hosts.iter().map(|host| host.0.to_string()).collect();
        assert_eq!(hosts, ["bank.example"], "where a secret names none, those of its project");
        let wrong = find(dir.path(), &["nowhere".into()]).unwrap_err().to_string();
        assert!(wrong.contains("nowhere"), "{wrong}");
    }

    #[test]
    fn a_secret_that_could_go_anywhere_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let shop = project(dir.path(), "shop", "[secrets.password]\nenv = \"SHOP_PASSWORD\"\n");
        let error =
            RunnerFile::find(None, &shop).unwrap().with_secrets_of(&[], &shop).unwrap_err().to_string();
        assert!(error.contains("could send the secret anywhere: write `hosts = [\"HOST\"]`"), "{error}");
    }

    #[test]
    fn a_secret_of_checks_without_code_goes_where_they_send_it() {
        let dir = tempfile::tempdir().unwrap();
        let checks = "[params]\nbase = \"https://b.example:8443\"\n[secrets.token]\nenv = \"TOKEN\"\n[secrets.unused]\nenv = \"UNUSED\"\nhosts = [\"x.example\"]\n\
                      [http-check.a]\nurl = \"https://a.example/\"\nbearer = \"${secret.token}\"\n\
                      [http-check.b]\nurl = \"${param.base}/x\"\nbearer = \"${secret.token}\"\n\
                      [http-check.c]\nurl = \"https://c.example/\"\n";
        std::fs::write(dir.path().join("checks.toml"), checks).unwrap();
        let file = RunnerFile::find(None, dir.path()).unwrap();
        let found = secrets(&file.with_secrets_of(&["checks.toml".into()], dir.path()).unwrap());
        let hosts = |name: &str| found[name].hosts.iter().map(|host| host.0.to_string()).collect::<Vec<_>>();
        assert_eq!(hosts("token"), ["a.example:443", "b.example:8443"]);
        assert_eq!(hosts("unused"), ["x.example"]);
    }

    #[test]
    fn two_projects_that_differ_about_a_secret_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        project(dir.path(), "shop", SHOP);
        project(dir.path(), "other", &SHOP.replace("SHOP_PASSWORD", "OTHER"));
        let file = RunnerFile::find(None, dir.path()).unwrap();
        let error =
            file.with_secrets_of(&["shop".into(), "other".into()], dir.path()).unwrap_err().to_string();
        assert!(error.contains("other/journey.toml: [secrets.password] differs"), "{error}");
    }

    #[test]
    fn beside_a_wayfarer_toml_projects_give_no_secrets() {
        let dir = tempfile::tempdir().unwrap();
        let shop = project(dir.path(), "shop", SHOP);
        std::fs::write(shop.join("wayfarer.toml"), "[server]\n").unwrap();
        let find = || RunnerFile::find(None, &shop).unwrap();
        assert!(secrets(&find().with_secrets_of(&[], &shop).unwrap()).is_empty());
        let error = find().with_secrets_of(&[".".into()], &shop).unwrap_err().to_string();
        assert!(error.contains("leave out `--project`"), "{error}");
    }
}
