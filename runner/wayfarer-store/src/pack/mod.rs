//! An attempt's detail, packed: JSON without names, so that a run costs about a kilobyte, yet any SQLite since
//! 3.38 can take it apart. The views of `migrations/…_views.sql` are the other reader of this layout, and
//! `SCHEMA.md` its only public face.
//!
//! | key | each entry |
//! |---|---|
//! | `s` | step: `[name, started, duration, outcome, parent, failure]`; outcome 0 passed, 1 failed, 2 open |
//! | `c` | check: `[name, at, step, flags, actual, expected, source]`; flag 1 soft, 2 did not hold |
//! | `o` | origin of URLs: text |
//! | `p` | peer: `[protocol, remote address, TLS version, certificate expiry in ms]` |
//! | `r` | request: `[step, started, method, origin, path, status, total, dns, connect, tls, wait, receive, peer, sent, received, flags, error, excerpt]`; flag 1 reused, 2 redirected |
//! | `m` | metric: `[name, step, at, value, unit]` |
//! | `l` | log line: `[at, level, message, step, fields]` |
//! | `a` | artifact: `[name, media type, size, step, at]`; the content is in the table `artifact` |
//! | `f` | the failure that decided the verdict |
//! | `d` | log bytes that were dropped |
//!
//! Times are microseconds from the attempt's start. Empty keys and trailing empty values are left out. What retention
//! takes out (`l`, excerpts) is gone as if it had never been.

mod read;
mod row;
mod strip;
mod write;

pub(crate) use read::unpack;
pub(crate) use strip::{Part, strip};
pub(crate) use write::pack;

#[cfg(test)]
mod tests;
