//! The first token of all: how an operator gets into a new server.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use wayfarer_model::access::Role;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{NewToken, Store, StoreError};

use crate::protocol::{ADMIN_TOKEN, Token};

/// Why there is no first token.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FirstTokenError {
    #[error("cannot write the operator's token to {}: {source}; give the user that runs the server the right to write there", path.display())]
    Unwritable { path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// If the store has no token at all, makes the operator's, writes it to a file that only the server's user can read, and
/// returns the path of that file.
pub(crate) async fn first_token(
    store: &Store,
    data_dir: &Path,
    now: UnixMillis,
) -> Result<Option<PathBuf>, FirstTokenError> {
    if !store.tokens().await?.is_empty() {
        return Ok(None);
    }
    let path = data_dir.join(ADMIN_TOKEN);
    let token = Token::new(rand::random());
    let unwritable = |source| FirstTokenError::Unwritable { path: path.clone(), source };
    // The file may be left from a database that was removed; its token is of no use.
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(unwritable(error)),
        _ => {}
    }
    let mut file =
        std::fs::File::options().create_new(true).write(true).mode(0o600).open(&path).map_err(unwritable)?;
    writeln!(file, "{}", token.reveal()).and_then(|()| file.sync_all()).map_err(unwritable)?;
    let (hash, name) = (token.hash(), "admin".to_owned());
    let kept = NewToken { hash, name, role: Role::Operator, tenant: None, expires: None };
    store.add_token(kept, now).await?;
    Ok(Some(path))
}
