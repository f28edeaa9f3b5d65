//! Which server a command calls, and the token for it.
//!
//! | what | sources, the strongest first |
//! |---|---|
//! | server | `--server`, `WAYFARER_SERVER`, the user's settings, `listen` of the `wayfarer.toml` here, port 7300 of this machine |
//! | authorities | the system's, and those of `--ca-file`, `WAYFARER_CA_FILE` or the user's settings |
//! | token | `--token`, `--token-file`, their variables, the user's settings, and for a server of this machine `admin.token` in its data directory |
//!
//! The operator's token of this machine goes to another machine only if its file is named.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use url::{Host, Url};

use super::ClientError;
use crate::protocol::{ADMIN_TOKEN, Token};

/// What flags, environment and files say about the target.
#[derive(Debug, Clone)]
pub(crate) struct TargetOptions {
    pub(crate) server: Url,
    pub(crate) token: Option<String>,
    pub(crate) token_file: Option<PathBuf>,
    /// Certificates of authorities to trust beside the system's, as PEM.
    pub(crate) ca_file: Option<PathBuf>,
    /// The data directory that a server of this machine would have.
    pub(crate) data_dir: PathBuf,
}

/// A server and the token for it.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// The server's root; ends in a slash.
    pub(crate) url: Url,
    /// None if no source has one.
    pub(crate) token: Option<Token>,
    /// Where the token came from, for errors: a flag with its variable, or a file.
    pub(crate) token_source: String,
    /// Authorities to trust beside the system's: the file, and what it holds.
    pub(crate) authorities: Option<(PathBuf, Vec<u8>)>,
}

/// The source of a token that was given itself.
const FLAG: &str = "--token (or WAYFARER_TOKEN)";

impl Target {
    /// Reads the token from the strongest source.
    pub(crate) fn find(options: &TargetOptions) -> Result<Self, ClientError> {
        let own = options.data_dir.join(ADMIN_TOKEN);
        let (token, source) = match (&options.token, &options.token_file) {
            (Some(text), _) => (Some(parse(FLAG, text)?), FLAG.to_owned()),
            (None, Some(path)) => (Some(read(path)?), path.display().to_string()),
            (None, None) if is_this_machine(&options.server) && own.exists() => {
                (Some(read(&own)?), own.display().to_string())
            }
            (None, None) => (None, String::new()),
        };
        let read_ca = |path: &PathBuf| match std::fs::read(path) {
            Ok(pem) => Ok((path.clone(), pem)),
            Err(error) => Err(ClientError::Authorities { path: path.clone(), reason: error.to_string() }),
        };
        let authorities = options.ca_file.as_ref().map(read_ca).transpose()?;
        Ok(Self { url: options.server.clone(), token, token_source: source, authorities })
    }
}

/// Parses a server as people write it: a URL, or a host and a port. The error says what to write.
pub(crate) fn server_url(text: &str) -> Result<Url, String> {
    let full = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let wrong = || format!("`{text}` is not a server: write a URL such as `https://wayfarer.example.com`");
    let mut url = Url::parse(&full).map_err(|_| wrong())?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() || url.query().is_some() {
        return Err(wrong());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("remove the user name and the password from the URL: a server takes a token".to_owned());
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    url.set_fragment(None);
    Ok(url)
}

/// The URL of the server of this machine that listens on that address, with TLS or without.
pub(crate) fn own_server(listen: SocketAddr, is_tls: bool) -> Result<Url, String> {
    let address = match listen.ip() {
        IpAddr::V4(any) if any.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(any) if any.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address,
    };
    let scheme = if is_tls { "https" } else { "http" };
    server_url(&format!("{scheme}://{}", SocketAddr::new(address, listen.port())))
}

pub(super) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn read(path: &Path) -> Result<Token, ClientError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| ClientError::TokenFile { path: path.to_owned(), source })?;
    parse(&path.display().to_string(), &text)
}

fn parse(source_name: &str, text: &str) -> Result<Token, ClientError> {
    text.trim().parse().map_err(|error| ClientError::Token { source_name: source_name.to_owned(), error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_a_url_or_a_host_with_a_port() {
        let read = |text| server_url(text).map(String::from);
        assert_eq!(read("https://w.example/base"), Ok("https://w.example/base/".into()));
        assert_eq!(read("localhost:7300"), Ok("http://localhost:7300/".into()));
        assert!(
            read("ftp://w.example").is_err() && read("").is_err() && read("http://w.example/?a=b").is_err()
        );
        assert!(read("https://ana:secret@w.example").unwrap_err().contains("takes a token"));
        assert_eq!(own_server("0.0.0.0:80".parse().unwrap(), false).unwrap().as_str(), "http://127.0.0.1/");
        assert_eq!(own_server("[::]:7300".parse().unwrap(), true).unwrap().as_str(), "https://[::1]:7300/");
    }

    #[test]
    fn the_operators_token_stays_on_this_machine() {
        let folder = tempfile::tempdir().unwrap();
        let (admin, other) = (Token::new([1; 32]), Token::new([2; 32]));
        std::fs::write(folder.path().join(ADMIN_TOKEN), format!("{}\n", admin.reveal())).unwrap();
        let options = |server: &str| TargetOptions {
            server: server_url(server).unwrap(),
            token: None,
            token_file: None,
            ca_file: None,
            data_dir: folder.path().to_owned(),
        };
        let token = |options: &TargetOptions| Target::find(options).unwrap().token;
        assert_eq!(token(&options("127.0.0.1:7300")), Some(admin));
        assert_eq!(token(&options("https://w.example")), None);
        let named = TargetOptions { token: Some(other.reveal().to_owned()), ..options("https://w.example") };
        assert_eq!(token(&named), Some(other));
        let typo = Target::find(&TargetOptions { token: Some("wf_x".to_owned()), ..named }).unwrap_err();
        insta::assert_snapshot!(typo, @"--token (or WAYFARER_TOKEN): it is no token: a token has 52 characters and this has 4; copy all of it");
    }
}
