//! The house: which part of the tree may know which, held against the source.
//!
//! - Wings and layers: a module imports only what stands below it (`RULES`).
//! - No cycle of files crosses a folder.
//! - `mod.rs` only declares and re-exports.
//! - No file has more than 500 lines before its tests.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in tests a panic is the report"
)]

mod cycles;
mod documents;
mod modules;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use modules::Modules;

/// The four crates of the runner, each by its root file.
const CRATES: [(&str, &str); 4] = [
    ("wayfarer-model", "src/lib.rs"),
    ("wayfarer-sandbox", "src/lib.rs"),
    ("wayfarer-store", "src/lib.rs"),
    ("wayfarer", "src/main.rs"),
];

/// In crate, this part of the tree never imports any of those.
const RULES: &[(&str, &str, &[&str])] = &[
    ("wayfarer", "author", &["server", "cli", "app"]),
    ("wayfarer", "server", &["author", "client", "cli", "app"]),
    ("wayfarer", "client", &["author", "server", "cli", "app"]),
    ("wayfarer", "protocol", &["author", "server", "client", "cli", "app", "runnable", "config"]),
    ("wayfarer", "runnable", &["author", "server", "client", "cli", "app"]),
    ("wayfarer", "config", &["author", "server", "client", "cli", "app", "runnable", "protocol"]),
    ("wayfarer", "channels", &["author", "server", "client", "cli", "app", "runnable", "protocol"]),
    ("wayfarer", "view", &["author", "server", "client", "cli", "app"]),
    ("wayfarer-sandbox", "net", &["http", "capability", "http_check"]),
    ("wayfarer-sandbox", "http", &["capability", "http_check"]),
];

fn root(name: &str, file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../runner").join(name).join(file)
}

/// Each crate by its name, read once for all tests.
fn crates() -> &'static [(&'static str, Modules)] {
    static ALL: LazyLock<Vec<(&'static str, Modules)>> = LazyLock::new(|| {
        CRATES.iter().map(|(name, file)| (*name, Modules::read(&root(name, file)))).collect()
    });
    &ALL
}

#[test]
fn no_part_imports_what_stands_above_it() {
    let mut found = Vec::new();
    for (name, modules) in crates() {
        for (path, module) in modules.iter() {
            let rule = RULES
                .iter()
                .find(|(of, part, _)| of == name && path.first().is_some_and(|first| first == part));
            let Some((_, part, forbidden)) = rule else { continue };
            for target in modules.targets(module) {
                if target.first().is_some_and(|first| forbidden.contains(&first.as_str())) {
                    found.push(format!(
                        "{name}: {} imports {}, which {part} must not know",
                        path.join("::"),
                        target.join("::")
                    ));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_cycle_of_files_crosses_a_folder() {
    let mut found = Vec::new();
    for (name, modules) in crates() {
        for cycle in cycles::of(modules) {
            let folders: std::collections::BTreeSet<_> =
                cycle.iter().map(|file| file.parent().unwrap().to_owned()).collect();
            if folders.len() > 1 {
                let files: Vec<_> = cycle.iter().map(|file| file.display().to_string()).collect();
                found.push(format!(
                    "{name}: {} files in {} folders:\n  {}",
                    cycle.len(),
                    folders.len(),
                    files.join("\n  ")
                ));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn mod_rs_only_declares_and_re_exports() {
    let mut found = Vec::new();
    for (_, modules) in crates() {
        for (_, module) in modules.iter() {
            if module.file.ends_with("mod.rs") && module.own_items > 0 {
                found.push(format!("{}: {} items of its own", module.file.display(), module.own_items));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_file_is_longer_than_500_lines_before_its_tests() {
    let mut found = Vec::new();
    for (_, modules) in crates() {
        for (_, module) in modules.iter() {
            let source = std::fs::read_to_string(&module.file).unwrap();
            let lines = source.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count();
            if lines > 500 {
                found.push(format!("{}: {lines} lines", module.file.display()));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Without this a reader that found no imports would let everything pass.
#[test]
fn a_cycle_over_two_folders_and_an_item_in_a_mod_rs_are_found() {
    let folder = tempfile::tempdir().unwrap();
    for (file, source) in [
        ("lib.rs", "mod a;\nmod b;\n"),
        ("a/mod.rs", "mod one;\npub use one::One;\nuse crate::b;\nstruct Own(b::Two);\n"),
        ("a/one.rs", "use crate::b::Two;\npub struct One(Two);\n"),
        ("b/mod.rs", "mod two;\npub use two::Two;\n#[cfg(test)]\nmod tests;\n"),
        ("b/two.rs", "pub struct Two;\nfn back() -> crate::a::One { loop {} }\n"),
    ] {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, source).unwrap();
    }
    let modules = Modules::read(&folder.path().join("lib.rs"));
    let [cycle] = cycles::of(&modules).try_into().unwrap();
    let files = cycle.iter().map(|file| file.strip_prefix(folder.path()).unwrap().display().to_string());
    assert_eq!(
        files.collect::<std::collections::BTreeSet<_>>(),
        ["a/one.rs", "b/two.rs"].map(str::to_owned).into()
    );
    let (_, module) = modules.iter().find(|(path, _)| *path == &["a"]).unwrap();
    assert_eq!(module.own_items, 1);
    let targets: Vec<String> = modules.targets(module).into_iter().map(|target| target.join("::")).collect();
    assert!(targets.contains(&"b::two".to_owned()), "{targets:?}");
}
