//! The entries of an allow-list.
//!
//! | form | matches |
//! |---|---|
//! | `api.example.com` | that name, on ports 80 and 443 |
//! | `api.example.com:8443` | that name, on that port |
//! | `api.example.com:*` | that name, on every port |
//! | `*.example.com` | every name below `example.com`, but not `example.com` |
//! | `*` | every name and every public address, on ports 80 and 443 |
//! | `192.0.2.7`, `[2001:db8::1]:8080` | that address, in a URL or behind an allowed name |
//! | `10.0.0.0/8`, `10.0.0.0/8:8080` | every address in it, in a URL or behind an allowed name |
//! | `localhost:3000` | `localhost` and the loopback addresses behind it, on that port |
//!
//! Names ignore case. A path or a scheme is an error, because an entry allows hosts and not pages.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;

use super::is_public;
use super::reserved::least_prefix;

/// Why a text is not an entry of an allow-list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// The text is a URL; the second field is its host.
    #[error("`{0}` is a URL, not a host: write `{1}`")]
    Url(String, String),
    /// The port is invalid.
    #[error("`{0}` has no valid port: use 1 to 65535, or `*` for every port")]
    Port(String),
    /// A `*` stands within a label.
    #[error("`{0}`: a `*` stands for a whole host, or for every name below another as in `*.example.com`")]
    Star(String),
    /// Any other text.
    #[error("`{0}` is not a host: write a name, an address or a CIDR range, optionally with `:PORT`")]
    Host(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ports {
    Web,
    Every,
    One(u16),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Hosts {
    Every,
    Name(String),
    Below(String),
    Addresses(IpNet),
}

/// One entry of an allow-list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPattern {
    hosts: Hosts,
    ports: Ports,
    written: String,
    /// Whether it allows whatever addresses its name has. No text says so: see [`HostPattern::named`].
    allows_addresses: bool,
}

impl HostPattern {
    /// One host on one port, as a person names it on the spot, with whatever addresses its name has when it is dialled;
    /// private ones too. An address stands for itself.
    ///
    /// # Errors
    /// If it is not a host.
    pub fn named(host: &str, port: u16) -> Result<Self, PatternError> {
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let named: Self = format!("{host}:{port}").parse()?;
        Ok(Self { allows_addresses: matches!(named.hosts, Hosts::Name(_)), ..named })
    }

    /// Whether this entry allows connecting to any address behind a host: a person named that host on the spot.
    pub(super) fn allows_addresses_of(&self, host: &str, port: u16) -> bool {
        self.allows_addresses && self.covers_host(host, port)
    }

    fn covers_port(&self, port: u16) -> bool {
        match self.ports {
            Ports::Web => port == 80 || port == 443,
            Ports::Every => true,
            Ports::One(one) => one == port,
        }
    }

    /// Whether this entry allows a URL's host, before its name is resolved.
    pub fn covers_host(&self, host: &str, port: u16) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
        self.covers_port(port)
            && match (&self.hosts, address) {
                (Hosts::Every, _) => true,
                (Hosts::Addresses(net), Some(address)) => net.contains(&address),
                (Hosts::Name(name), None) => *name == host,
                (Hosts::Below(parent), None) => host
                    .strip_suffix(parent.as_str())
                    .is_some_and(|rest| rest.ends_with('.') && rest.len() > 1),
                _ => false,
            }
    }

    /// The entries that together cover exactly the hosts that both entries cover. The list is empty if they have
    /// nothing in common. It has two entries if a network meets an entry for the ports 80 and 443, because no single
    /// entry can express that.
    pub fn meet(&self, other: &Self) -> Vec<Self> {
        let (Some(hosts), Some(ports)) = (self.hosts.meet(&other.hosts), self.ports.meet(other.ports)) else {
            return Vec::new();
        };
        match (&hosts, ports) {
            (Hosts::Addresses(net), Ports::Web) if net.prefix_len() < net.max_prefix_len() => {
                vec![Self::of(hosts.clone(), Ports::One(80)), Self::of(hosts, Ports::One(443))]
            }
            _ => vec![Self::of(hosts, ports)],
        }
    }

    fn of(hosts: Hosts, ports: Ports) -> Self {
        let written = match ports {
            Ports::Web => hosts.to_string(),
            Ports::Every => format!("{hosts}:*"),
            Ports::One(port) => format!("{hosts}:{port}"),
        };
        Self { hosts, ports, written, allows_addresses: false }
    }

    /// Whether this entry needs addresses that are not public: such an address, a network of only such addresses,
    /// or `localhost`.
    pub(super) fn is_private(&self) -> bool {
        match &self.hosts {
            Hosts::Every | Hosts::Below(_) => false,
            Hosts::Name(name) => is_localhost(name),
            Hosts::Addresses(net) => {
                // A network this large contains public addresses, whatever its ends are.
                let is_wide = net.prefix_len() < 4;
                !is_wide && !is_public(net.network()) && !is_public(net.broadcast())
            }
        }
    }

    /// Whether this entry allows connecting to some address of a private entry.
    pub(super) fn grants_some_of(&self, private: &Self) -> bool {
        let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
        let means = |hosts: &Hosts, address: IpAddr| match hosts {
            Hosts::Addresses(net) => net.contains(&address),
            Hosts::Name(name) => is_localhost(name) && address.is_loopback(),
            Hosts::Every | Hosts::Below(_) => false,
        };
        self.ports.meet(private.ports).is_some()
            && match (&self.hosts, &private.hosts) {
                (Hosts::Addresses(one), Hosts::Addresses(other)) => {
                    one.contains(other) && one.prefix_len() >= least_prefix(other.network())
                        || other.contains(one)
                }
                (one, other) => {
                    loopback.into_iter().any(|address| means(one, address) && means(other, address))
                }
            }
    }

    /// Whether this entry names one address and one port, and these.
    pub(super) fn names(&self, address: IpAddr, port: u16) -> bool {
        self.ports == Ports::One(port)
            && match &self.hosts {
                Hosts::Addresses(net) => net.contains(&address) && net.prefix_len() == net.max_prefix_len(),
                Hosts::Name(name) => is_localhost(name) && address.is_loopback(),
                Hosts::Every | Hosts::Below(_) => false,
            }
    }

    /// Whether this entry allows connecting to an address that is not public.
    pub fn grants_address(&self, address: IpAddr, port: u16) -> bool {
        self.covers_port(port)
            && match &self.hosts {
                Hosts::Addresses(net) => net.contains(&address) && net.prefix_len() >= least_prefix(address),
                Hosts::Name(name) => is_localhost(name) && address.is_loopback(),
                Hosts::Every | Hosts::Below(_) => false,
            }
    }
}

impl Hosts {
    fn meet(&self, other: &Self) -> Option<Self> {
        let is_below = |name: &str, parent: &str| {
            name.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.') && rest.len() > 1)
        };
        match (self, other) {
            (Self::Every, hosts) | (hosts, Self::Every) => Some(hosts.clone()),
            (Self::Name(one), Self::Name(other)) => (one == other).then(|| self.clone()),
            (Self::Name(name), Self::Below(parent)) | (Self::Below(parent), Self::Name(name)) => {
                is_below(name, parent).then(|| Self::Name(name.clone()))
            }
            (Self::Below(one), Self::Below(other)) if one == other || is_below(one, other) => {
                Some(self.clone())
            }
            (Self::Below(one), Self::Below(below)) => is_below(below, one).then(|| other.clone()),
            (Self::Addresses(one), Self::Addresses(wide)) if wide.contains(one) => Some(self.clone()),
            (Self::Addresses(one), Self::Addresses(narrow)) => one.contains(narrow).then(|| other.clone()),
            (Self::Addresses(_), _) | (_, Self::Addresses(_)) => None,
        }
    }
}

/// Writes the entry without a port.
impl fmt::Display for Hosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every => f.write_str("*"),
            Self::Name(name) => f.write_str(name),
            Self::Below(parent) => write!(f, "*.{parent}"),
            Self::Addresses(net) => {
                let is_one = net.prefix_len() == net.max_prefix_len();
                let text = if is_one { net.addr().to_string() } else { net.to_string() };
                if text.contains(':') { write!(f, "[{text}]") } else { f.write_str(&text) }
            }
        }
    }
}

impl Ports {
    fn meet(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Every, ports) | (ports, Self::Every) => Some(ports),
            (Self::Web, Self::Web) => Some(Self::Web),
            (Self::Web, Self::One(port)) | (Self::One(port), Self::Web) => {
                matches!(port, 80 | 443).then_some(Self::One(port))
            }
            (Self::One(one), Self::One(other)) => (one == other).then_some(self),
        }
    }
}

fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl FromStr for HostPattern {
    type Err = PatternError;

    fn from_str(written: &str) -> Result<Self, PatternError> {
        let text = written.trim();
        if let Some((_, rest)) = text.split_once("://") {
            let host = rest.split('/').next().unwrap_or(rest);
            return Err(PatternError::Url(written.to_owned(), host.to_owned()));
        }
        let (host, ports) = split_port(text)?;
        let hosts = parse_hosts(host).ok_or_else(|| {
            if host.contains('*') {
                PatternError::Star(written.to_owned())
            } else {
                PatternError::Host(written.to_owned())
            }
        })?;
        let ports = match (&hosts, ports) {
            // A network without a port means every port, not the ports of the web.
            (Hosts::Addresses(net), Ports::Web) if net.prefix_len() < net.max_prefix_len() => Ports::Every,
            (_, ports) => ports,
        };
        Ok(Self { hosts, ports, written: text.to_owned(), allows_addresses: false })
    }
}

fn split_port(text: &str) -> Result<(&str, Ports), PatternError> {
    let bare_v6 = text.matches(':').count() > 1 && !text.starts_with('[');
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !bare_v6 && !port.ends_with(']') && !port.contains(']') => (host, port),
        _ => return Ok((text, Ports::Web)),
    };
    let ports = match port {
        "*" => Ports::Every,
        _ => port
            .parse()
            .ok()
            .filter(|port| *port != 0)
            .map(Ports::One)
            .ok_or_else(|| PatternError::Port(text.to_owned()))?,
    };
    Ok((host, ports))
}

fn parse_hosts(host: &str) -> Option<Hosts> {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    if host == "*" {
        return Some(Hosts::Every);
    }
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Some(Hosts::Addresses(IpNet::from(address)));
    }
    if let Ok(net) = bare.parse::<IpNet>() {
        return Some(Hosts::Addresses(net.trunc()));
    }
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    match name.strip_prefix("*.") {
        Some(parent) => is_dns_name(parent).then(|| Hosts::Below(parent.to_owned())),
        None => is_dns_name(&name).then_some(Hosts::Name(name)),
    }
}

fn is_dns_name(name: &str) -> bool {
    (1..=253).contains(&name.len())
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(pattern: &str, host: &str, port: u16) -> bool {
        pattern.parse::<HostPattern>().unwrap().covers_host(host, port)
    }

    #[test]
    fn each_form_matches_what_the_table_says() {
        assert!(
            covers("api.example.com", "API.example.com.", 443)
                && covers("api.example.com", "api.example.com", 80)
        );
        assert!(!covers("api.example.com", "api.example.com", 8443));
        assert!(covers("api.example.com:8443", "api.example.com", 8443));
        assert!(covers("api.example.com:*", "api.example.com", 9));
        assert!(covers("*.example.com", "a.b.example.com", 443));
        assert!(
            !covers("*.example.com", "example.com", 443) && !covers("*.example.com", "badexample.com", 443)
        );
        assert!(covers("*", "anything.example", 443) && !covers("*", "anything.example", 22));
        assert!(covers("127.0.0.1:7301", "127.0.0.1", 7301) && !covers("127.0.0.1:7301", "127.0.0.1", 80));
        assert!(covers("[::1]:8080", "[::1]", 8080) && covers("::1", "::1", 80));
        assert!(covers("10.0.0.0/8", "10.9.8.7", 22) && !covers("10.0.0.0/8:80", "10.9.8.7", 22));
        assert!(!covers("127.0.0.1", "127.0.0.1.example.com", 80));
    }

    #[test]
    fn private_addresses_need_an_entry_by_address() {
        let grants = |pattern: &str, address: &str| {
            pattern.parse::<HostPattern>().unwrap().grants_address(address.parse().unwrap(), 80)
        };
        assert!(grants("127.0.0.1", "127.0.0.1") && grants("10.0.0.0/8", "10.1.2.3"));
        assert!(grants("localhost", "127.0.0.1") && grants("localhost", "::1"));
        assert!(
            !grants("localhost", "10.0.0.1")
                && !grants("*", "127.0.0.1")
                && !grants("a.example", "127.0.0.1")
        );
        for wide in ["0.0.0.0/0", "126.0.0.0/7", "169.0.0.0/8", "::/0"] {
            for address in ["127.0.0.1", "169.254.169.254", "169.254.1.1", "::1", "fe80::1", "fd00:ec2::254"]
            {
                assert!(!grants(wide, address), "{wide} does not name {address}");
            }
        }
        assert!(
            grants("0.0.0.0/0", "10.1.2.3") && grants("127.0.0.0/8", "127.0.0.1") && grants("::1", "::1")
        );
        assert!(grants("169.254.0.0/16", "169.254.1.1") && !grants("169.254.0.0/16", "169.254.169.254"));
        assert!(grants("169.254.169.254", "169.254.169.254") && grants("168.63.129.16", "168.63.129.16"));
    }

    /// Entries of every form.
    const ENTRIES: [&str; 20] = [
        "*",
        "*:*",
        "*:80",
        "a.example",
        "a.example:80",
        "a.example:*",
        "a.example:8080",
        "*.example",
        "*.a.example:*",
        "*.b.a.example",
        "example",
        "localhost:3000",
        "127.0.0.1",
        "127.0.0.1:3000",
        "10.0.0.0/8",
        "10.1.0.0/16:80",
        "0.0.0.0/0",
        "::/0",
        "[2001:db8::/32]:443",
        "2001:db8::1",
    ];

    #[test]
    fn a_meeting_covers_what_both_cover_and_can_be_read_again() {
        let hosts =
            ["a.example", "b.a.example", "c.b.a.example", "example", "localhost", "127.0.0.1", "10.1.2.3"];
        let hosts: Vec<&str> = hosts.into_iter().chain(["10.9.9.9", "8.8.8.8", "[2001:db8::1]"]).collect();
        let parsed: Vec<HostPattern> = ENTRIES.iter().map(|text| text.parse().unwrap()).collect();
        for (one, other) in parsed.iter().flat_map(|one| parsed.iter().map(move |other| (one, other))) {
            let meeting = one.meet(other);
            let again: Vec<HostPattern> =
                meeting.iter().map(|entry| entry.to_string().parse().unwrap()).collect();
            for (host, port) in
                hosts.iter().flat_map(|host| [80, 443, 3000, 8080, 22].map(|port| (host, port)))
            {
                let both = one.covers_host(host, port) && other.covers_host(host, port);
                let covers = |list: &[HostPattern]| list.iter().any(|entry| entry.covers_host(host, port));
                assert_eq!(covers(&meeting), both, "{one} and {other} at {host}:{port}");
                assert_eq!(covers(&again), both, "{one} and {other}, read again, at {host}:{port}");
            }
        }
    }

    #[test]
    fn errors_name_the_mend() {
        let error = |text: &str| text.parse::<HostPattern>().unwrap_err().to_string();
        assert_eq!(
            error("https://api.example.com/x"),
            "`https://api.example.com/x` is a URL, not a host: write `api.example.com`"
        );
        assert!(HostPattern::named("a b", 80).is_err());
        assert!(error("a.example:99999").contains("no valid port"));
        assert!(error("a.*.example").contains("a `*` stands for"));
        assert!(error("two words").contains("is not a host"));
        assert!(error("").contains("is not a host"));
    }
}
