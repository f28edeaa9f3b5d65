//! The Rust SDK inside this binary: its two crates and the WIT interface.

use super::manifest::{ManifestError, standalone};

/// Paths below `vendor/` and texts; listed by `build.rs`.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/sdk.rs"));
const WORKSPACE: &str = include_str!("../../../../../Cargo.toml");

/// Paths below `vendor/` and texts, with manifests that need no workspace.
pub(super) fn files() -> Result<Vec<(String, String)>, ManifestError> {
    let file = |(path, text): &(&str, &str)| {
        let is_manifest = path.ends_with("/Cargo.toml");
        let text = if is_manifest { standalone(text, WORKSPACE)? } else { (*text).to_owned() };
        Ok(((*path).to_owned(), text))
    };
    FILES.iter().map(file).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_crates_and_the_interface_are_complete_without_a_workspace() {
        let files = files().unwrap();
        let text = |path: &str| {
            let found = files.iter().find(|(known, _)| known == path);
            found.map_or_else(|| panic!("{path} is missing"), |(_, text)| text.as_str())
        };
        assert!(text("wayfarer-sdk/wit/journey.wit").contains("world journey"));
        text("wayfarer-sdk/wit/deps/wasi-http-0.2.12/package.wit");
        text("wayfarer-sdk/src/lib.rs");
        text("wayfarer-sdk-macros/src/lib.rs");
        for manifest in ["wayfarer-sdk/Cargo.toml", "wayfarer-sdk-macros/Cargo.toml"] {
            assert!(!text(manifest).contains("workspace"), "{}", text(manifest));
        }
        assert!(text("wayfarer-sdk/Cargo.toml").contains("\"../wayfarer-sdk-macros\""));
    }
}
