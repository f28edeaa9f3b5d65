//! JSON paths of a guest over documents of a target.

use wayfarer_sandbox::JsonPath;

use crate::input::Input;
use crate::{Target, texts};

/// A path on the first line, a document behind it.
pub(crate) const JSON_PATH: Target = Target {
    name: "json-path",
    run: json_path,
    seeds: || {
        texts(&[
            "$.items[0].name\n{\"items\":[{\"name\":\"a\"}]}",
            "$..id\n{\"a\":[{\"id\":1},{\"id\":[2,{\"id\":3}]}]}",
            "$[?@.a == 'x' && match(@.b, '[a-z]+')]\n[{\"a\":\"x\",\"b\":\"yy\"}]",
            "items[-1:0:-2]\n{\"items\":[1,2,3]}",
            "$[\"odd \\u00e9 name\"]['a,b'].*\n{}",
            "$[?length(value(@..c)) > 1e3]\n[[]]",
            "$[9007199254740992]\n[]",
            // The crate took the end within an escape for a stream that goes on, and panicked.
            "$[\"odd \\u00e9 nam]\"]['a,a\"odd \\u\n[]",
            "$['a\\ud83d\\u\n[]",
            "$[?count(@..*) > count(@..*)]\n[[[[1]]]]",
        ])
    },
    is_slow: false,
};

fn json_path(data: &[u8]) {
    let mut input = Input::new(data);
    let Some(text) = input.text_line() else { return };
    let path = match text.parse::<JsonPath>() {
        Ok(path) => path,
        Err(error) => return assert!(error.to_string().len() < 10 * text.len() + 1_000, "{error}"),
    };
    assert_eq!(
        path.to_string().parse::<JsonPath>().as_ref(),
        Ok(&path),
        "what is written is read as the same"
    );
    let Ok(document) = serde_json::from_slice::<serde_json::Value>(input.rest()) else { return };
    // One walk: what is found are parts of the document, each once.
    let found = path.find(&document);
    assert!(
        found.len() <= input.rest().len(),
        "{text}: {} found in {} bytes",
        found.len(),
        input.rest().len()
    );
}
