//! `wayfarer http-check --save NAME`: the check is appended to `checks.toml` in the current folder.
//!
//! What stands there already stays as it is, comments and order too: the new tables are written behind it, and what the check needs of
//! `[network]` is added to what is there. The whole is read by the project's own parser first.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, TableLike, TomlError};
use wayfarer_model::ids::{JourneyName, NameError};

use crate::author::check_file::{DraftCheck, DraftFile, appended_text};
use crate::cli::CliError;
use crate::cli::global::Console;
use crate::config::Project;

const FILE: &str = "checks.toml";

/// What is to be saved: the file's part, and the check in it.
pub(super) fn save(
    name: &str,
    mut file: DraftFile,
    check: DraftCheck,
    console: Console,
) -> Result<(), CliError> {
    let journey: JourneyName = name.parse().map_err(|error: NameError| CliError::Usage(error.to_string()))?;
    let path = Path::new(FILE);
    file.add(DraftCheck { name: journey.to_string(), ..check }).map_err(CliError::Usage)?;
    file.settle();
    if let Some(loss) = file.losses.first() {
        return Err(CliError::Usage(format!("`{journey}` cannot be saved: {}", loss.why)));
    }
    let before = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(CliError::Usage(format!("cannot read {FILE}: {error}"))),
    };
    if !before.is_empty() {
        let project = Project::of_text(path, &before)?;
        if project.toml.http_checks.contains_key(journey.as_str()) {
            return Err(CliError::Usage(format!(
                "{FILE} has a check `{journey}` already: choose another name"
            )));
        }
    }
    let by_hand = appended_text(&file);
    let refused = |why: String| {
        CliError::Usage(format!(
            "{FILE} with the check would be refused: {why}; write it there by hand:\n{by_hand}"
        ))
    };
    let before = with_network(&before, &file).map_err(refused)?;
    // It is there now.
    file.hosts.clear();
    file.authorities.clear();
    let text = appended_text(&file);
    let between = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    let begin = if before.is_empty() { text.trim_start() } else { text.as_str() };
    let whole = format!("{before}{between}{begin}");
    Project::of_text(path, &whole).map_err(|error| refused(error.to_string()))?;
    replace(path, &whole).map_err(|error| CliError::Usage(format!("cannot write {FILE}: {error}")))?;
    for note in &file.notes {
        console.say(&format!("note: {note}"));
    }
    console.say(&format!("saved `{journey}` in {FILE}; next:\n  wayfarer test {FILE}"));
    Ok(())
}

/// The text with what the check needs of `[network]`. Nothing else of it changes, and nothing is there twice.
fn with_network(text: &str, file: &DraftFile) -> Result<String, String> {
    if file.allow.is_empty() && file.authorities.is_empty() && file.hosts.is_empty() {
        return Ok(text.to_owned());
    }
    let mut document: DocumentMut = text.parse().map_err(|error: TomlError| error.to_string())?;
    let network = document.entry("network").or_insert_with(implicit).as_table_like_mut();
    let network = network.ok_or("`network` is no table")?;
    if !file.allow.is_empty() {
        add(network, "allow", file.allow.iter()).ok_or("`network.allow` is no list")?;
    }
    if !file.authorities.is_empty() {
        let tls = network.entry("tls").or_insert_with(toml_edit::table).as_table_like_mut();
        add(tls.ok_or("`network.tls` is no table")?, "ca", file.authorities.iter())
            .ok_or("`network.tls.ca` is no list")?;
    }
    for host in &file.hosts {
        let tables = network.entry("host").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
        let tables =
            tables.as_array_of_tables_mut().ok_or("`network.host` is no list of tables [[network.host]]")?;
        let known = tables.iter().position(|table| is_of(table, &host.host));
        let table = if let Some(known) = known {
            tables.get_mut(known)
        } else {
            let mut table = Table::new();
            table.insert("hosts", toml_edit::value(Array::from_iter([host.host.as_str()])));
            tables.push(table);
            tables.iter_mut().last()
        };
        if let Some(table) = table.filter(|_| host.insecure) {
            table.insert("insecure", toml_edit::value(true));
        }
    }
    Ok(document.to_string())
}

/// A table that is not written as long as only tables are in it.
fn implicit() -> Item {
    let mut table = Table::new();
    table.set_implicit(true);
    Item::Table(table)
}

/// Adds texts to a list. One text alone is a list of one. None for anything else.
fn add<'t>(table: &mut dyn TableLike, key: &str, texts: impl Iterator<Item = &'t String>) -> Option<()> {
    let list = table.entry(key).or_insert_with(|| toml_edit::value(Array::new()));
    if let Some(one) = list.as_str().map(str::to_owned) {
        *list = toml_edit::value(Array::from_iter([one]));
    }
    let list = list.as_array_mut()?;
    for text in texts {
        if !list.iter().any(|known| known.as_str() == Some(text)) {
            list.push(text.as_str());
        }
    }
    Some(())
}

/// Whether a table is about this host alone.
fn is_of(table: &Table, host: &str) -> bool {
    let hosts = table.get("hosts");
    let is_one = hosts
        .and_then(Item::as_array)
        .is_some_and(|hosts| hosts.len() == 1 && hosts.iter().all(|known| known.as_str() == Some(host)));
    is_one || hosts.and_then(Item::as_str) == Some(host)
}

/// Puts a file in place of another: whoever reads it has the whole of one or of the other.
pub(super) fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    let mode = std::fs::metadata(path)
        .map_or_else(|_| std::fs::Permissions::from_mode(0o644), |known| known.permissions());
    file.as_file().set_permissions(mode)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// A draft in which no secret takes a name that the file has.
pub(super) fn draft() -> DraftFile {
    let mut file = DraftFile::default();
    if let Ok(text) = std::fs::read_to_string(FILE)
        && let Ok(project) = Project::of_text(Path::new(FILE), &text)
    {
        for (name, secret) in &project.toml.secrets {
            file.vault.reserve(name, secret.env.as_deref());
        }
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_gets_what_it_lacks_and_nothing_twice() {
        let mut file = DraftFile::default();
        file.allow.extend(["127.0.0.1:80", "10.0.0.1:80"].map(str::to_owned));
        file.authorities.push("ca.pem".to_owned());
        file.host("a.example").insecure = true;
        let before = "# mine\n[network] # ours\nallow = [\"127.0.0.1:80\"] # here\n\n[http-check.a]\nurl = \"http://a.example\"\n";
        let whole = with_network(before, &file).unwrap();
        insta::assert_snapshot!(whole, @r#"
        # mine
        [network] # ours
        allow = ["127.0.0.1:80", "10.0.0.1:80"] # here

        [network.tls]
        ca = ["ca.pem"]

        [[network.host]]
        hosts = ["a.example"]
        insecure = true

        [http-check.a]
        url = "http://a.example"
        "#);
        assert_eq!(with_network(&whole, &file).unwrap(), whole, "once is enough");
        insta::assert_snapshot!(with_network("", &file).unwrap(), @r#"
        [network]
        allow = ["10.0.0.1:80", "127.0.0.1:80"]

        [network.tls]
        ca = ["ca.pem"]

        [[network.host]]
        hosts = ["a.example"]
        insecure = true
        "#);
        let one = "[network.tls]\nca = \"own.pem\"\n[[network.host]]\nhosts = \"a.example\"\n";
        insta::assert_snapshot!(with_network(one, &file).unwrap(), @r#"
        [network]
        allow = ["10.0.0.1:80", "127.0.0.1:80"]
        [network.tls]
        ca = ["own.pem", "ca.pem"]
        [[network.host]]
        hosts = "a.example"
        insecure = true
        "#);
        assert!(with_network("network = 1", &file).is_err());
        assert!(with_network("network.host = [{ hosts = [\"a\"] }]", &file).is_err());
    }
}
