//! The WIT: reading it, generating bindings, encoding components.

use super::BuildError;
use super::folder::{create, workspace, write};
use std::fmt::Display;
use std::fs;
use std::path::Path;
use wasi_preview1_component_adapter_provider as adapter;
use wit_bindgen_core::{Files, WorldGenerator};
use wit_component::ComponentEncoder;
pub(super) use wit_component::StringEncoding;
use wit_parser::{Resolve, WorldId};

pub(super) const WORLD: &str = "journey";
/// The world for a client that speaks `wasi:http`.
pub(super) const WASI_HTTP_WORLD: &str = "journey-wasi-http";

fn read(world: &str) -> Result<(Resolve, WorldId), BuildError> {
    let path = workspace().join("wit");
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(&path).map_err(|error| unusable(&path, error))?;
    let world = resolve.select_world(&[package], Some(world)).map_err(|error| unusable(&path, error))?;
    Ok((resolve, world))
}

fn unusable(path: &Path, error: impl Display) -> BuildError {
    BuildError::Interface { path: path.to_owned(), reason: format!("{error:#}") }
}

/// Writes the bindings of `generator` for a world into `folder`, with their subdirectories.
pub(super) fn generate(
    language: &'static str,
    mut generator: Box<dyn WorldGenerator>,
    world: &str,
    folder: &Path,
) -> Result<(), BuildError> {
    let (mut resolve, world) = read(world)?;
    let mut files = Files::default();
    generator
        .generate(&mut resolve, world, &mut files)
        .map_err(|error| BuildError::Bindings { language, reason: format!("{error:#}") })?;
    for (name, content) in files.iter() {
        let path = folder.join(name);
        create(path.parent().unwrap_or(folder))?;
        write(&path, content)?;
    }
    Ok(())
}

/// Adds a world's metadata to a core module, for compilers that cannot add it. `encoding` is that of its strings.
pub(super) fn embed(module: &Path, world: &str, encoding: StringEncoding) -> Result<(), BuildError> {
    let (resolve, world) = read(world)?;
    let mut bytes = fs::read(module).map_err(BuildError::file("read", module))?;
    wit_component::embed_component_metadata(&mut bytes, &resolve, world, encoding, false)
        .map_err(|error| unencodable(module, error))?;
    write(module, &bytes)
}

/// Creates a component from a core module with the interface's metadata. The reactor adapter implements the
/// module's imports of WASI preview 1.
pub(super) fn encode(module: &Path, component: &Path) -> Result<(), BuildError> {
    let bytes = fs::read(module).map_err(BuildError::file("read", module))?;
    let encoded = ComponentEncoder::default()
        .validate(true)
        .module(&bytes)
        .and_then(|encoder| {
            encoder.adapter(
                adapter::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME,
                adapter::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
            )
        })
        .and_then(ComponentEncoder::encode)
        .map_err(|error| unencodable(module, error))?;
    write(component, &encoded)
}

fn unencodable(module: &Path, error: impl Display) -> BuildError {
    BuildError::Encode { path: module.to_owned(), reason: format!("{error:#}") }
}
