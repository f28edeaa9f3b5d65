//! `secrets`: placeholders for the guest. The values exist only between the host and the wire.

use std::sync::Arc;

use wasmtime::component::{HasSelf, Linker};

use super::grants::Grants;
use super::link::Capability;
use super::totp::totp;
use crate::bindings::wayfarer::journey::secrets::{Host, SecretError, add_to_linker};
use crate::clock::wall_now;
use crate::http::SealedSecrets;

pub(super) struct Secrets {
    sealed: Arc<SealedSecrets>,
}

impl Capability for Secrets {
    fn begin(grants: &Grants) -> Self {
        Self { sealed: Arc::clone(&grants.secrets) }
    }

    fn add_to_linker<T: Send + 'static>(
        linker: &mut Linker<T>,
        view: fn(&mut T) -> &mut Self,
    ) -> wasmtime::Result<()> {
        add_to_linker::<T, HasSelf<Self>>(linker, view)
    }
}

impl Host for Secrets {
    fn placeholder(&mut self, name: String) -> wasmtime::Result<Result<String, SecretError>> {
        Ok(self.sealed.placeholder(&name).map(str::to_owned).ok_or_else(|| unknown(&name)))
    }

    fn reveal(&mut self, name: String) -> wasmtime::Result<Result<String, SecretError>> {
        if self.sealed.value(&name).is_none() {
            return Ok(Err(unknown(&name)));
        }
        Ok(Err(SecretError::Denied(format!("secret `{name}` is sealed: use its placeholder in a request"))))
    }

    fn totp(&mut self, name: String) -> wasmtime::Result<Result<String, SecretError>> {
        let Some(key) = self.sealed.value(&name) else { return Ok(Err(unknown(&name))) };
        Ok(totp(key, wall_now().as_secs()).map_err(SecretError::Other))
    }
}

fn unknown(name: &str) -> SecretError {
    SecretError::Unknown(format!("secret `{name}` has no value: add [secrets.{name}] with `env` or `file`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Secret;

    fn secrets() -> Secrets {
        let secret = |name: &str, value: &str| Secret {
            name: name.to_owned(),
            value: value.to_owned(),
            hosts: Vec::new(),
            plaintext: false,
        };
        let known = vec![secret("password", "hunter-18"), secret("seed", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")];
        Secrets { sealed: Arc::new(SealedSecrets::new(known, |buffer| buffer.fill(1))) }
    }

    #[test]
    fn a_guest_gets_a_placeholder_and_never_the_value() {
        let mut secrets = secrets();
        let placeholder = secrets.placeholder("password".into()).unwrap().unwrap();
        assert!(placeholder.starts_with("wfsecret_password_"), "{placeholder}");
        assert!(matches!(secrets.reveal("password".into()).unwrap(), Err(SecretError::Denied(_))));
        let password = secrets.totp("seed".into()).unwrap().unwrap();
        assert!(password.len() == 6 && password.bytes().all(|byte| byte.is_ascii_digit()), "{password}");
        assert!(matches!(secrets.totp("password".into()).unwrap(), Err(SecretError::Other(_))));
    }

    #[test]
    fn an_unknown_name_is_an_error_that_names_the_line_to_add() {
        let mut secrets = secrets();
        for answer in [
            secrets.placeholder("token".into()).unwrap(),
            secrets.reveal("token".into()).unwrap(),
            secrets.totp("token".into()).unwrap(),
        ] {
            assert!(
                matches!(&answer, Err(SecretError::Unknown(why)) if why.contains("add [secrets.token]")),
                "{answer:?}"
            );
        }
    }
}
