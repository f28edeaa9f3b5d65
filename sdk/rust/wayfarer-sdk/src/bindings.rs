//! What `wit-bindgen` makes of the interface in `wit/`: types, imports and the export macro.
//!
//! Generated for every target: natively the types serve the fake, and the imports are never called
//! (`host` sees to that).

wit_bindgen::generate!({
    path: "wit",
    world: "journey",
    pub_export_macro: true,
    export_macro_name: "export_component",
});
