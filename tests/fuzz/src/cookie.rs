//! Cookies: to whom a jar sends what an answer has set.

use wayfarer_sandbox::http::fuzz::{cookie, place};

use crate::input::Input;
use crate::{Target, texts};

/// The URL that sets it, `set-cookie`, and the URL that is asked then.
pub(crate) const COOKIE: Target = Target {
    name: "cookie",
    run,
    seeds: || {
        texts(&[
            "https://shop.example/a/b\nid=1; Path=/a; HttpOnly\nhttps://shop.example/a/c",
            "https://a.shop.example/\nid=1; domain=.shop.example; secure\nhttps://b.shop.example/",
            "https://shop.example/\n__Host-id=1; path=/; secure\nhttps://shop.example/",
            "https://shop.co.uk/\nid=1; domain=co.uk\nhttps://other.co.uk/",
            "http://127.0.0.1:1/\nid=1; domain=127.0.0.1; max-age=-1\nhttp://127.0.0.1:2/",
            "https://shop.example/\nid=\"a b\"; expires=Wed, 09 Jun 2121 10:18:14 GMT; samesite=none\nhttp://shop.example/",
        ])
    },
    is_slow: false,
};

fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let (Some(from), Some(header), Some(to)) = (input.text_line(), input.text_line(), input.text_line())
    else {
        return;
    };
    let Some(sent) = cookie(from, header, to) else { return };
    let (from, to) = (place(from).unwrap(), place(to).unwrap());
    assert!(sent.contains('='), "{sent:?}");
    // The registrable part has a dot, as far as an oracle without the list of public suffixes can tell.
    let common =
        from.host.rsplit('.').zip(to.host.rsplit('.')).take_while(|(one, other)| one == other).count();
    let is_address = from.host.parse::<std::net::IpAddr>().is_ok();
    assert!(from.host == to.host || !is_address && common >= 2, "{sent:?} of {from:?} goes to {to:?}");
    let attributes = header.split(';').skip(1).map(|word| word.trim().to_ascii_lowercase());
    let is_local = to.host == "localhost"
        || to.host.ends_with(".localhost")
        || to.host.starts_with("127.")
        || to.host == "::1";
    assert!(
        to.tls || is_local || attributes.clone().all(|word| word != "secure"),
        "{sent:?} goes to {to:?} in the clear"
    );
}
