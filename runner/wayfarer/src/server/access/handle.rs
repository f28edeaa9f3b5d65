//! What all of this wing has at hand, and its routes.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use ipnet::IpNet;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{SessionRow, Store};

use super::oidc::{ChoiceKey, OidcSettings, OidcSettingsError, Provider};
use super::session::is_over;
use super::throttle::Throttle;
use super::{TokenUses, provider_sign_in, sign_in, sign_out};
use crate::clock::WallClock;
use crate::server::audit::AuditTrail;

/// What the operator may choose.
#[derive(Debug, Clone)]
pub(crate) struct AccessSettings {
    /// How long a session lasts at most.
    pub(crate) lifetime: Duration,
    /// How long a session lasts without being used.
    pub(crate) idle: Duration,
    /// Whose word is taken for where a request comes from.
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// With which people sign in; none: with tokens alone.
    pub(crate) oidc: Option<OidcSettings>,
}

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Access(Arc<Inner>);

struct Inner {
    store: Store,
    clock: WallClock,
    trail: AuditTrail,
    uses: TokenUses,
    throttle: Throttle,
    provider: Option<Provider>,
    choice_key: ChoiceKey,
    settings: AccessSettings,
}

impl Access {
    /// # Errors
    /// The settings of the identity provider do not do.
    pub(crate) fn new(
        store: Store,
        clock: WallClock,
        trail: AuditTrail,
        settings: AccessSettings,
    ) -> Result<Self, OidcSettingsError> {
        let (uses, throttle) = (TokenUses::default(), Throttle::default());
        let provider = settings.oidc.clone().map(Provider::new).transpose()?;
        let choice_key = ChoiceKey::new();
        Ok(Self(Arc::new(Inner { store, clock, trail, uses, throttle, provider, choice_key, settings })))
    }

    pub(super) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(super) fn trail(&self) -> &AuditTrail {
        &self.0.trail
    }

    pub(super) fn uses(&self) -> &TokenUses {
        &self.0.uses
    }

    pub(super) fn provider(&self) -> Option<&Provider> {
        self.0.provider.as_ref()
    }

    pub(super) fn choice_key(&self) -> &ChoiceKey {
        &self.0.choice_key
    }

    pub(super) fn throttle(&self) -> &Throttle {
        &self.0.throttle
    }

    /// What the operator chose.
    pub(crate) fn settings(&self) -> &AccessSettings {
        &self.0.settings
    }

    /// Whether a session opens a page now.
    pub(crate) fn is_open(&self, row: &SessionRow) -> bool {
        !is_over(row, self.now(), self.settings().idle)
    }

    pub(super) fn now(&self) -> UnixMillis {
        self.0.clock.now()
    }
}

/// The pages by which a visitor comes in and goes.
pub(crate) fn routes(access: Access) -> Router {
    Router::new()
        .route("/sign-in", get(sign_in::form).post(sign_in::submit))
        .route("/sign-in/provider", get(provider_sign_in::begin))
        .route("/sign-in/provider/callback", get(provider_sign_in::callback))
        .route("/sign-in/provider/tenant", post(provider_sign_in::choose))
        .route("/sign-out", get(sign_out::form).post(sign_out::submit))
        .with_state(access)
}
