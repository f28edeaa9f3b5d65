//! What a browser does at a door: it keeps cookies, sends forms with their origin, and says where it was led. It follows nothing by itself,
//! so a scenario sees each step.

use std::collections::BTreeMap;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{HeaderMap, Method, Request, Version, header};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};

use super::Authority;
use super::server::runtime;

/// A browser with its cookies.
pub struct Browser {
    trust: Option<TlsConnector>,
    /// By host and port, then by path and name.
    cookies: BTreeMap<String, BTreeMap<(String, String), String>>,
}

/// What it was answered.
#[derive(Debug)]
pub struct Page {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
    /// The protocol's version.
    pub version: Version,
    /// The certificate that the server showed, if it spoke TLS.
    pub certificate: Option<CertificateDer<'static>>,
}

impl Page {
    /// Where it leads.
    pub fn location(&self) -> String {
        self.headers
            .get(header::LOCATION)
            .map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
    }

    /// The value of a hidden field of a form.
    pub fn field(&self, name: &str) -> String {
        let rest = self.body.split(&format!("name=\"{name}\" value=\"")).nth(1);
        let rest = rest.unwrap_or_else(|| panic!("no field {name} in {}", self.body));
        rest.split('"').next().unwrap().to_owned()
    }

    /// Requires a status.
    #[expect(clippy::return_self_not_must_use, reason = "many steps of a scenario end with it")]
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:#?}");
        self
    }

    /// Requires a text of its body.
    #[expect(clippy::return_self_not_must_use, reason = "many steps of a scenario end with it")]
    #[track_caller]
    pub fn shows(self, text: &str) -> Self {
        assert!(self.body.contains(text), "no `{text}` in {self:#?}");
        self
    }
}

impl Browser {
    /// One that trusts that authority.
    pub fn trusting(authority: &Authority) -> Self {
        let config = authority.client(&[]);
        Self { trust: Some(TlsConnector::from(config)), cookies: BTreeMap::new() }
    }

    /// The same with these protocols to offer.
    pub fn offering(authority: &Authority, protocols: &[&str]) -> Self {
        let config = authority.client(protocols);
        Self { trust: Some(TlsConnector::from(config)), cookies: BTreeMap::new() }
    }

    /// One that speaks plain HTTP.
    pub fn plain() -> Self {
        Self { trust: None, cookies: BTreeMap::new() }
    }

    /// The names of the cookies that it has for a host and port, and their values.
    pub fn cookies(&self, host: &str) -> BTreeMap<String, String> {
        let own = self.cookies.get(host).into_iter().flatten();
        own.map(|((_, name), value)| (name.clone(), value.clone())).collect()
    }

    /// Puts a cookie there, as somebody else would.
    pub fn plant(&mut self, host: &str, name: &str, value: &str) {
        let key = ("/".to_owned(), name.to_owned());
        self.cookies.entry(host.to_owned()).or_default().insert(key, value.to_owned());
    }

    /// Opens a page.
    #[track_caller]
    pub fn get(&mut self, url: &str) -> Page {
        self.send(Method::GET, url, &[], Bytes::new())
    }

    /// Sends a form as a page of the same server does.
    #[track_caller]
    pub fn post(&mut self, url: &str, fields: &[(&str, &str)]) -> Page {
        let (scheme, rest) = url.split_once("://").unwrap();
        let origin = format!("{scheme}://{}", rest.split('/').next().unwrap());
        self.post_from(&origin, url, fields)
    }

    /// Sends a form as a page of that origin does.
    #[track_caller]
    pub fn post_from(&mut self, origin: &str, url: &str, fields: &[(&str, &str)]) -> Page {
        let encode =
            |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat();
        let pairs: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        let headers = [("origin", origin), ("content-type", "application/x-www-form-urlencoded")];
        self.send(Method::POST, url, &headers, pairs.join("&").into())
    }

    /// Sends a request, with the cookies that it has.
    #[track_caller]
    pub fn send(&mut self, method: Method, url: &str, headers: &[(&str, &str)], body: Bytes) -> Page {
        let (scheme, rest) = url.split_once("://").unwrap();
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let path = if path.is_empty() { "/" } else { path };
        let mut request = Request::builder().method(method);
        let cookies = self.cookies.get(host).into_iter().flatten();
        let of_page = path.split('?').next().unwrap();
        let cookies = cookies.filter(|((folder, _), _)| is_within(of_page, folder));
        let cookies: Vec<String> = cookies.map(|((_, name), value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let tls = (scheme == "https").then(|| self.trust.clone().expect("it trusts an authority"));
        let page = runtime().block_on(exchange(tls, host.to_owned(), path.to_owned(), request, body));
        self.keep(host, &page.headers);
        page
    }

    fn keep(&mut self, host: &str, headers: &HeaderMap) {
        let own = self.cookies.entry(host.to_owned()).or_default();
        for line in headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            let folder = line
                .split(';')
                .find_map(|part| part.trim().strip_prefix("Path=").or(part.trim().strip_prefix("path=")));
            let key = (folder.unwrap_or("/").to_owned(), name.to_owned());
            let is_gone = value.is_empty() || line.contains("Max-Age=0") || line.contains("01 Jan 1970");
            if is_gone {
                own.remove(&key);
            } else {
                own.insert(key, value.to_owned());
            }
        }
    }
}

/// Whether a cookie of that path goes to a page (RFC 6265, section 5.1.4).
fn is_within(page: &str, folder: &str) -> bool {
    page.strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || folder.ends_with('/'))
}

async fn exchange(
    tls: Option<TlsConnector>,
    host: String,
    path: String,
    request: hyper::http::request::Builder,
    body: Bytes,
) -> Page {
    let stream = TcpStream::connect(&host).await.unwrap();
    let Some(tls) = tls else {
        let request = request.uri(path).header(header::HOST, &host);
        return over_http1(TokioIo::new(stream), request.body(Full::new(body)).unwrap(), None).await;
    };
    let name = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name).to_owned();
    let stream = tls.connect(ServerName::try_from(name).unwrap(), stream).await.unwrap();
    let session = stream.get_ref().1;
    let certificate = session.peer_certificates().map(|all| all[0].clone().into_owned());
    if session.alpn_protocol() != Some(b"h2") {
        let request = request.uri(path).header(header::HOST, &host);
        return over_http1(TokioIo::new(stream), request.body(Full::new(body)).unwrap(), certificate).await;
    }
    let request = request.uri(format!("https://{host}{path}")).body(Full::new(body)).unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    read(sender.send_request(request).await.unwrap(), certificate).await
}

async fn over_http1<S>(
    io: TokioIo<S>,
    request: Request<Full<Bytes>>,
    certificate: Option<CertificateDer<'static>>,
) -> Page
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
    tokio::spawn(connection);
    read(sender.send_request(request).await.unwrap(), certificate).await
}

async fn read(
    answer: hyper::Response<hyper::body::Incoming>,
    certificate: Option<CertificateDer<'static>>,
) -> Page {
    let (parts, body) = answer.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let body = String::from_utf8_lossy(&bytes).into_owned();
    Page { status: parts.status.as_u16(), headers: parts.headers, body, version: parts.version, certificate }
}
