//! The search for secrets in what a target answers and a guest records: no value is left in any encoding, nothing else
//! changes, and a cut shows no part of a value.

use std::cell::RefCell;

use tokio::runtime::{Builder, Runtime};
use wayfarer_sandbox::http::fuzz::sealed_back;
use wayfarer_sandbox::http::{SealedSecrets, Secret};

use crate::Target;
use crate::encoders::encoder;
use crate::input::Input;

/// The value on the first line; then pieces: two bytes choose encoders for the value, or with 255 a text follows.
pub(crate) const SEAL: Target = Target {
    name: "seal",
    run: seal,
    seeds: || {
        let mut seeds: Vec<Vec<u8>> = vec![
            b"hunter22\n\x00\x00\xff\x04abcd\x02\x06".to_vec(),
            b"aaaaaaaaaaaaaaab\n\xff\x08aaaaaaaa\x00\x00".to_vec(),
        ];
        for first in 0..14 {
            for second in [0, 2, 4, 6, 9, 10, 12] {
                seeds.push(
                    [b"s3cr3t/+ \"&=w\xc3\xb6rd\n".as_slice(), [first, second].as_slice(), b"\xff\x03 ok"]
                        .concat(),
                );
            }
        }
        seeds
    },
    is_slow: false,
};

const URL: &str = "https://shop.example/";
/// Of another secret, which no input can know.
const STRANGER: &str = "9b1d6c0e5f7a4832";

fn run<T>(future: impl Future<Output = T>) -> T {
    thread_local!(static RUNTIME: RefCell<Runtime> = RefCell::new(Builder::new_current_thread().build().unwrap()));
    RUNTIME.with_borrow(|runtime| runtime.block_on(future))
}

fn of(name: &str, value: &str) -> SealedSecrets {
    let secret = Secret { hosts: vec!["shop.example".parse().unwrap()], ..Secret::new(name, value) };
    SealedSecrets::new(vec![secret], |bytes| bytes.fill(0xe7))
}

fn contains(content: &[u8], part: &[u8]) -> bool {
    content.windows(part.len()).any(|window| window == part)
}

/// As a search sees it: case does not count, nor whether a space is written `+`.
fn tame(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| if *byte == b'+' { b' ' } else { byte.to_ascii_lowercase() }).collect()
}

fn seal(data: &[u8]) {
    let mut input = Input::new(data);
    let Some(value) = input.text_line() else { return };
    if !(4..=64).contains(&value.len()) || value.chars().any(|letter| letter == '\0') {
        return;
    }
    let secrets = of("key", value);
    let held = secrets.placeholder("key").unwrap().to_owned();
    // A value that its own placeholder or mask holds cannot be told from it.
    if [held.as_str(), "[secret key]"]
        .iter()
        .any(|text| contains(&tame(text.as_bytes()), &tame(value.as_bytes())))
    {
        return;
    }
    let (content, written) = content(&mut input, value);
    let back = |content: &[u8], shown: usize| run(sealed_back(&secrets, URL, content, shown));
    let whole = back(&content, usize::MAX);
    for content in [&whole, &secrets_redacted(&secrets, &content)] {
        assert!(!contains(&tame(content), &tame(value.as_bytes())), "{value}: {}", content.escape_ascii());
        for (how, piece) in &written {
            assert!(!contains(content, piece), "{value} as {how}: {}", content.escape_ascii());
        }
    }
    assert_eq!(back(&whole, usize::MAX), whole, "{value}: what is sealed is sealed");
    let shown = usize::from(data.last().copied().unwrap_or(0)) % (content.len() + 1);
    let cut = back(&content, shown);
    assert!(
        whole.starts_with(&cut),
        "{value}, {shown}: {} is no beginning of {}",
        cut.escape_ascii(),
        whole.escape_ascii()
    );
    let stranger = run(sealed_back(&of("key", STRANGER), URL, &content, usize::MAX));
    assert_eq!(stranger, content, "a content without a value stays as it is");
    assert_eq!(
        run(sealed_back(&secrets, "https://evil.example/", &content, usize::MAX)),
        content,
        "another host learns nothing"
    );
}

fn secrets_redacted(secrets: &SealedSecrets, content: &[u8]) -> Vec<u8> {
    secrets.redact(&String::from_utf8_lossy(content)).as_bytes().to_vec()
}

/// A content, and the pieces of it that stand for the value. What is short in base64 or hexadecimal digits counts where it
/// begins only, so shorter values are not expected there.
fn content(input: &mut Input<'_>, value: &str) -> (Vec<u8>, Vec<(String, Vec<u8>)>) {
    let (mut content, mut written) = (Vec::new(), Vec::new());
    while !input.is_empty() && content.len() < 64 << 10 {
        let first = input.byte();
        if first == 255 {
            let length = usize::from(input.byte());
            content.extend_from_slice(input.bytes(length));
            continue;
        }
        let (inner, outer) = (encoder(first), encoder(input.byte()));
        // Digits of base64 in upper case are other digits.
        if outer.0 == "upper case" && inner.0 != "as it is" {
            continue;
        }
        let Some(piece) = inner.1(value.as_bytes()).and_then(|inner| outer.1(&inner)) else { continue };
        // What stands before it must not change what it is: half an escape, or digits of the same run.
        content.push(b'|');
        content.extend_from_slice(&piece);
        content.push(b'|');
        if value.len() >= 8 {
            written.push((format!("{} in {}", inner.0, outer.0), piece));
        }
    }
    (content, written)
}
