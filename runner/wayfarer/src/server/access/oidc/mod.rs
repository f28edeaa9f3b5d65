//! Signing in with an identity provider: OpenID Connect's authorization code with PKCE.
//!
//! 1. `/sign-in/provider` leads the browser to the provider with a state, a nonce and a challenge. All three follow from the secret in the
//!    browser's cookie ([`state`]), so the server remembers nothing of those who do not come back.
//! 2. The provider sends the browser to `/sign-in/provider/callback` with a code, which [`provider`] exchanges for an ID token.
//! 3. [`id_token`] checks the token: signature, issuer, audience, times, nonce. [`grants`] says what its claims allow.
//! 4. Whoever has grants for several tenants chooses one ([`choice`]). Then a session begins, as it does with a token.
//!
//! [`settings`]: what the operator chose. [`error`]: what goes wrong, for the visitor and the operator. The pages are in `provider_sign_in.rs`.

pub(super) mod choice;
pub(super) mod error;
pub(super) mod grants;
pub(super) mod id_token;
pub(super) mod provider;
mod settings;
pub(super) mod state;

pub(super) use choice::ChoiceKey;
pub(super) use provider::Provider;
pub(crate) use settings::{OidcSettings, OidcSettingsError};
