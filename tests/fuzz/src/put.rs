//! Values put into requests: only at declared places, as a target reads the request, and in no error.

use wayfarer_sandbox::http::fuzz::filled;
use wayfarer_sandbox::http::{SealedSecrets, Secret, SecretPlaces};

use crate::input::Input;
use crate::{Target, texts};

/// Path and query, the name of a header, its value, the content type, and the body. `@` stands for the placeholder.
pub(crate) const PUT: Target = Target {
    name: "put",
    run: put,
    seeds: || {
        texts(&[
            "/a?k=@&b=1\nAuthorization\nBearer @\napplication/json\n{\"k\":\"@\",\"o\":[1,{\"k\":2}]}",
            "/\nX-Key\n@@\napplication/x-www-form-urlencoded\nk=@&b=%40",
            "/a@b\nX-Other\n@\ntext/plain\n@",
            "/?k=%@\nAuthorization\nBasic QA==\napplication/json; charset=utf-8\n{\"k\":\"a\",\"k\":\"@\"}",
            "/?a=1;k=@\nAccept\n*/*\napplication/vnd.api+json\n{\"\\u006b\":\"@\"}",
            "/?K=@\nAuthorization\nx\nAPPLICATION/JSON\n{\"k\":{\"a\":[\"@\"]},\"@\":1}",
            "/\nx\ny\napplication/x-www-form-urlencoded\nk=1&k=@&@=k&k=+@+",
            "/\nx\ny\napplication/json\n[[[[{\"k\":\"@\\u0000\"}]]]]",
        ])
    },
    is_slow: false,
};

/// With what every place writes in its own way.
const VALUE: &str = "V4lu\"e\\+ &=;%<é0";

fn put(data: &[u8]) {
    let places = SecretPlaces {
        headers: ["authorization", "x-key"].map(|name| name.parse().unwrap()).into(),
        basic: false,
        query: vec!["k".to_owned()],
        form: vec!["k".to_owned()],
        json: vec!["$.k".parse().unwrap()],
    };
    let secret = Secret { hosts: vec!["shop.example".parse().unwrap()], places, ..Secret::new("key", VALUE) };
    let secrets = SealedSecrets::new(vec![secret], |bytes| bytes.fill(7));
    let held = secrets.placeholder("key").unwrap().to_owned();
    let Ok(text) = std::str::from_utf8(data) else { return };
    if text.contains("V4lu") || text.contains(&held) {
        return;
    }
    let text = text.replace('@', &held);
    let mut input = Input::new(text.as_bytes());
    let mut line = || input.text_line().unwrap_or_default().to_owned();
    let (path, name, value, media_type) = (line(), line(), line(), line());
    let body = input.rest();
    let headers = [(name.clone(), value), ("Content-Type".to_owned(), media_type.clone())];
    let url = format!("https://shop.example/{}", path.trim_start_matches('/'));
    match filled(&secrets, &url, &headers, body) {
        None => {}
        Some(Err(error)) => assert!(!error.message.contains(VALUE), "{error:?}"),
        Some(Ok(filled)) => {
            let all = [filled.path_and_query.as_bytes(), &filled.body].concat();
            assert!(!String::from_utf8_lossy(&all).contains(&held), "a placeholder is left: {filled:?}");
            let query = filled.path_and_query.split_once('?').map_or("", |(_, query)| query);
            let path = filled.path_and_query.split('?').next().unwrap_or_default();
            assert!(!path.contains("V4lu"), "{filled:?}");
            in_fields_only(query.as_bytes(), &filled.path_and_query);
            for (name, value) in &filled.headers {
                let has = String::from_utf8_lossy(value).contains(VALUE);
                assert!(!has || matches!(name.as_str(), "authorization" | "x-key"), "{filled:?}");
            }
            let body = String::from_utf8_lossy(&filled.body);
            if media_type.to_ascii_lowercase().contains("json") {
                if let Ok(document) = serde_json::from_str(&body) {
                    in_members_only(&document, false, &body);
                }
            } else if media_type.to_ascii_lowercase().contains("form") {
                in_fields_only(&filled.body, &body);
            } else {
                assert!(!body.contains("V4lu"), "{filled:?}");
            }
        }
    }
}

/// As a target reads fields, the value is in the field `k` alone, also where `;` separates.
fn in_fields_only(fields: &[u8], shown: &str) {
    for (name, value) in url::form_urlencoded::parse(fields) {
        assert!(!name.contains(VALUE) && (name == "k" || !value.contains(VALUE)), "{shown}");
    }
    for field in fields.split(|byte| matches!(byte, b'&' | b';')) {
        for (name, value) in url::form_urlencoded::parse(field) {
            assert!(!name.contains("V4lu") && (name == "k" || !value.contains("V4lu")), "{shown}");
        }
    }
}

fn in_members_only(document: &serde_json::Value, is_declared: bool, shown: &str) {
    match document {
        serde_json::Value::String(text) => assert!(is_declared || !text.contains(VALUE), "{shown}"),
        serde_json::Value::Array(items) => {
            for item in items {
                in_members_only(item, is_declared, shown);
            }
        }
        serde_json::Value::Object(members) => {
            for (name, member) in members {
                assert!(!name.contains(VALUE), "{shown}");
                in_members_only(member, is_declared || name == "k", shown);
            }
        }
        _ => {}
    }
}
