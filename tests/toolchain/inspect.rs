//! The imports and exports of a component.

use super::BuildError;
use std::fs;
use std::path::Path;
use wit_component::DecodedWasm;

/// The names of a component's imports and exports, for instance `wasi:io/poll@0.2.9`.
#[derive(Debug)]
pub struct Surface {
    pub imports: Vec<String>,
    pub exports: Vec<String>,
}

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
