//! The bare interface, for components that do what the SDK prevents. Each file in `examples/` is one component.

pub use bindings::exports::wayfarer::journey::guest::{self, Guest, ParameterKind};
use bindings::exports::wayfarer::journey::guest::{Cleanup, Descriptor, Failure, Parameter};
use bindings::wayfarer::journey::failures::FailureKind;
pub use bindings::wayfarer::journey::{failures, http, params, steps, timers};

#[allow(
    unsafe_code,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::pedantic,
    clippy::allow_attributes_without_reason,
    reason = "generated"
)]
#[doc(hidden)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit",
        world: "journey",
        pub_export_macro: true,
        default_bindings_module: "wayfarer_guest_raw::bindings",
    });
}

/// Describes a journey with this name and the parameter `base_url`.
pub fn journey(name: &str) -> Descriptor {
    let base_url = Parameter {
        name: "base_url".into(),
        title: String::new(),
        kind: ParameterKind::Url,
        required: false,
        preset: None,
    };
    Descriptor {
        name: name.into(),
        title: String::new(),
        owner: String::new(),
        runbook: String::new(),
        schedule: None,
        timezone: None,
        timeout_ms: None,
        retries: None,
        tags: vec![],
        steps: vec![],
        parameters: vec![base_url],
        secrets: vec![],
        hosts: vec![],
        cleanups: vec![],
        extensions: vec![],
    }
}

/// The answer of a component without cleanups.
pub fn no_cleanup(cleanup: &Cleanup) -> Failure {
    failure(&format!("no cleanup of kind {}", cleanup.kind))
}

/// A failure with only a message.
pub fn failure(message: &str) -> Failure {
    Failure {
        message: message.into(),
        kind: FailureKind::Error,
        request: None,
        eventually: false,
        source: None,
        actual: None,
        expected: None,
        extensions: vec![],
    }
}
