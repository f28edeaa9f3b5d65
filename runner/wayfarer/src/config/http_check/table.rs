//! `[http-check.NAME]` and `[[http-check.NAME.request]]`: the keys, as they are written.
//!
//! A key that is not written is `None`, so that `[http-check-defaults]` can fill it in. As TOML the tables are what `--save` appends;
//! as JSON a request's table is a part of the stored form ([`StoredCheck`](super::StoredCheck)). Both leave out what is not written.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wayfarer_model::deployment::Overlap;
use wayfarer_model::ids::{GroupName, JourneyName, LocationName};
use wayfarer_model::retry::RetryReason;
use wayfarer_model::schedule::{Expression, Spread, Timezone};
use wayfarer_sandbox::http_check::{Capture, HeaderRule, JsonRule, Pattern};
use wayfarer_sandbox::net::Families;

use super::names::{CaptureName, MethodName, SentHeader, StatusRule};
use super::texts::{JsonText, OneOrMany, TemplateText, Texts};
use super::url_text::UrlText;
use crate::config::{Grace, ParamText, RetryWait, RuleTable, ScheduleChoice, Text};

/// User and password of basic authentication, the key `basic`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BasicTable {
    pub(crate) user: TemplateText,
    pub(crate) password: TemplateText,
}

macro_rules! table {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $key:ident: $kind:ty,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
        #[serde(deny_unknown_fields, default)]
        pub(crate) struct $name {
            $($(#[$doc])* #[serde(skip_serializing_if = "Option::is_none")] pub(crate) $key: Option<$kind>,)*
        }

        impl $name {
            /// The names of the keys that are written.
            pub(crate) fn written(&self) -> Vec<&'static str> {
                let keys = [$((stringify!($key), self.$key.is_some()),)*];
                keys.into_iter().filter_map(|(key, is_written)| is_written.then_some(key)).collect()
            }

            /// Fills in, from another table, the keys that are not written.
            #[must_use]
            pub(crate) fn or(self, other: &Self) -> Self {
                Self { $($key: self.$key.or_else(|| other.$key.clone()),)* }
            }
        }
    };
}

macro_rules! tables {
    (
        request { $($(#[$doc:meta])* $key:ident: $kind:ty,)* }
        check { $($(#[$own_doc:meta])* $own_key:ident: $own_kind:ty,)* }
    ) => {
        table! {
            /// `[[http-check.NAME.request]]`: one request, and what its answer must satisfy.
            RequestTable { $($(#[$doc])* $key: $kind,)* }
        }
        table! {
            /// `[http-check.NAME]`, and `[http-check-defaults]`.
            HttpCheckTable { $($(#[$doc])* $key: $kind,)* $($(#[$own_doc])* $own_key: $own_kind,)* }
        }

        impl HttpCheckTable {
            /// The keys of a request that are written at the check itself.
            pub(crate) fn own_request(&self) -> RequestTable {
                RequestTable { $($key: self.$key.clone(),)* }
            }

            /// The same with these keys of a request in place of its own.
            #[must_use]
            pub(crate) fn with_own_request(self, request: RequestTable) -> Self {
                Self { $($key: request.$key,)* ..self }
            }
        }
    };
}

tables! {
    request {
        /// Of the step; `METHOD path` by default.
        name: String,
        url: Text<UrlText>,
        method: Text<MethodName>,
        headers: BTreeMap<Text<SentHeader>, Texts>,
        /// Parameters that are appended to the URL's own.
        query: BTreeMap<String, Texts>,
        body: TemplateText,
        body_json: JsonText,
        body_form: BTreeMap<String, Texts>,
        /// Relative to the file.
        body_file: PathBuf,
        /// Bytes that are no text.
        body_base64: String,
        basic: BasicTable,
        bearer: TemplateText,
        status: Text<StatusRule>,
        header_rules: OneOrMany<Text<HeaderRule>>,
        contains: Texts,
        not_contains: Texts,
        matches: OneOrMany<Text<Pattern>>,
        not_matches: OneOrMany<Text<Pattern>>,
        json_path: OneOrMany<Text<JsonRule>>,
        max_latency: Text<Duration>,
        certificate_days: u32,
        capture: BTreeMap<Text<CaptureName>, Text<Capture>>,
        /// The most redirects to follow.
        follow: u32,
        connect_timeout: Text<Duration>,
        response_timeout: Text<Duration>,
        family: Text<Families>,
    }
    check {
        /// Several requests, in order.
        request: Vec<RequestTable>,
        /// The longest duration of an attempt.
        timeout: Text<Duration>,
        schedule: Text<ScheduleChoice>,
        timezone: Text<Timezone>,
        spread: Text<Spread>,
        grace: Text<Grace>,
        overlap: Text<Overlap>,
        confirm_every: Text<Expression>,
        locations: Vec<Text<LocationName>>,
        group: Text<GroupName>,
        tags: Vec<String>,
        /// Who is to be told.
        owner: String,
        /// The URL of what to do.
        runbook: String,
        depends_on: OneOrMany<Text<JourneyName>>,
        alert: RuleTable,
        /// The number of attempts beyond the first.
        retries: u32,
        retry_wait: Text<RetryWait>,
        retry_on: Vec<Text<RetryReason>>,
        retries_per_hour: u32,
        /// They go before those of `[params]`, for this check.
        params: BTreeMap<String, ParamText>,
        /// If false, the check runs only when its full name is given.
        enabled: bool,
    }
}
