//! What a server tells without a token: that it is there, whether it works, and what time it has.

use reqwest::header::DATE;
use wayfarer_model::units::UnixMillis;

use super::{Client, ClientError};
use crate::protocol::ProblemDetails;

/// How a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Health {
    /// Why it does not work; none where it does.
    pub(crate) unready: Option<String>,
    /// What time it has, in whole seconds.
    pub(crate) date: Option<UnixMillis>,
}

impl Client {
    /// Asks how it is.
    pub(crate) async fn health(&self) -> Result<Health, ClientError> {
        let answer = self.ask_openly("readyz").await?;
        let date =
            answer.headers().get(DATE).and_then(|date| UnixMillis::parse_http(date.to_str().ok()?).ok());
        let status = answer.status().as_u16();
        let body = answer.bytes().await.unwrap_or_default();
        let unready = match (status, serde_json::from_slice::<ProblemDetails>(&body)) {
            (200, _) => None,
            (503, Ok(problem)) => Some(problem.detail),
            _ => return Err(ClientError::Foreign { url: self.url().clone(), status }),
        };
        Ok(Health { unready, date })
    }
}
