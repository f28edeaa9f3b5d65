//! A request as a command for curl, to be tried by hand. Secrets are placeholders in it, as in all that is kept.

use wayfarer_model::exchange::MessageRecord;
use wayfarer_model::traffic::TrafficRecord;

/// Headers that curl makes by itself, or that are about a connection that is not curl's.
const OWN: [&str; 7] =
    ["host", "content-length", "connection", "transfer-encoding", "accept-encoding", "te", "keep-alive"];

/// The command, with what was sent as far as it was kept. A body that is not known in full is said in a comment.
pub(crate) fn curl(record: &TrafficRecord, sent: Option<&MessageRecord>) -> String {
    let http = record.kind.as_request();
    let mut parts = vec!["curl".to_owned()];
    let body = sent.map(|sent| &sent.body).filter(|body| !body.is_empty());
    // With a body that it is given, curl sends a POST by itself.
    let is_whole = body.is_some_and(|body| body.text().is_some() && !body.is_cut && !body.is_lost);
    let implied = if is_whole { "POST" } else { "GET" };
    match http.method.as_str() {
        "HEAD" => parts.push("--head".to_owned()),
        method if method == implied => {}
        method => parts.push(format!("-X {}", quoted(method))),
    }
    parts.push(quoted(&http.url));
    for (name, value) in sent.map(|sent| sent.headers.as_slice()).unwrap_or_default() {
        match name.as_str() {
            "accept-encoding" => parts.push("--compressed".to_owned()),
            name if OWN.contains(&name) => {}
            // Without a value curl would leave the header out.
            name if value.is_empty() => parts.push(format!("-H {}", quoted(&format!("{name};")))),
            name => parts.push(format!("-H {}", quoted(&format!("{name}: {value}")))),
        }
    }
    let mut comment = None;
    match body.map(|body| (body.text(), body.is_cut || body.is_lost)) {
        Some((Some(text), false)) => parts.push(format!("--data-raw {}", quoted(text))),
        Some((_, true)) => comment = Some("the body was not kept in full"),
        Some((None, false)) => comment = Some("the body is not text: HAR and JSON have it"),
        None if sent.is_none() => comment = Some("heads and bodies of this request were not kept"),
        None => {}
    }
    let command = parts.join(" \\\n  ");
    match comment {
        Some(comment) => format!("{command}\n# {comment}"),
        None => command,
    }
}

/// One word of a shell, whatever is in it.
fn quoted(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=@%+,".contains(letter);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use wayfarer_model::exchange::BodyRecord;
    use wayfarer_model::traffic::HttpFacts;
    use wayfarer_model::units::Micros;

    use super::*;

    fn record(method: &str, url: &str) -> TrafficRecord {
        TrafficRecord::http(None, Micros(0), HttpFacts::request(method, url))
    }

    #[test]
    fn what_was_sent_is_a_command_whatever_is_in_it() {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let sent = MessageRecord {
            headers: vec![
                header("host", "shop"),
                header("content-type", "application/json"),
                header("accept-encoding", "gzip"),
                header("x-empty", ""),
                header("authorization", "{{password}}"),
            ],
            headers_left_out: 0,
            body: BodyRecord { content: b"{\"it's\":\"$(reboot)\"}".to_vec(), ..BodyRecord::default() },
        };
        insta::assert_snapshot!(curl(&record("PUT", "http://shop/orders?a=1&b='"), Some(&sent)), @r#"
        curl \
          -X PUT \
          'http://shop/orders?a=1&b='\''' \
          -H 'content-type: application/json' \
          --compressed \
          -H 'x-empty;' \
          -H 'authorization: {{password}}' \
          --data-raw '{"it'\''s":"$(reboot)"}'
        "#);
    }

    #[test]
    fn what_is_not_known_is_said() {
        insta::assert_snapshot!(curl(&record("GET", "http://shop/"), None), @r"
        curl \
          http://shop/
        # heads and bodies of this request were not kept
        ");
        let cut = BodyRecord { content: b"abc".to_vec(), is_cut: true, is_lost: false };
        let sent = MessageRecord { body: cut, ..MessageRecord::default() };
        insta::assert_snapshot!(curl(&record("POST", "http://shop/"), Some(&sent)), @r"
        curl \
          -X POST \
          http://shop/
        # the body was not kept in full
        ");
    }
}
