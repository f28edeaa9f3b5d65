//! Secrets. The journey handles a placeholder, and the runner inserts the value.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::bindings::wayfarer::journey::secrets::SecretError as Wit;
use crate::host;

/// A sealed secret.
///
/// Use it like text in a header, a query, a JSON body or a form body. The journey sends a placeholder. The
/// runner replaces it with the value, only toward the hosts that the secret is for.
///
/// ```
/// use wayfarer_sdk::prelude::*;
///
/// #[derive(Params)]
/// struct Account { #[secret] password: Secret }
///
/// fn walk(j: &Journey, account: Account) -> Outcome {
///     j.step("log in", || {
///         let body = json!({ "user": "ana", "password": account.password });
///         j.http().post("http://shop.test/login").json(&body).send()?.expect_status(200)?;
///         Ok(())
///     })
/// }
///
/// # use wayfarer_sdk::testing::{Fake, status};
/// let fake = Fake::new().secret("password", "s3cret");
/// fake.on("POST", "/login").answer(status(200));
/// let report = fake.run(walk);
/// assert_eq!(report.requests[0].json()["password"], "s3cret");
/// ```
#[derive(Clone)]
pub struct Secret {
    name: String,
    placeholder: String,
}

impl Secret {
    pub(crate) fn load(name: &str) -> Result<Self, SecretError> {
        Ok(Self { name: name.to_owned(), placeholder: host::placeholder(name)? })
    }

    /// The name of the field, and of the secret in the configuration.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The placeholder.
    pub fn as_str(&self) -> &str {
        &self.placeholder
    }

    /// Returns the value itself. Denied unless the secret's entry says `reveal = true`; the run's log notes it.
    pub fn reveal(&self) -> Result<String, SecretError> {
        Ok(host::reveal(&self.name)?)
    }

    /// Returns the current one-time password of a secret that holds a base32 key. Denied unless the secret's
    /// entry says `totp = true`.
    pub fn totp(&self) -> Result<String, SecretError> {
        Ok(host::totp(&self.name)?)
    }

    /// Returns the HMAC-SHA-256 of a message under the value, to sign a request with. Denied unless the secret's
    /// entry says `hmac = true`. Under a [`Fake`](crate::testing::Fake) it is 32 zero bytes.
    pub fn hmac_sha256(&self, message: impl AsRef<[u8]>) -> Result<Vec<u8>, SecretError> {
        Ok(host::hmac(&self.name, "sha256", message.as_ref())?)
    }
}

impl AsRef<str> for Secret {
    fn as_ref(&self) -> &str {
        &self.placeholder
    }
}

/// Writes the placeholder.
impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.placeholder)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.name)
    }
}

/// Writes the placeholder.
impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.placeholder)
    }
}

/// Why the runner refuses a secret. Each text says how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretError {
    /// The journey does not name the secret, or no value is configured.
    Unknown(String),
    /// The policy does not grant access.
    Denied(String),
    /// Any other reason.
    Other(String),
}

impl From<Wit> for SecretError {
    fn from(error: Wit) -> Self {
        match error {
            Wit::Unknown(text) => Self::Unknown(text),
            Wit::Denied(text) => Self::Denied(text),
            Wit::Other(text) => Self::Other(text),
        }
    }
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Unknown(text) | Self::Denied(text) | Self::Other(text)) = self;
        f.write_str(text)
    }
}

impl std::error::Error for SecretError {}
