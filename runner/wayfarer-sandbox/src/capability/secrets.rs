//! `secrets`: placeholders for the guest, values for the wire.

use super::totp::totp;
use crate::bindings::wayfarer::journey::secrets::{Host, SecretError};
use crate::host::HostState;

impl Host for HostState {
    fn placeholder(&mut self, name: String) -> wasmtime::Result<Result<String, SecretError>> {
        Ok(self.attempt.secrets.placeholder(&name).map(str::to_owned).ok_or_else(|| unknown(&name)))
    }

    fn reveal(&mut self, name: String) -> wasmtime::Result<Result<String, SecretError>> {
        if self.attempt.secrets.value(&name).is_none() {
            return Ok(Err(unknown(&name)));
        }
        Ok(Err(SecretError::Denied(format!("secret `{name}` is sealed: use its placeholder in a request"))))
    }

    fn totp(&mut self, name: String) -> wasmtime::Result<Result<String, SecretError>> {
        let Some(key) = self.attempt.secrets.value(&name) else { return Ok(Err(unknown(&name))) };
        Ok(totp(key, crate::clock::wall_now().as_secs()).map_err(SecretError::Other))
    }
}

fn unknown(name: &str) -> SecretError {
    SecretError::Unknown(format!("secret `{name}` has no value: add [secrets.{name}] with `env` or `file`"))
}
