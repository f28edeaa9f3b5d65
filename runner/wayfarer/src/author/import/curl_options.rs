//! curl's options: their names, and whether a value follows.
//!
//! From curl's manual page, version 8. Options that no check can say are known too, so that the word behind them is not taken for
//! a URL.

/// What an option does to a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Makes no difference to what a check finds.
    Nothing,
    /// The same, with a value.
    NothingWith,
    Request,
    Header,
    Data,
    DataRaw,
    DataBinary,
    DataUrlencode,
    Json,
    User,
    Bearer,
    Insecure,
    Location,
    MaxRedirects,
    Head,
    Get,
    Cookie,
    UserAgent,
    Referer,
    MaxTime,
    ConnectTimeout,
    Resolve,
    Proxy,
    Authority,
    Ipv4,
    Ipv6,
    Url,
    UrlQuery,
    Retry,
    Next,
    Fail,
    /// Brackets and braces in a URL are letters.
    NoGlob,
    /// No check can say it, and without it the request would be another.
    Refused,
    RefusedWith,
    /// No check can say it, and the request is the same without it.
    Lost,
    LostWith,
}

impl Meaning {
    pub(super) fn has_value(self) -> bool {
        !matches!(
            self,
            Self::Nothing
                | Self::Insecure
                | Self::Location
                | Self::Head
                | Self::Get
                | Self::Ipv4
                | Self::Ipv6
                | Self::Next
                | Self::Fail
                | Self::NoGlob
                | Self::Refused
                | Self::Lost
        )
    }
}

use Meaning as M;

/// The long name, the short one if there is one, and the meaning.
const OPTIONS: &[(&str, Option<char>, Meaning)] = &[
    ("request", Some('X'), M::Request),
    ("header", Some('H'), M::Header),
    ("data", Some('d'), M::Data),
    ("data-ascii", None, M::Data),
    ("data-raw", None, M::DataRaw),
    ("data-binary", None, M::DataBinary),
    ("data-urlencode", None, M::DataUrlencode),
    ("json", None, M::Json),
    ("user", Some('u'), M::User),
    ("oauth2-bearer", None, M::Bearer),
    ("insecure", Some('k'), M::Insecure),
    ("location", Some('L'), M::Location),
    ("location-trusted", None, M::Location),
    ("max-redirs", None, M::MaxRedirects),
    ("head", Some('I'), M::Head),
    ("get", Some('G'), M::Get),
    ("cookie", Some('b'), M::Cookie),
    ("user-agent", Some('A'), M::UserAgent),
    ("referer", Some('e'), M::Referer),
    ("max-time", Some('m'), M::MaxTime),
    ("connect-timeout", None, M::ConnectTimeout),
    ("resolve", None, M::Resolve),
    ("proxy", Some('x'), M::Proxy),
    ("cacert", None, M::Authority),
    ("ipv4", Some('4'), M::Ipv4),
    ("ipv6", Some('6'), M::Ipv6),
    ("url", None, M::Url),
    ("url-query", None, M::UrlQuery),
    ("retry", None, M::Retry),
    ("next", Some(':'), M::Next),
    ("fail", Some('f'), M::Fail),
    ("fail-with-body", None, M::Fail),
    ("form", Some('F'), M::RefusedWith),
    ("form-string", None, M::RefusedWith),
    ("upload-file", Some('T'), M::RefusedWith),
    ("config", Some('K'), M::RefusedWith),
    ("netrc", Some('n'), M::Refused),
    ("netrc-file", None, M::RefusedWith),
    ("digest", None, M::Refused),
    ("ntlm", None, M::Refused),
    ("negotiate", None, M::Refused),
    ("anyauth", None, M::Refused),
    ("aws-sigv4", None, M::RefusedWith),
    ("unix-socket", None, M::RefusedWith),
    ("socks5", None, M::RefusedWith),
    ("socks5-hostname", None, M::RefusedWith),
    ("socks4", None, M::RefusedWith),
    ("preproxy", None, M::RefusedWith),
    ("cert", Some('E'), M::RefusedWith),
    ("key", None, M::RefusedWith),
    ("connect-to", None, M::RefusedWith),
    ("basic", None, M::Nothing),
    ("compressed", None, M::Nothing),
    ("silent", Some('s'), M::Nothing),
    ("show-error", Some('S'), M::Nothing),
    ("verbose", Some('v'), M::Nothing),
    ("include", Some('i'), M::Nothing),
    ("show-headers", None, M::Nothing),
    ("no-buffer", Some('N'), M::Nothing),
    ("progress-bar", Some('#'), M::Nothing),
    ("no-progress-meter", None, M::Nothing),
    ("globoff", Some('g'), M::NoGlob),
    ("remote-name", Some('O'), M::Nothing),
    ("remote-header-name", Some('J'), M::Nothing),
    ("create-dirs", None, M::Nothing),
    ("location-keep-method", None, M::Nothing),
    ("retry-all-errors", None, M::Nothing),
    ("retry-connrefused", None, M::Nothing),
    ("tcp-nodelay", None, M::Nothing),
    ("path-as-is", None, M::Nothing),
    ("parallel", Some('Z'), M::Nothing),
    ("no-keepalive", None, M::Nothing),
    ("output", Some('o'), M::NothingWith),
    ("write-out", Some('w'), M::NothingWith),
    ("dump-header", Some('D'), M::NothingWith),
    ("cookie-jar", Some('c'), M::NothingWith),
    ("stderr", None, M::NothingWith),
    ("trace", None, M::NothingWith),
    ("trace-ascii", None, M::NothingWith),
    ("retry-delay", None, M::NothingWith),
    ("retry-max-time", None, M::NothingWith),
    ("keepalive-time", None, M::NothingWith),
    ("http1.0", Some('0'), M::Lost),
    ("http1.1", None, M::Lost),
    ("http2", None, M::Lost),
    ("http2-prior-knowledge", None, M::Lost),
    ("http3", None, M::Lost),
    ("tlsv1", Some('1'), M::Lost),
    ("tlsv1.2", None, M::Lost),
    ("tlsv1.3", None, M::Lost),
    ("post301", None, M::Lost),
    ("post302", None, M::Lost),
    ("post303", None, M::Lost),
    ("ssl-no-revoke", None, M::Lost),
    ("proxy-insecure", None, M::Lost),
    ("noproxy", None, M::LostWith),
    ("proxy-user", Some('U'), M::LostWith),
    ("ciphers", None, M::LostWith),
    ("tls-max", None, M::LostWith),
    ("range", Some('r'), M::LostWith),
    ("limit-rate", None, M::LostWith),
    ("interface", None, M::LostWith),
    ("dns-servers", None, M::LostWith),
    ("speed-limit", Some('Y'), M::LostWith),
    ("speed-time", Some('y'), M::LostWith),
    ("max-filesize", None, M::LostWith),
    ("capath", None, M::LostWith),
    ("pinnedpubkey", None, M::LostWith),
];

/// By a long name, without the dashes.
pub(super) fn long(name: &str) -> Option<(&'static str, Meaning)> {
    let found = OPTIONS.iter().find(|(known, _, _)| *known == name);
    found.map(|(name, _, meaning)| (*name, *meaning))
}

pub(super) fn short(letter: char) -> Option<(&'static str, Meaning)> {
    let found = OPTIONS.iter().find(|(_, short, _)| *short == Some(letter));
    found.map(|(name, _, meaning)| (*name, *meaning))
}
