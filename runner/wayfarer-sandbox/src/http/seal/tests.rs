//! Rules for secrets in texts.

use bytes::Bytes;
use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use wayfarer_testkit::none_differ;

use super::encode::percent_encoded;
use super::{SealedSecrets, Secret};
use crate::http::target::Origin;

const HOST: &str = "shop.example";

fn origin(host: &str) -> Origin {
    Origin { tls: true, host: host.to_owned(), port: 443 }
}

/// Secrets for one host, each placeholder made of a number of its own.
fn sealed(values: &[&str]) -> SealedSecrets {
    let secret = |(n, value): (usize, &&str)| Secret {
        hosts: vec![HOST.parse().unwrap()],
        ..Secret::new(&format!("n-{n}"), value)
    };
    let mut counter = 0;
    SealedSecrets::new(values.iter().enumerate().map(secret).collect(), |buffer| {
        counter += 1;
        buffer.fill(counter);
    })
}

/// What a guest sees of a content that the secrets' host answers.
fn back(secrets: &SealedSecrets, content: &[u8]) -> Vec<u8> {
    back_of(secrets, content, usize::MAX)
}

fn back_of(secrets: &SealedSecrets, content: &[u8], shown: usize) -> Vec<u8> {
    let mut body = done(secrets.seal_back(Bytes::copy_from_slice(content), shown, &origin(HOST))).0.to_vec();
    body.truncate(shown);
    body
}

/// Through the turns that a search leaves to others.
fn done<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn text(content: Vec<u8>) -> String {
    String::from_utf8(content).unwrap()
}

#[test]
fn what_is_left_out_at_a_cut_tells_only_the_magnitude_of_a_length() {
    let longest = |length: usize| sealed(&[&"v".repeat(length)]).longest();
    assert_eq!([4, 37, 64].map(longest), [64; 3]);
    assert_eq!([65, 100, 128].map(longest), [128; 3]);
}

#[test]
fn placeholders_are_tame_and_distinct() {
    let secrets = sealed(&["one", "two"]);
    let one = secrets.placeholder("n-0").unwrap();
    assert_eq!(one, format!("wfsecret_n_0_{}", "01".repeat(12)));
    assert_ne!(one, secrets.placeholder("n-1").unwrap());
    assert_eq!(secrets.placeholder("other"), None);
    assert_eq!(secrets.secret("n-1").unwrap().value, "two");
    assert!(!format!("{:?}", Secret::new("n", "hush")).contains("hush"));
}

#[test]
fn what_is_stored_holds_neither_values_nor_placeholders() {
    let secrets = sealed(&["first-value", "abc"]);
    let placeholder = secrets.placeholder("n-0").unwrap().to_owned();
    assert_eq!(
        secrets.redact(&format!("a first-value b {placeholder} c")),
        "a [secret n-0] b [secret n-0] c"
    );
    assert_eq!(secrets.redact("abc"), "abc", "too short to be looked for");
    assert_eq!(secrets.masked(b"\xff first-value", usize::MAX).unwrap().bytes, b"\xff [secret n-0]");
    assert!(matches!(secrets.redact("nothing"), std::borrow::Cow::Borrowed("nothing")));
    assert!(matches!(SealedSecrets::default().redact("first-value"), std::borrow::Cow::Borrowed(_)));
}

#[test]
fn a_value_that_contains_another_is_found_whole() {
    let secrets = sealed(&["pass", "password"]);
    assert_eq!(secrets.redact("password pass passwor"), "[secret n-1] [secret n-0] [secret n-0]wor");
}

#[test]
fn a_placeholder_that_comes_back_stays() {
    let secrets = sealed(&["first-value", "wfsecret"]);
    let placeholder = secrets.placeholder("n-0").unwrap().to_owned();
    assert_eq!(
        text(back(&secrets, format!("{placeholder} first-value").as_bytes())),
        format!("{placeholder} {placeholder}"),
        "even if a value is a part of it"
    );
}

#[test]
fn growth_is_bounded() {
    let secrets = sealed(&["abcd"]);
    for (content, is_bounded) in [("abcd.".repeat(50_000), false), ("abcd.".repeat(50_001), true)] {
        let length = content.len();
        let (body, is_cut) = done(secrets.seal_back(content.into(), length, &origin(HOST)));
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert_eq!((body.matches("wfsecret_n_0_").count(), is_cut), (50_000, is_bounded));
        assert!(!body.contains("abcd"));
    }
    let values = secrets.masked("abcd".repeat(100_000).as_bytes(), usize::MAX).unwrap().values;
    assert_eq!(values, 50_000, "one behind the other");
}

#[test]
fn a_value_within_that_of_another_host_is_found() {
    let mut long = Secret::new("long", "password");
    long.hosts = vec!["b.example".parse().unwrap()];
    let short = Secret { hosts: vec![HOST.parse().unwrap()], ..Secret::new("short", "pass") };
    let secrets = SealedSecrets::new(vec![long, short], |buffer| buffer.fill(1));
    let placeholder = secrets.placeholder("short").unwrap();
    assert_eq!(text(back(&secrets, b"password")), format!("{placeholder}word"));
}

#[test]
fn only_a_secrets_own_hosts_have_its_value_replaced() {
    let secrets = sealed(&["first-value"]);
    let body = Bytes::from_static(b"a first-value");
    assert_eq!(done(secrets.seal_back(body, usize::MAX, &origin("evil.example"))).0, "a first-value");
    assert_eq!(secrets.seal_back_text("first-value".into(), &origin("evil.example")), "first-value");
    assert_ne!(secrets.seal_back_text("first-value".into(), &origin(HOST)), "first-value");
}

fn utf16(value: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
    value.encode_utf16().flat_map(order).collect()
}

/// `to` for every character that `is_plain` does not leave alone.
fn each(value: &str, is_plain: fn(char) -> bool, to: impl Fn(char) -> String) -> Vec<u8> {
    value.chars().map(|c| if is_plain(c) { c.to_string() } else { to(c) }).collect::<String>().into_bytes()
}

fn bytes(value: &str, write: fn(u8) -> String) -> Vec<u8> {
    value.bytes().map(write).collect::<Vec<_>>().concat().into_bytes()
}

fn units(c: char, write: fn(u16) -> String) -> String {
    c.encode_utf16(&mut [0; 2]).iter().map(|unit| write(*unit)).collect()
}

/// What targets make of a value: by Go, Rails, .NET, PHP, Python, JavaScript, and what stands between them and us.
fn encodings(value: &str) -> Vec<(&'static str, Vec<u8>)> {
    const NONE: fn(char) -> bool = |_| false;
    const ALPHANUMERIC: fn(char) -> bool = |c| c.is_ascii_alphanumeric();
    let json = serde_json::Value::from(value).to_string();
    let json = json[1..json.len() - 1].to_owned();
    let percent = percent_encoded(value, "-._~");
    let html = |quote: &'static str| {
        each(
            value,
            |c| !"&<>\"'".contains(c),
            |c| match c {
                '&' => "&amp;".to_owned(),
                '<' => "&lt;".to_owned(),
                '>' => "&gt;".to_owned(),
                '"' => "&#34;".to_owned(),
                _ => quote.to_owned(),
            },
        )
    };
    vec![
        ("as it is", value.into()),
        ("in capitals", value.to_ascii_uppercase().into()),
        ("JSON", json.clone().into()),
        ("JSON with solidus escaped", json.replace('/', "\\/").into()),
        ("JSON within JSON", json.replace('\\', "\\\\").into()),
        (
            "JSON of Go, Rails and .NET",
            each(
                value,
                |c| c.is_ascii() && !"&<>'\"\\+".contains(c),
                |c| units(c, |unit| format!("\\u{unit:04x}")),
            ),
        ),
        ("JSON, all escaped, in capitals", each(value, NONE, |c| units(c, |unit| format!("\\u{unit:04X}")))),
        ("JavaScript", bytes(value, |byte| format!("\\x{byte:02x}"))),
        ("percent signs", percent.clone().into()),
        ("percent signs, small", percent_encoded(value, "").to_ascii_lowercase().into()),
        ("every byte behind a percent sign", bytes(value, |byte| format!("%{byte:02X}"))),
        ("percent signs twice", percent_encoded(&percent, "").into()),
        ("a form", url::form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>().into()),
        ("HTML of PHP", html("&#039;")),
        ("HTML of Go", html("&#39;")),
        ("HTML of Python", html("&#x27;")),
        ("HTML of XML writers", html("&apos;")),
        ("HTML by numbers", each(value, NONE, |c| format!("&#{};", u32::from(c)))),
        ("HTML by hexadecimal numbers", each(value, ALPHANUMERIC, |c| format!("&#X{:04x};", u32::from(c)))),
        ("hexadecimal", HEXLOWER.encode(value.as_bytes()).into()),
        ("hexadecimal, in capitals", HEXUPPER.encode(value.as_bytes()).into()),
        ("base64", BASE64.encode(value.as_bytes()).into()),
        ("base64 of URLs", BASE64URL_NOPAD.encode(value.as_bytes()).into()),
        ("base64 twice", BASE64.encode(BASE64_NOPAD.encode(value.as_bytes()).as_bytes()).into()),
        ("base64 of hexadecimal", BASE64.encode(HEXLOWER.encode(value.as_bytes()).as_bytes()).into()),
        ("base64 in a URL", percent_encoded(&BASE64.encode(value.as_bytes()), "").into()),
        ("base64 of JSON", BASE64.encode(json.as_bytes()).into()),
        ("UTF-16", utf16(value, u16::to_le_bytes)),
        ("UTF-16, the other way round", utf16(value, u16::to_be_bytes)),
    ]
}

#[test]
fn every_encoding_that_targets_use_is_found() {
    let (mut tried, mut shown_by) = (0, Vec::new());
    for value in ["s3cr&t \"é/+x<>'\\", "0f1e2d3c4b5a6978", "tab\tand😀more", "user:pa$$word%41"] {
        let secrets = sealed(&[value]);
        let placeholder = secrets.placeholder("n-0").unwrap();
        for (name, encoded) in encodings(value) {
            for (before, after) in [("", ""), (" {\"k\": \"", "\"}\n"), ("k=", "&l=1")] {
                let content = [before.as_bytes(), &encoded, after.as_bytes()].concat();
                let out = back(&secrets, &content);
                // What pads base64 and fills UTF-16 holds nothing.
                let bare = |text: &str| text.replace(['=', '\0'], "").replace("%3D", "");
                let expected = |mask: &str| bare(&format!("{before}{mask}{after}"));
                let shown = bare(&String::from_utf8_lossy(&out));
                tried += 1;
                let masked = secrets.masked(&content, usize::MAX).unwrap();
                let is_masked = (masked.values, bare(&masked.text())) == (1, expected("[secret n-0]"));
                if shown != expected(placeholder) || !is_masked {
                    shown_by.push(format!("{value:?} as {name}: {shown}"));
                }
            }
        }
    }
    let case = format!("{tried} texts with a value, in every encoding: those that show any of it");
    none_differ(&case, shown_by.len(), shown_by.first().map_or("", String::as_str));
}

#[test]
fn a_short_value_is_found_in_basic_authentication() {
    let secrets = sealed(&["1234"]);
    let basic = |pair: &str| format!("authorization: Basic {}", BASE64.encode(pair.as_bytes()));
    let shown = text(back(&secrets, basic("ana:1234").as_bytes()));
    assert!(shown.contains("wfsecret_n_0_"), "{shown}");
    assert_eq!(text(back(&secrets, basic("ana:1235").as_bytes())), basic("ana:1235"));
}

/// Two attempts that differ in the value of a secret alone: 64 random bits, as 16 hexadecimal digits.
fn twins() -> ([SealedSecrets; 2], [&'static str; 2]) {
    let values = ["9f3ac0e1d27b6458", "9f3ac0e1d27b6459"];
    (values.map(|value| sealed(&[value])), values)
}

/// Whoever guesses at a value sees the same whatever the value is, through every door, however a text is cut, unless the
/// guess is the whole value.
#[test]
fn ten_thousand_guesses_tell_nothing_of_a_value() {
    let ([one, other], values) = twins();
    let mut random = StdRng::seed_from_u64(12);
    let mut told = Vec::new();
    for round in 0..10_000_u32 {
        // As much of the value as a guesser may have found out so far, and a try at the rest.
        let known = random.random_range(0..16);
        let digits = (known..16).map(|_| char::from_digit(random.random_range(0..16), 16).unwrap());
        let guess: String = values[0].chars().take(known).chain(digits).collect();
        if values.contains(&guess.as_str()) {
            continue;
        }
        let all = encodings(&guess);
        let (name, encoded) = &all[round as usize % all.len()];
        let padding = "x".repeat(random.random_range(0..40));
        let content = [padding.as_bytes(), encoded, padding.as_bytes(), encoded].concat();
        let cut = random.random_range(0..=content.len());
        let received = &content[..content.len().min(cut + one.lookahead())];
        let shown = String::from_utf8_lossy(&content).into_owned();
        let door = |secrets: &SealedSecrets| match round % 3 {
            0 => back_of(secrets, received, cut),
            1 => secrets.masked(received, cut).map_or(Vec::new(), |masked| masked.bytes),
            _ => secrets.seal_back_text(shown.clone(), &origin(HOST)).into_bytes(),
        };
        if door(&one) != door(&other) {
            told.push(format!("{guess} as {name}, cut at {cut}"));
        }
    }
    let case = "10,000 guesses at a value of 64 bits, by answers, records and URLs: those that tell of it";
    none_differ(case, told.len(), told.first().map_or("", String::as_str));
}

/// The value itself, in an answer that is cut at every place: no part of it shows, and the cut is where it was asked for.
#[test]
fn no_cut_shows_a_part_of_a_value() {
    let ([one, other], values) = twins();
    let (mut cuts, mut parts) = (0, Vec::new());
    for (name, encoded) in encodings(values[0]) {
        let content = [b"before ", &encoded[..], b" after"].concat();
        let whole = back(&one, &content);
        for cut in 0..=content.len() {
            let shown = back_of(&one, &content, cut);
            cuts += 1;
            if !whole.starts_with(&shown) || shown.len() != cut && shown.len() <= 40 {
                parts.push(format!("{name}, cut at {cut}: {}", String::from_utf8_lossy(&shown)));
            }
        }
        // Of a value that the target itself cut short nothing is known; no cut of ours makes one.
        assert_ne!(back(&one, &content), back(&other, &content), "{name}");
    }
    let case = format!("{cuts} cuts through a value: those that show a part of it, or move with it");
    none_differ(&case, parts.len(), parts.first().map_or("", String::as_str));
}

#[test]
fn the_search_takes_the_time_of_the_content_and_not_of_the_value() {
    // Every place begins a value, and every run may be base64 of base64.
    for value in ["aaaaaaaaaaaaaaab", "YWFhYWFhYWFhYWFhYWFhYg"] {
        let secrets = sealed(&[value]);
        for byte in [b'a', b'Y', b'%', b'\\', b'&', 0] {
            let content = vec![byte; 100_000];
            let clock = crate::clock::AttemptClock::start();
            assert_eq!(back(&secrets, &content), content);
            // A search that began anew at every place would take minutes.
            assert!(clock.elapsed().as_secs() < 30, "{byte}: {:?}", clock.elapsed());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn a_value_is_found_between_windows(before in 65_500_usize..65_540, value in "Q[!-~é€]{7,30}") {
        let secrets = sealed(&[&value]);
        let content = ["-".repeat(before).as_bytes(), value.as_bytes(), b"-"].concat();
        let expected = format!("{}{}-", "-".repeat(before), secrets.placeholder("n-0").unwrap());
        prop_assert_eq!(text(back(&secrets, &content)), expected);
    }
}

proptest! {
    #[test]
    fn base64_of_a_value_does_not_come_back(
        value in "[!-~]{8,40}",
        before in "[ -~]{0,7}",
        after in "[ -~]{0,7}",
    ) {
        let secrets = sealed(&[&value]);
        let content = format!("{before}{value}{after}");
        for encoded in [BASE64.encode(content.as_bytes()), BASE64URL_NOPAD.encode(content.as_bytes())] {
            let out = text(back(&secrets, encoded.as_bytes()));
            prop_assert!(out.contains(secrets.placeholder("n-0").unwrap()), "{encoded} is {out}");
        }
    }

    #[test]
    fn texts_without_a_value_stay_as_they_are(content in "[ -~é]{0,200}") {
        let secrets = sealed(&["\u{7f}never-at-all\u{7f}"]);
        prop_assert_eq!(text(back(&secrets, content.as_bytes())), content);
    }

    #[test]
    fn no_content_makes_it_panic(content in proptest::collection::vec(any::<u8>(), 0..400), shown in 0_usize..500) {
        let secrets = sealed(&["0f1e2d3c4b5a6978", "1234"]);
        prop_assert!(back_of(&secrets, &content, shown).len() <= content.len().max(shown));
    }
}
