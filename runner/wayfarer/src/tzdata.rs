//! The edition of the timezone database that this process uses: the machine's where it is newer than the one that the
//! binary carries with it.
//!
//! The model reads no files. This file reads the machine's zoneinfo folder (`TZDIR`, or `/usr/share/zoneinfo`) once, at
//! the first use of a timezone, and only if that edition is newer.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use wayfarer_model::schedule::{Origin, Tzdata};

/// A file of the database is far smaller.
const LARGEST_FILE: u64 = 256 * 1_024;
/// Folders below the first, as in `America/Argentina/Ushuaia`.
const DEEPEST: usize = 3;
/// Entries that are no timezones, or timezones that count leap seconds.
const OTHERS: [&str; 5] = ["posix", "right", "posixrules", "localtime", "Factory"];

/// An edition that lies in a folder.
struct Zoneinfo {
    folder: PathBuf,
    edition: String,
}

/// Names the source of the process's timezone database.
pub(crate) fn provide() {
    Tzdata::provide(|| match newer_of_machine() {
        Some(Zoneinfo { folder, edition }) => Tzdata::of_machine(edition, timezones(&folder)),
        None => Tzdata::bundled(),
    });
}

/// What `--version` says after the name: `0.1.0 (tzdata 2026f, bundled)`.
pub(crate) fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        // As `Tzdata` says it, but without its files: every command comes along here.
        let (edition, origin) = match newer_of_machine() {
            Some(zoneinfo) => (zoneinfo.edition, Origin::Machine),
            None => (Tzdata::bundled_edition().to_owned(), Origin::Bundled),
        };
        format!("{} (tzdata {edition}, {origin})", env!("CARGO_PKG_VERSION"))
    })
}

fn newer_of_machine() -> Option<Zoneinfo> {
    let named = std::env::var_os("TZDIR").filter(|folder| !folder.is_empty());
    let folder = named.map_or_else(|| PathBuf::from("/usr/share/zoneinfo"), PathBuf::from);
    let edition = edition_in(&folder).filter(|edition| edition.as_str() > Tzdata::bundled_edition())?;
    Some(Zoneinfo { folder, edition })
}

/// The edition that a folder says it has, in one of the two usual ways; none where it says nothing of that form.
fn edition_in(folder: &Path) -> Option<String> {
    let version = || read(&folder.join("+VERSION"));
    let source = || {
        let mut start = [0; 64];
        let length = File::open(folder.join("tzdata.zi")).ok()?.read(&mut start).ok()?;
        start.get(..length)?.strip_prefix(b"# version ").map(<[u8]>::to_vec)
    };
    let text = String::from_utf8(
        version().or_else(source)?.into_iter().take_while(u8::is_ascii_alphanumeric).collect(),
    );
    text.ok().filter(|text| is_edition(text))
}

/// Whether a text is a year and letters, as in `2026f`.
fn is_edition(text: &str) -> bool {
    text.split_at_checked(4).is_some_and(|(year, letters)| {
        year.bytes().all(|byte| byte.is_ascii_digit())
            && !letters.is_empty()
            && letters.bytes().all(|byte| byte.is_ascii_lowercase())
    })
}

/// Every timezone of a folder: its name and the content of its file. What cannot be read is left out: the bundled
/// edition has it.
fn timezones(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    collect(folder, "", DEEPEST, &mut found);
    found
}

fn collect(folder: &Path, prefix: &str, deeper: usize, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, Ok(name)) = (entry.path(), entry.file_name().into_string()) else { continue };
        if OTHERS.contains(&name.as_str()) {
            continue;
        }
        let name = format!("{prefix}{name}");
        if path.is_dir() {
            if deeper > 0 {
                collect(&path, &format!("{name}/"), deeper - 1, found);
            }
        } else if let Some(content) = read(&path).filter(|content| content.starts_with(b"TZif")) {
            found.push((name, content));
        }
    }
}

/// The content of a file that is not too large.
fn read(path: &Path) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    let length = File::open(path).ok()?.take(LARGEST_FILE + 1).read_to_end(&mut content).ok()?;
    (length as u64 <= LARGEST_FILE).then_some(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        folder
    }

    #[test]
    fn a_folder_says_its_edition_in_one_of_two_ways() {
        let edition = |files: &[(&str, &str)]| edition_in(folder(files).path());
        assert_eq!(edition(&[("+VERSION", "2027a\n")]).as_deref(), Some("2027a"));
        assert_eq!(edition(&[("tzdata.zi", "# version 2027b\n# more")]).as_deref(), Some("2027b"));
        assert_eq!(edition(&[("tzdata.zi", "# version 2027b-dirty\n")]).as_deref(), Some("2027b"));
        for odd in ["", "unknown", "2027", "27a", "2027A"] {
            assert_eq!(edition(&[("+VERSION", odd)]), None, "{odd}");
        }
        assert_eq!(edition(&[("tzdata.zi", "# redundant 2027b\n")]), None);
        assert_eq!(edition(&[]), None);
    }

    #[test]
    fn timezones_are_the_files_that_look_like_them() {
        let folder = folder(&[
            ("UTC", "TZif2"),
            ("America/Argentina/Ushuaia", "TZif2"),
            ("posix/UTC", "TZif2"),
            ("right/UTC", "TZif2"),
            ("localtime", "TZif2"),
            ("zone.tab", "# a table"),
            ("tzdata.zi", "# version 2027b"),
        ]);
        let mut names: Vec<String> = timezones(folder.path()).into_iter().map(|(name, _)| name).collect();
        names.sort();
        assert_eq!(names, ["America/Argentina/Ushuaia", "UTC"]);
    }

    #[test]
    fn the_version_names_the_edition() {
        let version = version();
        assert!(version.starts_with(concat!(env!("CARGO_PKG_VERSION"), " (tzdata 2")), "{version}");
    }
}
