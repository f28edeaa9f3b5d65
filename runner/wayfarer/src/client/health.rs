//! What a server says without a token: whether it works, and its time.

use reqwest::header::DATE;
use wayfarer_model::units::UnixMillis;

use super::{Client, ClientError};
use crate::protocol::ProblemDetails;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Health {
    /// Why the server does not work; none if it works.
    pub(crate) unready: Option<String>,
    /// The server's time, cut to whole seconds.
    pub(crate) date: Option<UnixMillis>,
}

impl Client {
    pub(crate) async fn health(&self) -> Result<Health, ClientError> {
        let answer = self.get_without_token("readyz").await?;
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
