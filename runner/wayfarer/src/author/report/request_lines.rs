//! A line for each request, for `wayfarer http-check`: what a person wants to know of a URL at the first look.

use wayfarer_model::report::AttemptReport;
use wayfarer_model::units::UnixMillis;

use super::Style;
use super::excerpt::plain;

const DAY_MS: i64 = 86_400_000;

/// `200 https://shop.example/ 22ms`, then address, protocol and how long the certificate is valid.
pub(super) fn request_lines(report: &AttemptReport, at: UnixMillis, style: Style) -> Vec<String> {
    let now = i64::try_from(at.0).unwrap_or(i64::MAX);
    let line = |request: &wayfarer_model::traffic::TrafficRecord| {
        let http = request.kind.as_request();
        let status = match http.status {
            Some(status) if status >= 400 => style.bad(&status.to_string()),
            Some(status) => style.good(&status.to_string()),
            None => style.bad("no answer"),
        };
        let days =
            request.certificate_expires_ms.map(|expires| expires.saturating_sub(now).div_euclid(DAY_MS));
        let certificate = days.map(|days| match days {
            ..=-1 => style.bad("certificate expired"),
            1 => "certificate 1 day".to_owned(),
            days => format!("certificate {days} days"),
        });
        let tls = request.tls_version.as_ref().map(|version| plain(version));
        let facts = [
            request.remote_address.as_deref().map(plain),
            http.protocol.as_deref().map(plain),
            tls,
            certificate,
        ];
        let facts: Vec<String> = facts.into_iter().flatten().collect();
        let facts = style.dim(&facts.join(" · "));
        format!("   {status} {} {}  {facts}", plain(&http.url), request.phases.total_us).trim_end().to_owned()
    };
    report.recording.traffic.iter().map(line).collect()
}
