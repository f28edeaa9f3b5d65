//! Decides by name what a component may import, before a byte of it is compiled.
//!
//! | class | interfaces |
//! |---|---|
//! | linked | `wayfarer:journey/*`, `wasi:clocks/*`, `wasi:random/*`, `wasi:io/*`, `wasi:cli/*`, `wasi:http/{types,outgoing-handler}` |
//! | linked but inert | `wasi:filesystem/*` (no preopens), `wasi:sockets/*` (every operation denied), `wasi:cli/terminal-*` |
//! | refused by name | everything else |

use wasmparser::{Encoding, Parser, Payload};

/// The version of the WIT that this runner speaks.
pub const WORLD_VERSION: &str = "0.2.0";
const GUEST: &str = "wayfarer:journey/guest";
const CLI: [&str; 10] = [
    "environment",
    "exit",
    "stdin",
    "stdout",
    "stderr",
    "terminal-input",
    "terminal-output",
    "terminal-stdin",
    "terminal-stdout",
    "terminal-stderr",
];

/// Why a file is not a journey, as far as its names show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Not WebAssembly at all.
    #[error(
        "the file is not WebAssembly: it does not begin with `\\0asm`; give the path of a built component"
    )]
    NotWasm,
    /// Truncated or damaged.
    #[error("the file is damaged WebAssembly: {0}; build it again")]
    Damaged(String),
    /// A core module.
    #[error(
        "the file is a core WebAssembly module, not a component: build for the target `wasm32-wasip2`, or wrap the \
         module with `wit-component`"
    )]
    CoreModule,
    /// A component without our export.
    #[error(
        "the component does not export `wayfarer:journey/guest@{WORLD_VERSION}`, so it holds no journey: build it \
         against the world `wayfarer:journey/journey`, for instance with the Rust SDK (exports: {})",
        list(.0)
    )]
    NoGuest(Vec<String>),
    /// Another version of the WIT.
    #[error(
        "the component speaks `wayfarer:journey@{found}` and this runner speaks `@{WORLD_VERSION}`: {}",
        remedy(found)
    )]
    WorldVersion {
        /// The component's version.
        found: String,
    },
    /// Imports that no class covers.
    #[error("the component imports what the runner does not offer: {}; {}", list(.0), reason(.0))]
    Refused(Vec<String>),
}

/// How many names a message lists, and how much of each.
const LISTED: (usize, usize) = (10, 100);

fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let (most, letters) = LISTED;
    let shown: Vec<String> =
        names.iter().take(most).map(|name| name.chars().take(letters).collect()).collect();
    let rest = names.len().saturating_sub(most);
    let more = if rest == 0 { String::new() } else { format!(" and {rest} more") };
    format!("`{}`{more}", shown.join("`, `"))
}

fn remedy(found: &str) -> &'static str {
    let newer = version_of(found) > version_of(WORLD_VERSION);
    if newer {
        "update the runner, or build with an older SDK"
    } else {
        "build it again with the current SDK"
    }
}

fn reason(names: &[String]) -> &'static str {
    if names.iter().any(|name| name.contains("@0.3")) {
        "WASI 0.3 is not offered: build for WASI 0.2 (`wasm32-wasip2`)"
    } else if names.iter().any(|name| name.starts_with("wasi:http/incoming")) {
        "a journey makes calls and receives none: remove the server"
    } else {
        "remove the dependency that needs it, or use `wayfarer:journey` and WASI 0.2 clocks, random, io, cli and \
         http/outgoing-handler instead"
    }
}

fn version_of(text: &str) -> (u64, u64) {
    let mut parts = text.split('.').map(|part| part.parse::<u64>().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

/// The names at a component's outside.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Names {
    /// Imported instances and functions.
    pub(crate) imports: Vec<String>,
    /// Exported instances and functions.
    pub(crate) exports: Vec<String>,
}

/// Reads the names without validating the rest. Time and memory are proportional to the file.
fn read(wasm: &[u8]) -> Result<Names, ImportError> {
    if !wasm.starts_with(b"\0asm") {
        return Err(ImportError::NotWasm);
    }
    let damaged = |error: wasmparser::BinaryReaderError| ImportError::Damaged(error.to_string());
    let (mut names, mut depth) = (Names::default(), 0_usize);
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(damaged)? {
            Payload::Version { encoding: Encoding::Module, .. } if depth == 0 => {
                return Err(ImportError::CoreModule);
            }
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    names.imports.push(import.map_err(damaged)?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    names.exports.push(export.map_err(damaged)?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(names)
}

/// Whether the runner offers this import.
fn is_offered(name: &str) -> bool {
    let Some((path, version)) = name.split_once('@') else { return false };
    let Some((package, interface)) = path.split_once('/') else { return false };
    if package == "wayfarer:journey" {
        return version_of(version) == version_of(WORLD_VERSION);
    }
    version_of(version) == (0, 2)
        && match package {
            "wasi:clocks" => matches!(interface, "monotonic-clock" | "wall-clock"),
            "wasi:random" => matches!(interface, "random" | "insecure" | "insecure-seed"),
            "wasi:io" => matches!(interface, "error" | "poll" | "streams"),
            "wasi:cli" => CLI.contains(&interface),
            "wasi:http" => matches!(interface, "types" | "outgoing-handler"),
            "wasi:filesystem" => matches!(interface, "types" | "preopens"),
            "wasi:sockets" => true,
            _ => false,
        }
}

/// Decides whether a file may be compiled.
///
/// # Errors
/// What the file is instead, and the remedy.
pub(crate) fn check(wasm: &[u8]) -> Result<Names, ImportError> {
    let names = read(wasm)?;
    let ours = |name: &&String| name.starts_with("wayfarer:journey/");
    let foreign = names.imports.iter().chain(&names.exports).filter(ours).find_map(|name| {
        let (_, version) = name.split_once('@')?;
        (version_of(version) != version_of(WORLD_VERSION)).then(|| version.chars().take(LISTED.1).collect())
    });
    if let Some(found) = foreign {
        return Err(ImportError::WorldVersion { found });
    }
    if !names.exports.iter().any(|name| name.split('@').next() == Some(GUEST)) {
        return Err(ImportError::NoGuest(names.exports));
    }
    let refused: Vec<String> = names.imports.iter().filter(|name| !is_offered(name)).cloned().collect();
    if refused.is_empty() { Ok(names) } else { Err(ImportError::Refused(refused)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_classes_are_as_documented() {
        for given in [
            "wayfarer:journey/http@0.2.0",
            "wayfarer:journey/http@0.2.7",
            "wasi:clocks/monotonic-clock@0.2.12",
            "wasi:cli/terminal-stdin@0.2.0",
            "wasi:http/outgoing-handler@0.2.4",
            "wasi:sockets/tcp@0.2.9",
            "wasi:filesystem/preopens@0.2.3",
        ] {
            assert!(is_offered(given), "{given} is offered");
        }
        for refused in [
            "wasi:http/incoming-handler@0.2.4",
            "wasi:http/handler@0.3.0",
            "wasi:clocks/system-clock@0.3.0",
            "wasi:nn/tensor@0.2.0",
            "wasi:keyvalue/store@0.2.0",
            "evil:corp/steal@0.1.0",
            "just-a-function",
        ] {
            assert!(!is_offered(refused), "{refused} is refused");
        }
    }

    #[test]
    fn files_that_are_no_component_are_distinguished() {
        assert_eq!(check(b"#!/bin/sh"), Err(ImportError::NotWasm));
        assert_eq!(check(b"\0asm\x01\0\0\0"), Err(ImportError::CoreModule));
        assert_eq!(check(b"\0asm\x0d\0\x01\0"), Err(ImportError::NoGuest(vec![])));
        assert!(matches!(check(b"\0asm\x0d\0\x01\0\x0b\xff\x01"), Err(ImportError::Damaged(_))));
    }

    #[test]
    fn a_message_does_not_grow_with_the_file() {
        let names: Vec<String> =
            (0..10_000).map(|number| format!("evil:corp/{number}-{}", "x".repeat(1_000))).collect();
        let said = ImportError::Refused(names.clone()).to_string();
        assert!(said.contains("and 9990 more") && said.len() < 2_000, "{} bytes", said.len());
        assert!(ImportError::NoGuest(names).to_string().len() < 2_000);
    }

    #[test]
    fn an_older_and_a_newer_world_have_different_remedies() {
        let said = |found: &str| ImportError::WorldVersion { found: found.to_owned() }.to_string();
        assert!(said("0.3.0").contains("update the runner"));
        assert!(said("0.1.0").contains("build it again with the current SDK"));
    }
}
