//! Alerts over the real binary, to real receivers: an HTTP server of the test's own, `aiosmtpd`, Alertmanager, and the verifier of
//! Standard Webhooks.
//!
//! Incidents are written into the database beside the server, as the rule that opens them is tested elsewhere.

mod alertmanager;
mod channels;
mod incident;
mod mail;
mod webhooks;
