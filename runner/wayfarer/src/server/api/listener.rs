//! The API on its listener, until it is told to stop; and the first token of all.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Json;
use axum::routing::get;
use tokio::net::TcpListener;
use wayfarer_model::access::Role;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{NewToken, Store};

use super::routes::{no_method, nothing, routes};
use super::state::{ApiSettings, Shared};
use crate::protocol::ADMIN_TOKEN;
use crate::protocol::Token;
use crate::server::ServeError;
use crate::shutdown::Cancellation;

/// Every route over one state.
pub(super) fn router(settings: ApiSettings) -> (axum::Router, utoipa::openapi::OpenApi) {
    let shared: Shared = Arc::new(settings);
    let (router, document) = routes(&shared);
    let served = document.clone();
    let router = router
        .route("/api/v1/openapi.json", get(move || async move { Json(served) }))
        .fallback(nothing)
        .method_not_allowed_fallback(no_method)
        .with_state(shared);
    (router, document)
}

/// CommandHandler until `stop` is set, and then what is being answered.
pub(crate) async fn serve(listener: TcpListener, settings: ApiSettings, stop: Cancellation) {
    let (router, _) = router(settings);
    let served = axum::serve(listener, router)
        .with_graceful_shutdown(async move {
            stop.cancelled().await;
        })
        .await;
    if let Err(error) = served {
        tracing::error!(%error, "the API ended");
    }
}

/// Makes the operator's token where there is none at all, and says where it is.
pub(crate) async fn first_token(
    store: &Store,
    data_dir: &Path,
    now: UnixMillis,
) -> Result<Option<PathBuf>, ServeError> {
    if !store.tokens().await?.is_empty() {
        return Ok(None);
    }
    let path = data_dir.join(ADMIN_TOKEN);
    let token = Token::new(rand::random());
    let unwritable =
        |error: std::io::Error| ServeError::Token { path: path.clone(), reason: error.to_string() };
    // A file of a data directory whose database is gone opens nothing.
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(unwritable(error)),
        _ => {}
    }
    let mut file =
        std::fs::File::options().create_new(true).write(true).mode(0o600).open(&path).map_err(unwritable)?;
    writeln!(file, "{}", token.reveal()).and_then(|()| file.sync_all()).map_err(unwritable)?;
    let kept = NewToken { hash: token.hash(), name: "admin".to_owned(), role: Role::Operator, tenant: None };
    store.add_token(kept, now).await?;
    Ok(Some(path))
}
