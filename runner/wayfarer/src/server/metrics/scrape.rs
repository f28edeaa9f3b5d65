//! One scrape: all families with their values, and the format that they are written in.
//!
//! Text (version 0.0.4) is for people and for every Prometheus. Native histograms exist in Prometheus' protobuf
//! format only; a Prometheus that wants them names that format first in its `Accept` header.

use prometheus_client::encoding::prometheus_protobuf::{EncodeError, encode_to_vec};
use prometheus_client::encoding::prometheus_text;
use prometheus_client::registry::Registry;

const PROTOBUF: &str =
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";

/// The format of a scrape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Protobuf,
}

impl Format {
    /// Chooses by an `Accept` header: protobuf if it is named and preferred to text, text otherwise.
    pub(crate) fn accepted(accept: Option<&str>) -> Self {
        let mut text = 0.0_f32;
        let mut protobuf = 0.0_f32;
        for range in accept.unwrap_or_default().split(',') {
            let mut parts = range.split(';').map(str::trim);
            let media = parts.next().unwrap_or_default();
            let parameters: Vec<(&str, &str)> = parts.filter_map(|part| part.split_once('=')).collect();
            let value =
                |name: &str| parameters.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
            let quality = value("q").map_or(1.0, |quality| quality.parse().unwrap_or(0.0));
            match media {
                "application/vnd.google.protobuf"
                    if value("proto") == Some("io.prometheus.client.MetricFamily")
                        && value("encoding") == Some("delimited") =>
                {
                    protobuf = protobuf.max(quality);
                }
                "text/plain" | "text/*" | "*/*" => text = text.max(quality),
                _ => {}
            }
        }
        if protobuf > text { Self::Protobuf } else { Self::Text }
    }

    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Text => prometheus_text::CONTENT_TYPE,
            Self::Protobuf => PROTOBUF,
        }
    }
}

/// All families with the values that they had at one instant.
#[derive(Debug, Default)]
pub(crate) struct Scrape(pub(super) Registry);

impl Scrape {
    pub(crate) fn encode(&self, format: Format) -> Result<Vec<u8>, EncodeError> {
        match format {
            Format::Text => {
                let mut text = String::new();
                prometheus_text::encode(&mut text, &self.0)?;
                Ok(text.into_bytes())
            }
            Format::Protobuf => encode_to_vec(&self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protobuf_is_for_those_who_prefer_it() {
        let native = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,\
            application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";
        let usual = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
            text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        let text_first = "text/plain, application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;\
            encoding=delimited;q=0.5";
        let other_message = "application/vnd.google.protobuf;proto=other;encoding=delimited";
        assert_eq!(Format::accepted(Some(native)), Format::Protobuf);
        for accept in [None, Some("*/*"), Some(usual), Some(text_first), Some(other_message)] {
            assert_eq!(Format::accepted(accept), Format::Text, "{accept:?}");
        }
    }
}
