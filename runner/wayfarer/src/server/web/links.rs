//! Where pages lead to: URLs of this site, and those that people wrote.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What must not stand in a part of a path.
const IN_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The page of a journey.
pub(super) fn journey_url(tenant: &str, journey: &str) -> String {
    let part = |name| utf8_percent_encode(name, IN_PATH);
    format!("/journeys/{}/{}", part(tenant), part(journey))
}

/// A URL that somebody wrote, if it is one of the web; otherwise nothing, so that no page links to a script.
pub(super) fn web_url(text: &str) -> String {
    let is_of_web = ["https://", "http://"].iter().any(|scheme| text.starts_with(scheme));
    if is_of_web { text.to_owned() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_wrote_is_a_link_of_the_web_or_none() {
        assert_eq!(web_url("https://wiki.example/a"), "https://wiki.example/a");
        assert_eq!(web_url("javascript:alert(1)"), "");
        assert_eq!(web_url("ask ana"), "");
    }

    #[test]
    fn a_name_stays_one_part_of_the_path() {
        assert_eq!(journey_url("acme", "log in/out?"), "/journeys/acme/log%20in%2Fout%3F");
    }
}
