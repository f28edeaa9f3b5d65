//! The incidents of a status page as an Atom feed (RFC 4287). Ids stay the same for ever, and name nothing of the inside.

use askama::Template;
use wayfarer_model::units::UnixMillis;

use super::page::{list, what};
use crate::protocol::{StatusIncidentInfo, StatusPageInfo};
use crate::server::assets::digest_of;

#[derive(Template)]
#[template(path = "web/status_feed.xml")]
pub(super) struct Feed<'a> {
    info: &'a StatusPageInfo,
    id: String,
    updated: String,
    entries: Vec<Entry>,
}

struct Entry {
    id: String,
    title: String,
    published: String,
    updated: String,
    content: String,
}

impl<'a> Feed<'a> {
    pub(super) fn new(info: &'a StatusPageInfo) -> Self {
        let newest = info.incidents.iter().map(changed_ms).max();
        Self {
            info,
            id: urn(&info.path),
            // Without an incident the feed has not changed since it began, whenever that was.
            updated: UnixMillis(newest.unwrap_or(0)).rfc3339(),
            entries: info.incidents.iter().map(|incident| entry(&info.path, incident)).collect(),
        }
    }
}

fn entry(path: &str, incident: &StatusIncidentInfo) -> Entry {
    let words =
        incident.words.iter().map(|word| format!("{} {}", UnixMillis(word.at_ms).rfc3339(), word.text));
    let over = incident.resolved_ms.map(|at| format!("{} It is over.", UnixMillis(at).rfc3339()));
    Entry {
        id: urn(&format!("{path}/{}/{}", incident.incident, incident.began_ms)),
        title: format!("{} {}", list(&incident.services), what(incident)),
        published: UnixMillis(incident.began_ms).rfc3339(),
        updated: UnixMillis(changed_ms(incident)).rfc3339(),
        content: words.chain(over).collect::<Vec<_>>().join("\n"),
    }
}

/// When the public was last told something new.
fn changed_ms(incident: &StatusIncidentInfo) -> u64 {
    let words = incident.words.iter().map(|word| word.at_ms);
    words.chain(incident.resolved_ms).fold(incident.began_ms, u64::max)
}

/// A UUID of version 8 (RFC 9562, 5.8) from the digest of a text.
fn urn(text: &str) -> String {
    let digest = digest_of(format!("wayfarer status page {text}").as_bytes());
    let part = |from: usize, until: usize| digest.get(from..until).unwrap_or_default();
    format!("urn:uuid:{}-{}-8{}-8{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

#[cfg(test)]
mod tests {
    use super::super::page::tests::shop;
    use super::*;

    #[test]
    fn a_feed_has_an_entry_for_each_incident_with_an_id_that_stays() {
        insta::assert_snapshot!(Feed::new(&shop()).render().unwrap(), @r#"
        <?xml version="1.0" encoding="utf-8"?>
        <feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
        <id>urn:uuid:3b8a0e3c-635c-817b-847e-fe75c8040b98</id>
        <title>The shop &#38; more</title>
        <updated>2026-09-21T14:14:21Z</updated>
        <author><name>The shop &#38; more</name></author>
        <link rel="self" type="application/atom+xml" href="/status/shop/feed.atom"/>
        <link rel="alternate" type="text/html" href="/status/shop"/>
        <entry>
        <id>urn:uuid:e57f9128-d441-8ba3-8aac-1eab092fc76d</id>
        <title>Checkout is down</title>
        <published>2026-09-21T14:13:20Z</published>
        <updated>2026-09-21T14:14:20Z</updated>
        <link rel="alternate" type="text/html" href="/status/shop"/>
        <content type="text">2026-09-21T14:14:20Z We &#60;b&#62;look&#60;/b&#62; into it.</content>
        </entry>
        <entry>
        <id>urn:uuid:cca68085-b794-8024-87c5-c472a361a940</id>
        <title>Checkout was down</title>
        <published>2026-09-21T14:13:20Z</published>
        <updated>2026-09-21T14:14:21Z</updated>
        <link rel="alternate" type="text/html" href="/status/shop"/>
        <content type="text">2026-09-21T14:14:21Z It is over.</content>
        </entry>
        </feed>
        "#);
    }
}
