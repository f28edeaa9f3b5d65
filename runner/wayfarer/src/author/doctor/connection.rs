//! The server: whether it answers, works, accepts the token, has the same time, and what is wrong with its parts.

use wayfarer_model::incident::expires_soon;
use wayfarer_model::units::{Micros, UnixMillis};

use super::Finding;
use crate::client::{Client, ClientError, Health};
use crate::protocol::LoadInfo;

/// Clocks may differ by this much: `Date` has whole seconds, and the response takes time.
const SKEW_MS: u64 = 2_000;

/// A server that is not named need not be there.
pub(crate) async fn connection(
    client: &Client,
    is_named: bool,
    now: impl Fn() -> UnixMillis,
) -> Vec<Finding> {
    let what = "server";
    let health = match client.health().await {
        Ok(health) => health,
        Err(error) if is_named => {
            return vec![Finding::bad(
                what,
                format!("{error}"),
                "start it, or name another server with `--server URL`",
            )];
        }
        Err(ClientError::Unreachable { url, .. }) => {
            let fix = "`wayfarer test` needs none; `wayfarer serve` starts one";
            return vec![Finding::odd(what, format!("none at {url}"), fix)];
        }
        Err(error) => {
            return vec![Finding::odd(what, format!("{error}"), "name a server with `--server URL`")];
        }
    };
    let mut findings = vec![working(client, &health)];
    findings.extend(health.date.map(|date| clock(date, now())));
    findings.extend(health.certificate_expires.map(|expires| certificate(expires, now())));
    findings.push(token(client).await);
    findings.extend(parts(client).await);
    findings
}

/// What is wrong with parts of the server. Nothing if the token is not that of an operator of all tenants, who alone may know.
async fn parts(client: &Client) -> Vec<Finding> {
    let Ok(load) = client.get::<LoadInfo>("operator/load", &Vec::new()).await else { return Vec::new() };
    // That the server does not work at all is told already.
    let wrong = LoadInfo { unready: None, ..load }.wrong();
    wrong
        .into_iter()
        .map(|wrong| Finding::odd("server", wrong, "see its log, and its page /operator"))
        .collect()
}

fn working(client: &Client, health: &Health) -> Finding {
    let url = client.url();
    match &health.unready {
        None => Finding::good("server", format!("{url} works")),
        Some(reason) => {
            Finding::bad("server", format!("{url} answers but does not work: {reason}"), "see its log")
        }
    }
}

fn certificate(expires: UnixMillis, now: UnixMillis) -> Finding {
    let what = "certificate";
    match expires_soon(expires, now) {
        None => Finding::good(what, format!("the server's is valid until {}", expires.rfc3339())),
        Some(when) => {
            let fix =
                "renew it and send the server SIGHUP: `certificate` under [server.tls] in wayfarer.toml";
            Finding::odd(what, format!("the server's expires {when}"), fix)
        }
    }
}

fn clock(server: UnixMillis, own: UnixMillis) -> Finding {
    // The header's time is cut to the second, not rounded.
    let apart = own.0.abs_diff(server.0 + 500);
    let what = "clocks";
    if apart <= SKEW_MS {
        return Finding::good(what, "this machine's and the server's agree");
    }
    let found = format!("{} apart", Micros(apart * 1_000));
    Finding::odd(what, found, "set both clocks by NTP: schedules follow the server's")
}

async fn token(client: &Client) -> Finding {
    let what = "token";
    match client.get::<serde_json::Value>("tenants", &Vec::new()).await {
        Ok(_) => Finding::good(what, "the server accepts it"),
        Err(error) => {
            Finding::bad(what, error.to_string(), "name the file of a token with `--token-file FILE`")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Rating;
    use super::*;

    #[test]
    fn clocks_may_differ_by_the_precision_of_the_header() {
        let at = |ms: u64| UnixMillis(1_790_000_000_000 + ms);
        assert_eq!(clock(at(0), at(900)).state, Rating::Good);
        let apart = clock(at(0), at(90_500));
        assert_eq!((apart.state, apart.found.as_str()), (Rating::Odd, "1m30s apart"));
    }
}
