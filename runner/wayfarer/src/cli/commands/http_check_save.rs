//! `wayfarer http-check --save NAME`: the check is appended to `checks.toml` in the current folder.
//!
//! What stands there already stays as it is, comments and order too: the new tables are written behind it, and an address that is
//! not public is added to `network.allow`. The whole is read by the project's own parser first.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use toml_edit::{Array, DocumentMut, TomlError};
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
    file.checks.push(DraftCheck { name: journey.to_string(), ..check });
    file.note_secrets();
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
    let text = appended_text(&file);
    let refused = |why: String| {
        CliError::Usage(format!(
            "{FILE} with the check would be refused: {why}; write it there by hand:\n{text}"
        ))
    };
    let before = with_allowed(&before, &file.allow).map_err(refused)?;
    let between = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    let begin = if before.is_empty() { text.trim_start() } else { text.as_str() };
    let whole = format!("{before}{between}{begin}");
    Project::of_text(path, &whole).map_err(|error| refused(error.to_string()))?;
    replace(path, &whole).map_err(|error| CliError::Usage(format!("cannot write {FILE}: {error}")))?;
    for note in file.notes.iter().chain(file.losses.iter().map(|loss| &loss.why)) {
        console.say(&format!("note: {note}"));
    }
    console.say(&format!("saved `{journey}` in {FILE}; next:\n  wayfarer test {FILE}"));
    Ok(())
}

/// The text with more hosts under `network.allow`. Nothing else of it changes.
fn with_allowed(text: &str, hosts: &BTreeSet<String>) -> Result<String, String> {
    if hosts.is_empty() {
        return Ok(text.to_owned());
    }
    let mut document: DocumentMut = text.parse().map_err(|error: TomlError| error.to_string())?;
    let network = document.entry("network").or_insert_with(toml_edit::table).as_table_like_mut();
    let allow =
        network.map(|network| network.entry("allow").or_insert_with(|| toml_edit::value(Array::new())));
    let allow = allow.and_then(|allow| allow.as_array_mut()).ok_or("`network.allow` is no list")?;
    for host in hosts {
        if !allow.iter().any(|known| known.as_str() == Some(host)) {
            allow.push(host.as_str());
        }
    }
    Ok(document.to_string())
}

/// Puts a file in place of another: whoever reads it has the whole of one or of the other.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(".")?;
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
        project.toml.secrets.keys().for_each(|name| file.vault.reserve(name));
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_allowed_beside_those_that_are_there() {
        let hosts = BTreeSet::from(["127.0.0.1:80".to_owned(), "10.0.0.1:80".to_owned()]);
        let before = "# mine\n[network] # ours\nallow = [\"127.0.0.1:80\"] # here\n\n[http-check.a]\nurl = \"http://a.example\"\n";
        insta::assert_snapshot!(with_allowed(before, &hosts).unwrap(), @r#"
        # mine
        [network] # ours
        allow = ["127.0.0.1:80", "10.0.0.1:80"] # here

        [http-check.a]
        url = "http://a.example"
        "#);
        insta::assert_snapshot!(with_allowed("", &hosts).unwrap(), @r#"
        [network]
        allow = ["10.0.0.1:80", "127.0.0.1:80"]
        "#);
        assert!(with_allowed("network = 1", &hosts).is_err());
    }
}
