//! A run in the protocol's words.

use std::io::Read as _;

use serde_json::Value;
use url::Url;
use wayfarer_store::RunDetail;

use super::batch;

/// What is sent of these runs, read back.
fn sent(runs: &[RunDetail], pages: Option<&str>) -> Option<Value> {
    let pages = pages.map(|url| url.parse::<Url>().unwrap());
    let batch = batch(runs, pages.as_ref()).unwrap()?;
    let mut json = String::new();
    flate2::read::GzDecoder::new(&*batch.body).read_to_string(&mut json).unwrap();
    Some(serde_json::from_str(&json).unwrap())
}

#[test]
fn nothing_is_sent_of_nothing() {
    assert_eq!(sent(&[], None), None);
}
