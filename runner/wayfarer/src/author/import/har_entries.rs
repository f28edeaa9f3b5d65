//! Which entries of a HAR are the walk itself, and which only what a page drags along.

use serde_json::Value;
use url::Url;

/// Why an entry is left out; None for one that stays. `site` is that of the first entry that stays.
pub(super) fn left_out(entry: &Value, url: &Url, site: Option<&str>) -> Option<&'static str> {
    let text = |pointer: &str| entry.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let method = text("/request/method");
    let status = entry.pointer("/response/status").and_then(Value::as_i64).unwrap_or(0);
    if method.eq_ignore_ascii_case("OPTIONS") {
        return Some("a browser asks it by itself before a request to another origin");
    }
    if matches!(text("/_resourceType"), "websocket" | "eventsource" | "ping" | "preflight") || status == 101 {
        return Some("it is no request with one response");
    }
    if status <= 0 {
        return Some("it had no response");
    }
    if is_static(entry, url) {
        return Some("it is a static resource of a page");
    }
    if site.is_some_and(|site| self::site(url) != site) {
        return Some("it is of another site than the first request: write it by hand if the walk needs it");
    }
    None
}

fn is_static(entry: &Value, url: &Url) -> bool {
    const KINDS: [&str; 8] =
        ["image", "font", "stylesheet", "script", "media", "manifest", "texttrack", "imageset"];
    const MIMES: [&str; 10] = [
        "image/",
        "font/",
        "audio/",
        "video/",
        "text/css",
        "text/javascript",
        "application/javascript",
        "application/x-javascript",
        "application/font",
        "application/manifest",
    ];
    const ENDINGS: [&str; 16] = [
        "css", "js", "mjs", "map", "png", "jpg", "jpeg", "gif", "svg", "ico", "webp", "avif", "woff",
        "woff2", "ttf", "wasm",
    ];
    let kind = entry.get("_resourceType").and_then(Value::as_str).unwrap_or_default();
    let mime = entry.pointer("/response/content/mimeType").and_then(Value::as_str).unwrap_or_default();
    let ending =
        url.path().rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or("", |(_, ending)| ending);
    let is_get = entry
        .pointer("/request/method")
        .and_then(Value::as_str)
        .is_some_and(|method| method.eq_ignore_ascii_case("GET"));
    is_get
        && (KINDS.contains(&kind)
            || MIMES.iter().any(|begin| mime.starts_with(begin))
            || ENDINGS.contains(&ending.to_ascii_lowercase().as_str()))
}

/// The name that somebody registered, with all below it; of an address, the address.
pub(super) fn site(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.host() {
        Some(url::Host::Domain(name)) => psl::domain_str(name).unwrap_or(host).to_owned(),
        _ => host.to_owned(),
    }
}
