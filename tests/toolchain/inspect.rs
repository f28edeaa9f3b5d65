//! What a component asks for and offers.

use super::BuildError;
use std::fs;
use std::path::Path;
use wit_component::DecodedWasm;

/// The names of a component's imports and exports, `wasi:io/poll@0.2.9` for instance.
#[derive(Debug)]
pub struct Surface {
    /// What it asks the runner for.
    pub imports: Vec<String>,
    /// What it offers.
    pub exports: Vec<String>,
}

/// Reads the imports and exports of a component.
pub fn surface(component: &Path) -> Result<Surface, BuildError> {
    let refused = |reason: String| BuildError::NotAComponent { path: component.to_owned(), reason };
    let bytes = fs::read(component).map_err(BuildError::file("read", component))?;
    let decoded = wit_component::decode(&bytes).map_err(|error| refused(format!("{error:#}")))?;
    let DecodedWasm::Component(resolve, world) = &decoded else {
        return Err(refused("it is a WIT package".to_owned()));
    };
    let world = resolve.worlds.get(*world).ok_or_else(|| refused("it has no world".to_owned()))?;
    let named = |key| resolve.name_world_key(key);
    Ok(Surface {
        imports: world.imports.keys().map(named).collect(),
        exports: world.exports.keys().map(named).collect(),
    })
}
