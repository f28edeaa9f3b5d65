//! The server: whether it is there, works, knows the token, and agrees on the time.

use wayfarer_model::units::{Micros, UnixMillis};

use super::Finding;
use crate::client::{Client, ClientError, Health};

/// `Date` has whole seconds, and an answer takes its time.
const SKEW_MS: u64 = 2_000;

/// All of it. A server that nobody named need not be there.
pub(crate) async fn server(client: &Client, is_named: bool, now: impl Fn() -> UnixMillis) -> Vec<Finding> {
    let what = "server";
    let health = match client.health().await {
        Ok(health) => health,
        Err(error) if is_named => {
            return vec![Finding::bad(what, format!("{error}"), "start it, or name another one")];
        }
        Err(ClientError::Unreachable { url, .. }) => {
            let mend = "it takes none to walk journeys here; `wayfarer serve` starts one";
            return vec![Finding::odd(what, format!("none at {url}"), mend)];
        }
        Err(error) => {
            return vec![Finding::odd(what, format!("{error}"), "name the right one with `--server URL`")];
        }
    };
    let mut findings = vec![working(client, &health)];
    findings.extend(health.date.map(|date| clock(date, now())));
    findings.push(token(client).await);
    findings
}

fn working(client: &Client, health: &Health) -> Finding {
    let url = client.url();
    match &health.unready {
        None => Finding::good("server", format!("{url} works")),
        Some(reason) => {
            Finding::bad("server", format!("{url} is there and does not work: {reason}"), "see its log")
        }
    }
}

fn clock(server: UnixMillis, own: UnixMillis) -> Finding {
    // The header's second is cut, not rounded.
    let apart = own.0.abs_diff(server.0 + 500);
    let what = "clocks";
    if apart <= SKEW_MS {
        return Finding::good(what, "this machine's and the server's agree");
    }
    let found = format!("{} apart", Micros(apart * 1_000));
    Finding::odd(what, found, "set both by NTP: schedules follow the server's")
}

async fn token(client: &Client) -> Finding {
    let what = "token";
    match client.get::<serde_json::Value>("tenants", &Vec::new()).await {
        Ok(_) => Finding::good(what, "the server knows it"),
        Err(error) => Finding::bad(what, error.to_string(), "name a file that holds one with `--token-file`"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn clocks_may_differ_by_what_a_header_cannot_tell() {
        let at = |ms: u64| UnixMillis(1_790_000_000_000 + ms);
        assert_eq!(clock(at(0), at(900)).state, State::Good);
        let apart = clock(at(0), at(90_500));
        assert_eq!((apart.state, apart.found.as_str()), (State::Odd, "1m30s apart"));
    }
}
