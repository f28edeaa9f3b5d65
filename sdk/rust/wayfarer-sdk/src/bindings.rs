//! The code that `wit-bindgen` generates from `wit/`: types, imports and the export macro.
//!
//! It is generated for every target. Native tests use the types in the fake; `host` makes sure that they
//! never call the imports.

wit_bindgen::generate!({
    path: "wit",
    world: "journey",
    pub_export_macro: true,
    export_macro_name: "export_component",
});
