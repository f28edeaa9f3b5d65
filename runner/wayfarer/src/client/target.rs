//! Which server is meant, and by which token one gets in.
//!
//! | what | the strongest first |
//! |---|---|
//! | server | `--server`, `WAYFARER_SERVER`, the user's settings, `listen` of the `wayfarer.toml` here, port 7300 of this machine |
//! | token | `--token`, `--token-file`, their variables, the user's settings, and for a server of this machine `admin.token` in its data directory |
//!
//! The operator's token never goes to another machine unless it is named.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use url::{Host, Url};

use super::ClientError;
use crate::protocol::{ADMIN_TOKEN, Token};

/// What was said about it, here and there.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// The server.
    pub(crate) server: Url,
    /// The token itself.
    pub(crate) token: Option<String>,
    /// The file that holds it.
    pub(crate) token_file: Option<PathBuf>,
    /// Where a server of this machine would keep its things.
    pub(crate) data_dir: PathBuf,
}

/// A server and the way in.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// Its root; ends in a slash.
    pub(crate) url: Url,
    /// What it is shown.
    pub(crate) token: Option<Token>,
}

impl Place {
    /// Reads what has to be read.
    pub(crate) fn find(wanted: &Wanted) -> Result<Self, ClientError> {
        let token = match (&wanted.token, &wanted.token_file) {
            (Some(text), _) => Some(parse("--token", text)?),
            (None, Some(path)) => Some(read(path)?),
            (None, None) if is_here(&wanted.server) => {
                let path = wanted.data_dir.join(ADMIN_TOKEN);
                if path.exists() { Some(read(&path)?) } else { None }
            }
            (None, None) => None,
        };
        Ok(Self { url: wanted.server.clone(), token })
    }
}

/// Reads what people write for a server: a URL, or a host and a port.
///
/// # Errors
/// A sentence that says what to write.
pub(crate) fn server_url(text: &str) -> Result<Url, String> {
    let full = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let wrong = || format!("`{text}` is no server: write a URL such as `https://wayfarer.example.com`");
    let mut url = Url::parse(&full).map_err(|_| wrong())?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() || url.query().is_some() {
        return Err(wrong());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("a server takes a token, not a name and a password: leave them out of the URL".to_owned());
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    url.set_fragment(None);
    Ok(url)
}

/// The server of this machine that listens there.
///
/// # Errors
/// As [`server_url`].
pub(crate) fn own_server(listen: SocketAddr) -> Result<Url, String> {
    let address = match listen.ip() {
        IpAddr::V4(any) if any.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(any) if any.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address,
    };
    server_url(&format!("http://{}", SocketAddr::new(address, listen.port())))
}

/// Whether a URL leads to this machine.
pub(super) fn is_here(url: &Url) -> bool {
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

fn parse(place: &str, text: &str) -> Result<Token, ClientError> {
    text.trim().parse().map_err(|error| ClientError::Token { place: place.to_owned(), error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_reads_as_written() {
        let read = |text| server_url(text).map(String::from);
        assert_eq!(read("https://w.example/base"), Ok("https://w.example/base/".into()));
        assert_eq!(read("localhost:7300"), Ok("http://localhost:7300/".into()));
        assert!(
            read("ftp://w.example").is_err() && read("").is_err() && read("http://w.example/?a=b").is_err()
        );
        assert!(read("https://ana:secret@w.example").unwrap_err().contains("a token"));
        assert_eq!(own_server("0.0.0.0:80".parse().unwrap()).unwrap().as_str(), "http://127.0.0.1/");
        assert_eq!(own_server("[::]:7300".parse().unwrap()).unwrap().as_str(), "http://[::1]:7300/");
    }

    #[test]
    fn the_operators_token_stays_on_this_machine() {
        let folder = tempfile::tempdir().unwrap();
        let (admin, other) = (Token::new([1; 32]), Token::new([2; 32]));
        std::fs::write(folder.path().join(ADMIN_TOKEN), format!("{}\n", admin.reveal())).unwrap();
        let wanted = |server: &str| Wanted {
            server: server_url(server).unwrap(),
            token: None,
            token_file: None,
            data_dir: folder.path().to_owned(),
        };
        let token = |wanted: &Wanted| Place::find(wanted).unwrap().token;
        assert_eq!(token(&wanted("127.0.0.1:7300")), Some(admin));
        assert_eq!(token(&wanted("https://w.example")), None);
        let named = Wanted { token: Some(other.reveal().to_owned()), ..wanted("https://w.example") };
        assert_eq!(token(&named), Some(other));
        let typo = Place::find(&Wanted { token: Some("wf_x".to_owned()), ..named }).unwrap_err();
        insta::assert_snapshot!(typo, @"--token: it is no token: a token has 52 characters and this has 4; copy all of it");
    }
}
