//! Rules for secrets in texts.

use bytes::Bytes;
use data_encoding::{BASE64, BASE64URL_NOPAD};
use proptest::prelude::*;

use super::{SealedSecrets, Secret};

fn sealed(values: &[&str]) -> SealedSecrets {
    let secret = |(n, value): (usize, &&str)| Secret {
        name: format!("n-{n}"),
        value: (*value).to_owned(),
        hosts: Vec::new(),
        plaintext: false,
    };
    let mut counter = 0;
    SealedSecrets::new(values.iter().enumerate().map(secret).collect(), |buffer| {
        counter += 1;
        buffer.fill(counter);
    })
}

fn back(secrets: &SealedSecrets, text: &str) -> String {
    let body = secrets.seal_back(Bytes::from(text.to_owned()), true, usize::MAX);
    String::from_utf8(body.to_vec()).unwrap()
}

#[test]
fn placeholders_are_tame_and_distinct() {
    let secrets = sealed(&["one", "two"]);
    let one = secrets.placeholder("n-0").unwrap();
    assert_eq!(one, format!("wfsecret_n_0_{}", "01".repeat(12)));
    assert_ne!(one, secrets.placeholder("n-1").unwrap());
    assert_eq!((secrets.placeholder("other"), secrets.value("n-1")), (None, Some("two")));
    assert!(
        !format!("{:?}", Secret { name: "n".into(), value: "hush".into(), hosts: vec![], plaintext: true })
            .contains("hush")
    );
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
    assert_eq!(secrets.redact_bytes(b"\xff first-value".to_vec()), b"\xff [secret n-0]");
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
    let secrets = sealed(&["first-value"]);
    let placeholder = secrets.placeholder("n-0").unwrap().to_owned();
    assert_eq!(back(&secrets, &format!("{placeholder} first-value")), format!("{placeholder} {placeholder}"));
}

#[test]
fn growth_is_bounded() {
    let secrets = sealed(&["abcd"]);
    let body = secrets.seal_back(Bytes::from("abcd".repeat(10_000)), true, 1_000);
    assert!((1_000..1_100).contains(&body.len()), "{}", body.len());
    assert!(!String::from_utf8(body.to_vec()).unwrap().contains("abcd"));
}

proptest! {
    #[test]
    fn no_form_of_a_value_comes_back(
        value in "Q[ -~é€😀]{7,30}",
        before in "[ -PR-~]{0,20}",
        after in "[ -PR-~]{0,20}",
    ) {
        let secrets = sealed(&[&value]);
        let placeholder = secrets.placeholder("n-0").unwrap();
        let json = serde_json::Value::from(value.as_str()).to_string();
        let form: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
        let url = url::Url::parse_with_params("http://a.example/", [("k", &value)]).unwrap();
        let forms = [
            value.clone(),
            json[1..json.len() - 1].to_owned(),
            json[1..json.len() - 1].replace('/', "\\/"),
            form,
            url.query().unwrap()[2..].to_owned(),
            super::forms::percent_encoded(&value, "-._~"),
            super::forms::percent_encoded(&value, "-._~").to_lowercase().replace('q', "Q"),
        ];
        // The last changes letters of the value itself; it only counts where there are none.
        let lower_is_fair = !value.chars().skip(1).any(|c| c.is_ascii_uppercase() || c == 'q');
        for form in forms.iter().take(if lower_is_fair { 7 } else { 6 }) {
            let out = back(&secrets, &format!("{before}{form}{after}"));
            prop_assert!(out.contains(placeholder), "{form} in {out}");
            prop_assert!(!out.contains(form.as_str()), "{form} in {out}");
        }
    }

    #[test]
    fn base64_of_a_value_does_not_come_back(
        value in "[!-~]{8,40}",
        before in "[ -~]{0,7}",
        after in "[ -~]{0,7}",
    ) {
        let secrets = sealed(&[&value]);
        let text = format!("{before}{value}{after}");
        for encoded in [BASE64.encode(text.as_bytes()), BASE64URL_NOPAD.encode(text.as_bytes())] {
            let out = back(&secrets, &encoded);
            prop_assert!(out.contains(secrets.placeholder("n-0").unwrap()), "{encoded} is {out}");
        }
    }

    #[test]
    fn a_cut_never_shows_the_beginning_of_a_value(value in "[!-~]{5,30}", before in "[ -~]{0,20}", at in 1_usize..30) {
        let secrets = sealed(&[&value]);
        let text = format!("{before}{value}");
        let cut = before.len() + at.min(value.len() - 1);
        let out = secrets.seal_back(Bytes::from(text.into_bytes()).slice(..cut), false, usize::MAX);
        let shown = String::from_utf8(out.to_vec()).unwrap();
        prop_assert!(out.len() <= before.len() || shown.contains("wfsecret_"), "{shown} of {value}");
    }

    #[test]
    fn texts_without_a_value_stay_as_they_are(text in "[ -~é]{0,200}") {
        let secrets = sealed(&["\u{7f}never\u{7f}"]);
        prop_assert_eq!(back(&secrets, &text), text);
    }
}
