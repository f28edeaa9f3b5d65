//! What the flags of `wayfarer http-check` say of a request. They are curl's where curl has them; what curl would send otherwise
//! than it is written here is refused before anything is sent.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use wayfarer_sandbox::http_check::Template;

use crate::author::check_file::{RawBody, RawRequest, Source, literal};
use crate::cli::CliError;
use crate::config::{BasicTable, FromText as _, HttpCheckTable, MethodName, SentHeader, Text, Texts};

/// What curl says of a body that has no other type.
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

#[derive(Debug, clap::Args)]
pub(super) struct RequestArgs {
    /// A header to send, as `NAME: VALUE`, or `NAME;` without a value; may be repeated, also with one name
    #[arg(short = 'H', long, value_name = "HEADER", value_parser = header)]
    header: Vec<(String, String)>,
    /// The HTTP method; by default GET, or POST if there is a body
    #[arg(short = 'X', long, value_name = "METHOD", value_parser = MethodName::from_text)]
    method: Option<MethodName>,
    /// Ask for the head alone: the method HEAD
    #[arg(short = 'I', long, conflicts_with_all = ["method", "body", "json_body"])]
    head: bool,
    /// A body to send, or with `@FILE` the content of a file; without a content type it is a form's, as for curl
    #[arg(long, value_name = "TEXT|@FILE")]
    body: Option<String>,
    /// A body of JSON to send, or with `@FILE` the content of a file, with the headers that say so
    #[arg(long = "json-body", value_name = "TEXT|@FILE", conflicts_with = "body")]
    json_body: Option<String>,
    /// User and password for basic authentication
    #[arg(short = 'u', long, value_name = "USER:PASSWORD", value_parser = user)]
    user: Option<(String, String)>,
    /// A header `user-agent` to send; `wayfarer/` and the version by default
    #[arg(short = 'A', long, value_name = "TEXT")]
    user_agent: Option<String>,
    /// Cookies to send, as `NAME=VALUE; NAME=VALUE`
    #[arg(short = 'b', long, value_name = "COOKIES", value_parser = cookie)]
    cookie: Option<String>,
}

/// A body with its type; no type if a header says it.
struct Body {
    content: Vec<u8>,
    kind: Option<&'static str>,
}

fn header(text: &str) -> Result<(String, String), String> {
    if text.starts_with('@') {
        return Err("headers are not read from a file: write each with `-H`".to_owned());
    }
    let (name, value) = match (text.split_once(':'), text.strip_suffix(';')) {
        (Some((name, value)), _) => (name.trim(), value.trim()),
        (None, Some(name)) => return named(name.trim(), ""),
        (None, None) => return Err("write it as `NAME: VALUE`".to_owned()),
    };
    if value.is_empty() && !name.is_empty() {
        return Err(format!("it has no value: write `{name};` to send it without one, or leave it out"));
    }
    named(name, value)
}

fn named(name: &str, value: &str) -> Result<(String, String), String> {
    SentHeader::from_text(name)?;
    http::HeaderValue::from_str(value)
        .map_err(|_| format!("the value of `{name}` has letters that no header may have"))?;
    Ok((name.to_owned(), value.to_owned()))
}

fn user(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once(':').map(|(user, password)| (user.to_owned(), password.to_owned()));
    pair.ok_or_else(|| "write it as `USER:PASSWORD`: nobody is there to be asked for the password".to_owned())
}

fn cookie(text: &str) -> Result<String, String> {
    if text.contains('=') {
        return Ok(text.to_owned());
    }
    Err("cookies are not read from a file: write them as `NAME=VALUE; NAME=VALUE`".to_owned())
}

impl RequestArgs {
    /// Headers in the order in which they are sent, without a body's type.
    fn headers(&self) -> Vec<(String, String)> {
        let own = [("user-agent", &self.user_agent), ("cookie", &self.cookie)];
        let own = own.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)));
        self.header.iter().cloned().chain(own).collect()
    }

    fn has_header(&self, name: &str) -> bool {
        self.header.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    fn body(&self) -> Result<Option<Body>, CliError> {
        let Some(written) = self.body.as_ref().or(self.json_body.as_ref()) else { return Ok(None) };
        let content = match written.strip_prefix('@') {
            None => written.clone().into_bytes(),
            Some("-") => {
                return Err(CliError::Usage(
                    "a body is not read from standard input: write `@FILE`".to_owned(),
                ));
            }
            Some(path) => std::fs::read(path)
                .map_err(|error| CliError::Usage(format!("cannot read the body {path}: {error}")))?,
        };
        let is_json = self.json_body.is_some();
        let kind = match (is_json, self.has_header("content-type")) {
            (_, true) => None,
            (true, false) => Some(JSON),
            (false, false)
                if content.trim_ascii_start().starts_with(b"{")
                    || content.trim_ascii_start().starts_with(b"[") =>
            {
                return Err(CliError::Usage(
                    "the body looks like JSON and would be sent as a form: write it with `--json-body`, or say its type with `-H 'content-type: …'`"
                        .to_owned(),
                ));
            }
            (false, false) => Some(FORM),
        };
        Ok(Some(Body { content, kind }))
    }

    /// The keys of a check's table, with every text as it is.
    pub(super) fn table(&self) -> Result<HttpCheckTable, CliError> {
        let body = self.body()?;
        let kind = body.as_ref().and_then(|body| body.kind);
        let mut headers: BTreeMap<Text<SentHeader>, Texts> = BTreeMap::new();
        let types = kind.map(|kind| ("content-type".to_owned(), kind.to_owned()));
        let accept = (kind == Some(JSON) && !self.has_header("accept"))
            .then(|| ("accept".to_owned(), JSON.to_owned()));
        for (name, value) in self.headers().into_iter().chain(types).chain(accept) {
            // Names are one whatever their case.
            let known = headers.keys().find(|known| known.0.is(&name)).cloned();
            let name = match known {
                Some(known) => known,
                None => Text(SentHeader::from_text(&name).map_err(CliError::Usage)?),
            };
            headers.entry(name).or_default().0.push(Template::literal(value));
        }
        let text = body.as_ref().map(|body| String::from_utf8(body.content.clone()));
        let method = if self.head { Some(MethodName("HEAD".to_owned())) } else { self.method.clone() };
        let basic = self.user.as_ref().map(|(user, password)| BasicTable {
            user: Text(Template::literal(user)),
            password: Text(Template::literal(password)),
        });
        Ok(HttpCheckTable {
            method: method.map(Text),
            headers: (!headers.is_empty()).then_some(headers),
            body: text.clone().and_then(Result::ok).map(|text| Text(Template::literal(text))),
            body_base64: text.and_then(Result::err).map(|bytes| BASE64.encode(bytes.as_bytes())),
            basic,
            ..HttpCheckTable::default()
        })
    }

    /// The same for a file, from which secrets are kept out.
    pub(super) fn raw(&self, url: &str) -> Result<RawRequest, CliError> {
        let body = self.body()?;
        let kind = body.as_ref().and_then(|body| body.kind);
        let content = body.map(|body| String::from_utf8(body.content)).transpose();
        let content = content.map_err(|_| {
            CliError::Usage(
                "a body that is no text cannot be saved: save the check without it, and write `body_file`"
                    .to_owned(),
            )
        })?;
        let mut headers: Vec<(String, String)> =
            self.headers().into_iter().map(|(name, value)| (name, literal(&value))).collect();
        headers.extend(kind.map(|kind| ("content-type".to_owned(), kind.to_owned())));
        if kind == Some(JSON) && !self.has_header("accept") {
            headers.push(("accept".to_owned(), JSON.to_owned()));
        }
        let method =
            if self.head { Some("HEAD".to_owned()) } else { self.method.clone().map(|method| method.0) };
        Ok(RawRequest {
            method,
            url: literal(url),
            headers,
            basic: self
                .user
                .as_ref()
                .map(|(user, password)| (literal(user), Source::Value(password.clone()))),
            body: content.map(|content| RawBody::Text(literal(&content))),
            ..RawRequest::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: RequestArgs,
    }

    fn read(words: &[&str]) -> RequestArgs {
        Line::try_parse_from(std::iter::once(&"x").chain(words)).unwrap().args
    }

    fn refused(words: &[&str]) -> String {
        let error = match Line::try_parse_from(std::iter::once(&"x").chain(words)) {
            Err(error) => error.to_string(),
            Ok(line) => line.args.table().unwrap_err().to_string(),
        };
        error.lines().next().unwrap_or_default().to_owned()
    }

    #[test]
    fn headers_are_sent_as_written_and_those_of_one_name_all_of_them() {
        let table = read(&[
            "-H",
            "X-A: 1",
            "-H",
            "x-a: 2",
            "-H",
            "X-Empty;",
            "-H",
            "Host: other.example",
            "-A",
            "me",
        ])
        .table()
        .unwrap();
        let headers = serde_json::to_string(&table.headers.unwrap()).unwrap();
        assert_eq!(headers, r#"{"Host":"other.example","X-A":["1","2"],"X-Empty":"","user-agent":"me"}"#);
    }

    #[test]
    fn a_body_has_the_type_that_curl_gives_it() {
        let kind = |words: &[&str]| {
            let table = read(words).table().unwrap();
            let headers = table.headers.unwrap_or_default();
            headers
                .into_iter()
                .find(|(name, _)| name.0.is("content-type"))
                .map(|(_, value)| value.0[0].to_string())
        };
        assert_eq!(kind(&["--body", "a=1"]).as_deref(), Some(FORM));
        assert_eq!(kind(&["--json-body", "{}"]).as_deref(), Some(JSON));
        assert_eq!(kind(&["--body", "{}", "-H", "Content-Type: text/plain"]).as_deref(), Some("text/plain"));
        assert_eq!(kind(&[]), None);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("body");
        std::fs::write(&file, b"\xff\n").unwrap();
        let table = read(&["--body", &format!("@{}", file.display())]).table().unwrap();
        assert_eq!(table.body_base64.as_deref(), Some("/wo="));
    }

    #[test]
    fn what_curl_would_send_otherwise_is_refused_before_anything_is_sent() {
        insta::assert_snapshot!(refused(&["-H", "Accept:"]), @"error: invalid value 'Accept:' for '--header <HEADER>': it has no value: write `Accept;` to send it without one, or leave it out");
        insta::assert_snapshot!(refused(&["-H", "Accept"]), @"error: invalid value 'Accept' for '--header <HEADER>': write it as `NAME: VALUE`");
        insta::assert_snapshot!(refused(&["-H", "@headers"]), @"error: invalid value '@headers' for '--header <HEADER>': headers are not read from a file: write each with `-H`");
        insta::assert_snapshot!(refused(&["-H", "Content-Length: 3"]), @"error: invalid value 'Content-Length: 3' for '--header <HEADER>': the header `Content-Length` is set by the runner: leave it out");
        insta::assert_snapshot!(refused(&["-b", "jar.txt"]), @"error: invalid value 'jar.txt' for '--cookie <COOKIES>': cookies are not read from a file: write them as `NAME=VALUE; NAME=VALUE`");
        insta::assert_snapshot!(refused(&["-u", "ana"]), @"error: invalid value 'ana' for '--user <USER:PASSWORD>': write it as `USER:PASSWORD`: nobody is there to be asked for the password");
        insta::assert_snapshot!(refused(&["--body", " {}"]), @"the body looks like JSON and would be sent as a form: write it with `--json-body`, or say its type with `-H 'content-type: …'`");
        insta::assert_snapshot!(refused(&["--body", "@/no/such"]), @"cannot read the body /no/such: No such file or directory (os error 2)");
    }
}
