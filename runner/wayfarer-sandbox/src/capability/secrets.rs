//! `secrets`: placeholders for the guest. The values exist only between the host and the wire.

use std::sync::Arc;

use aws_lc_rs::hmac;
use wasmtime::component::{HasSelf, Linker};
use wayfarer_model::text::clip;
use wayfarer_model::verdict::Reason;

use super::grants::Grants;
use super::link::Capability;
use super::totp::totp;
use crate::bindings::wayfarer::journey::secrets::{Host, SecretError, add_to_linker};
use crate::clock::wall_now;
use crate::http::{SealedSecrets, Secret};
use crate::tape::Tape;

pub(super) struct Secrets {
    tape: Tape,
    sealed: Arc<SealedSecrets>,
}

impl Capability for Secrets {
    fn begin(grants: &Grants) -> Self {
        Self { tape: grants.tape.clone(), sealed: Arc::clone(&grants.secrets) }
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
        let found = self.sealed.placeholder(&name).map(str::to_owned).ok_or_else(|| unknown(&name));
        Ok(self.answered(found))
    }

    fn reveal(&mut self, name: String) -> wasmtime::Result<Result<String, SecretError>> {
        Ok(self.answered(self.revealed(&name)))
    }

    fn totp(&mut self, name: String) -> wasmtime::Result<Result<String, SecretError>> {
        Ok(self.answered(self.one_time_password(&name)))
    }

    fn hmac(
        &mut self,
        name: String,
        algorithm: String,
        message: Vec<u8>,
    ) -> wasmtime::Result<Result<Vec<u8>, SecretError>> {
        Ok(self.answered(self.signed(&name, &algorithm, &message)))
    }
}

impl Secrets {
    /// Whoever fails of what a secret cannot do has a configuration to mend.
    fn answered<T>(&self, answer: Result<T, SecretError>) -> Result<T, SecretError> {
        answer.inspect_err(|_| self.tape.refuse(Reason::Parameter))
    }

    fn secret(&self, name: &str) -> Result<&Secret, SecretError> {
        self.sealed.secret(name).ok_or_else(|| unknown(name))
    }

    fn revealed(&self, name: &str) -> Result<String, SecretError> {
        let secret = self.secret(name)?;
        if !secret.grants.reveal {
            let message = format!(
                "secret `{name}` is sealed: use its placeholder in a request, or set secrets.{name}.reveal = true"
            );
            return Err(SecretError::Denied(message));
        }
        self.tape.note_revealed(name);
        Ok(secret.value.clone())
    }

    fn one_time_password(&self, name: &str) -> Result<String, SecretError> {
        let secret = self.secret(name)?;
        if !secret.grants.totp {
            return Err(undeclared(name, "makes no one-time passwords", "totp = true"));
        }
        totp(&secret.value, wall_now().as_secs()).map_err(SecretError::Other)
    }

    fn signed(&self, name: &str, algorithm: &str, message: &[u8]) -> Result<Vec<u8>, SecretError> {
        let secret = self.secret(name)?;
        if !secret.grants.hmac {
            return Err(undeclared(name, "signs nothing", "hmac = true"));
        }
        signature(algorithm, secret.value.as_bytes(), message).map_err(SecretError::Other)
    }
}

/// The keyed hash of a message (RFC 2104).
fn signature(algorithm: &str, key: &[u8], message: &[u8]) -> Result<Vec<u8>, String> {
    let algorithm = match algorithm {
        "sha1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        "sha256" => hmac::HMAC_SHA256,
        "sha384" => hmac::HMAC_SHA384,
        "sha512" => hmac::HMAC_SHA512,
        other => {
            let other = clip(other, 32).escape_debug().to_string();
            return Err(format!("`{other}` is not a hash for HMAC: use sha256, sha384, sha512 or sha1"));
        }
    };
    Ok(hmac::sign(&hmac::Key::new(algorithm, key), message).as_ref().to_vec())
}

fn undeclared(name: &str, what: &str, line: &str) -> SecretError {
    SecretError::Denied(format!("secret `{name}` {what}: set secrets.{name}.{line}"))
}

fn unknown(name: &str) -> SecretError {
    SecretError::Unknown(format!("secret `{name}` has no value: add [secrets.{name}] with `env` or `file`"))
}

#[cfg(test)]
mod tests {
    use wayfarer_model::limits::Limits;

    use super::*;
    use crate::http::SecretGrants;

    fn secrets() -> Secrets {
        let key = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        let known = vec![
            Secret::new("password", "hunter-18"),
            Secret {
                grants: SecretGrants { totp: true, ..SecretGrants::default() },
                ..Secret::new("seed", key)
            },
            Secret {
                grants: SecretGrants { totp: true, ..SecretGrants::default() },
                ..Secret::new("no-seed", "hunter-18")
            },
            Secret {
                grants: SecretGrants { hmac: true, ..SecretGrants::default() },
                ..Secret::new("key", "key")
            },
            Secret {
                grants: SecretGrants { reveal: true, ..SecretGrants::default() },
                ..Secret::new("shown", "hunter-19")
            },
        ];
        let tape = Tape::live(Limits::default(), [7; 32], None);
        Secrets { tape, sealed: Arc::new(SealedSecrets::new(known, |buffer| buffer.fill(1))) }
    }

    #[test]
    fn a_guest_gets_a_placeholder_and_never_the_value() {
        let mut secrets = secrets();
        let placeholder = secrets.placeholder("password".into()).unwrap().unwrap();
        assert!(placeholder.starts_with("wfsecret_password_"), "{placeholder}");
        assert!(matches!(secrets.reveal("password".into()).unwrap(), Err(SecretError::Denied(_))));
        assert!(matches!(secrets.totp("password".into()).unwrap(), Err(SecretError::Denied(_))));
        let signed = secrets.hmac("password".into(), "sha256".into(), Vec::new()).unwrap();
        assert!(matches!(signed, Err(SecretError::Denied(_))));
    }

    #[test]
    fn an_entry_grants_what_it_declares() {
        let mut secrets = secrets();
        let password = secrets.totp("seed".into()).unwrap().unwrap();
        assert!(password.len() == 6 && password.bytes().all(|byte| byte.is_ascii_digit()), "{password}");
        assert!(matches!(secrets.totp("no-seed".into()).unwrap(), Err(SecretError::Other(_))));
        // RFC 2104's construction over SHA-256, as OpenSSL and Wikipedia's article give it for this pair.
        let text = b"The quick brown fox jumps over the lazy dog".to_vec();
        let signed = secrets.hmac("key".into(), "sha256".into(), text).unwrap().unwrap();
        let expected = "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8";
        assert_eq!(data_encoding::HEXLOWER.encode(&signed), expected);
        let odd = secrets.hmac("key".into(), "md5".into(), Vec::new()).unwrap();
        assert!(matches!(odd, Err(SecretError::Other(_))), "{odd:?}");
        assert_eq!(secrets.reveal("shown".into()).unwrap().unwrap(), "hunter-19");
        let tape = secrets.tape.finish();
        let logs = tape.recording.logs;
        assert!(logs[0].message.contains("secret `shown` revealed"), "{logs:?}");
        assert_eq!(tape.revealed, ["shown".to_owned()].into(), "neither the sealed nor the used ones");
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
        assert_eq!(secrets.tape.finish().refusal.map(|refusal| refusal.reason), Some(Reason::Parameter));
    }
}
