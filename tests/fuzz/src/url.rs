//! URLs of a guest and locations of a target.

use std::net::IpAddr;

use wayfarer_model::egress::{EgressPolicy, is_public};
use wayfarer_model::userinfo::without_userinfo;
use wayfarer_sandbox::http::fuzz::{next_hop, place};
use wayfarer_sandbox::http::{SealedSecrets, Secret};

use crate::input::Input;
use crate::{Target, texts};

/// A URL that a guest asks for.
pub(crate) const URL: Target = Target {
    name: "url",
    run: url,
    seeds: || {
        texts(&[
            "https://shop.example:8443/a/../b?c=d#e",
            "http://0x7f.1/",
            "http://2130706433:80",
            "http://[::ffff:127.0.0.1]/",
            "http://[fe80::1%25eth0]/",
            "http://\u{ff11}\u{ff12}\u{ff17}.0.0.1/",
            "http://ana:secret@shop.example",
            "http:\\\\shop.example\\@evil.example",
            "http://shop.example:0/",
            "ftp://shop.example/",
            "http://xn--80ak6aa92e.com./",
            "http://017700000001",
        ])
    },
    is_slow: false,
};

fn url(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(found) = place(text) else { return };
    assert!(found.port > 0 && !found.host.is_empty(), "{text}: {found:?}");
    assert!(found.path_and_query.starts_with('/'), "{text}: {found:?}");
    assert!(found.path_and_query.bytes().all(|byte| byte > b' ' && byte < 0x7f), "{text}: {found:?}");
    assert!(!found.host.contains(['/', '@', '\\', '?', '#', ' ', '[']), "{text}: {found:?}");
    // Whatever the spelling, an address is one: what no longer looks like one is a name for the resolver.
    let everything = EgressPolicy::parse("here", ["*:*"]).unwrap();
    if let Ok(address) = found.host.parse::<IpAddr>() {
        let is_allowed = everything.check_address(&found.host, address, found.port).is_ok();
        assert_eq!(is_allowed, is_public(address.to_canonical()), "{text}: {found:?}");
    } else {
        let last = found.host.strip_suffix('.').unwrap_or(&found.host).rsplit('.').next().unwrap_or_default();
        let is_decimal = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit());
        let is_hexadecimal =
            last.strip_prefix("0x").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let is_number = is_decimal || is_hexadecimal;
        assert!(!is_number, "{text}: a resolver would read {} as an address", found.host);
    }
}

/// The first URL, the status and a location.
pub(crate) const REDIRECT: Target = Target {
    name: "redirect",
    run: redirect,
    seeds: || {
        texts(&[
            "https://shop.example/a\n302\n/b",
            "https://shop.example/a\n307\nhttp://shop.example/b",
            "https://shop.example:8443/a#f\n303\n//evil.example/x",
            "http://shop.example/\n301\nhttp://ana:b@evil.example/",
            "http://shop.example/\n308\njavascript:alert(1)",
            "http://shop.example/\n302\n\\\\evil.example\\",
            "http://shop.example/\n302\nhttp://[::1",
            "http://shop.example/\n302\nhttps:evil.example",
        ])
    },
    is_slow: false,
};

fn redirect(data: &[u8]) {
    let mut input = Input::new(data);
    let (Some(first), Some(status)) = (input.text_line(), input.text_line()) else { return };
    let status = status.trim().parse().unwrap_or(302);
    let secret = Secret {
        hosts: vec!["shop.example:*".parse().unwrap()],
        plaintext: true,
        ..Secret::new("key", "0f1e2d3c4b5a")
    };
    let secrets = SealedSecrets::new(vec![secret], |bytes| bytes.fill(7));
    let held = secrets.placeholder("key").unwrap().to_owned();
    let headers: Vec<(String, String)> =
        [("Authorization", "Basic eA=="), ("Cookie", "a=b"), ("X-Key", &held), ("X-Plain", "1")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
    let Ok(Some(next)) = next_hop(first, &headers, (status, input.rest()), &secrets) else { return };
    assert!(matches!(status, 301 | 302 | 303 | 307 | 308));
    let (from, to) = (place(first).unwrap(), place(&next.url).expect("the next hop can be asked for"));
    let has = |name: &str| next.headers.iter().any(|(known, _)| known == name);
    let is_same = (from.tls, &from.host, from.port) == (to.tls, &to.host, to.port);
    // A location may bring credentials of its own; those of the first hop stay with its origin.
    let is_carried = next.headers.iter().any(|(_, value)| value == "Basic eA==");
    assert!(is_same || !is_carried, "{first} to {}: {:?}", next.url, next.headers);
    assert_eq!(has("Cookie"), is_same, "{first} to {}: {:?}", next.url, next.headers);
    assert!(has("X-Plain"), "{next:?}");
    assert!(!has("X-Key") || is_same || to.host == "shop.example", "{next:?}");
}

/// What might be a URL with a password: `PASSWORD` stands where one could be.
pub(crate) const USERINFO: Target = Target {
    name: "userinfo",
    run: |data| {
        let Ok(text) = std::str::from_utf8(data) else { return };
        if text.matches("PASSWORD").count() != 1 {
            return;
        }
        let shown = without_userinfo(text);
        for (user, password) in ::url::Url::parse(text).iter().map(|url| (url.username(), url.password())) {
            for word in [user, password.unwrap_or_default()] {
                assert!(!(word.contains("PASSWORD") && shown.contains("PASSWORD")), "{text}: {shown}");
            }
        }
        assert_eq!(without_userinfo(&shown).replace('…', ""), shown.replace('…', ""), "{text}");
    },
    seeds: || {
        texts(&[
            "https://ana:PASSWORD@shop.example/a@b",
            "http:\\\\PASSWORD@shop.example\\x@y",
            "http:/\t/PASSWORD@x",
            " https://PASSWORD@x",
            "ht\ntp://u:PASSWORD@x/",
            "//PASSWORD@x",
            "https://a:PASSWORD@x@y?z@w",
            "file:///a:PASSWORD@b",
            "foo://a\\b:PASSWORD@shop.example/",
        ])
    },
    is_slow: false,
};
