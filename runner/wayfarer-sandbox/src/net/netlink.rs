//! Three questions to the kernel (rtnetlink): the way to an address, the state of a neighbour, the state of an interface.
//!
//! Each is one datagram there and one back. The kernel has answered before the question's call returns, so nothing waits.
//! `/proc/net/route` shows one table without the rules that choose it, and the crates for rtnetlink bring derive macros or
//! a runtime of their own: three messages of two dozen bytes are less than either.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};

/// Bytes before a message's own header: length, kind, flags, number, sender.
const ENVELOPE: usize = 16;
const IS_REQUEST: u16 = 1;
/// A gateway of another family than the address; not in every libc.
const RTA_VIA: u16 = 18;
const IPV4: u8 = libc::AF_INET as u8;
const IPV6: u8 = libc::AF_INET6 as u8;

/// The way that the kernel chooses, by all its tables and rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Route {
    /// The number of the interface.
    pub(super) interface: u32,
    /// None if the address is reached directly.
    pub(super) gateway: Option<IpAddr>,
    /// Whether the address is this machine's own.
    pub(super) is_local: bool,
}

/// An interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Interface {
    pub(super) name: String,
    /// Whether it is switched on and something is at the other end of its cable.
    pub(super) is_up: bool,
}

/// The way to an address; `Err` inside is the kernel's refusal, such as `ENETUNREACH`.
///
/// # Errors
/// The kernel cannot be asked.
pub(super) fn route(to: IpAddr) -> io::Result<Result<Route, i32>> {
    let (family, bytes) = of_address(to);
    let bits = u8::try_from(bytes.len() * 8).unwrap_or(u8::MAX);
    let header = [family, bits, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let answer = ask(&encoded(libc::RTM_GETROUTE, &header, &[(libc::RTA_DST, &bytes)]))?;
    match Message::decoded(&answer, libc::RTM_NEWROUTE, header.len()) {
        Some(Message::Is { header, attributes }) => route_of(header, attributes).ok_or_else(odd),
        Some(Message::Refusal(error)) => Ok(Err(error)),
        None => Err(odd()),
    }
}

/// What the kernel knows of a neighbour (`NUD_…`); none if nothing.
///
/// # Errors
/// The kernel cannot be asked.
pub(super) fn neighbour(interface: u32, address: IpAddr) -> io::Result<Option<u16>> {
    let (family, bytes) = of_address(address);
    let mut header = [0; 12];
    put(&mut header, 0, &[family]);
    put(&mut header, 4, &interface.to_ne_bytes());
    let answer = ask(&encoded(libc::RTM_GETNEIGH, &header, &[(libc::NDA_DST, &bytes)]))?;
    match Message::decoded(&answer, libc::RTM_NEWNEIGH, header.len()) {
        Some(Message::Is { header, .. }) => Ok(Some(u16::from_ne_bytes(taken(header, 8).ok_or_else(odd)?))),
        Some(Message::Refusal(_)) => Ok(None),
        None => Err(odd()),
    }
}

/// The state of an interface; none if there is none of that number.
///
/// # Errors
/// The kernel cannot be asked.
pub(super) fn interface(number: u32) -> io::Result<Option<Interface>> {
    let mut header = [0; 16];
    put(&mut header, 4, &number.to_ne_bytes());
    let answer = ask(&encoded(libc::RTM_GETLINK, &header, &[]))?;
    match Message::decoded(&answer, libc::RTM_NEWLINK, header.len()) {
        Some(Message::Is { header, attributes }) => {
            let flags = u32::from_ne_bytes(taken(header, 8).ok_or_else(odd)?);
            // That a cable was pulled out shows in the first two of these at once, and in the last up to a second later.
            let wanted = (libc::IFF_UP | libc::IFF_LOWER_UP | libc::IFF_RUNNING) as u32;
            let name = Attributes(attributes).find(|(kind, _)| *kind == libc::IFLA_IFNAME);
            let name = name.map_or_else(String::new, |(_, name)| {
                String::from_utf8_lossy(name).trim_end_matches('\0').to_owned()
            });
            Ok(Some(Interface { name, is_up: flags & wanted == wanted }))
        }
        Some(Message::Refusal(_)) => Ok(None),
        None => Err(odd()),
    }
}

/// Of a routing message and its attributes.
fn route_of(header: &[u8], attributes: &[u8]) -> Option<Result<Route, i32>> {
    let refusal = match *header.get(7)? {
        libc::RTN_UNREACHABLE => Some(libc::EHOSTUNREACH),
        libc::RTN_BLACKHOLE => Some(libc::EINVAL),
        libc::RTN_PROHIBIT => Some(libc::EACCES),
        _ => None,
    };
    if let Some(refusal) = refusal {
        return Some(Err(refusal));
    }
    let mut route = Route { interface: 0, gateway: None, is_local: *header.get(7)? == libc::RTN_LOCAL };
    for (kind, value) in Attributes(attributes) {
        match kind {
            libc::RTA_OIF => route.interface = u32::from_ne_bytes(taken(value, 0)?),
            libc::RTA_GATEWAY => route.gateway = address_of(value),
            // A family of two bytes goes before the address: an IPv4 address by an IPv6 gateway.
            RTA_VIA => route.gateway = address_of(value.get(2..)?),
            _ => {}
        }
    }
    Some(Ok(route))
}

/// A question: its envelope, its header, its attributes.
fn encoded(kind: u16, header: &[u8], attributes: &[(u16, &[u8])]) -> Vec<u8> {
    let mut body = header.to_vec();
    for (kind, value) in attributes {
        body.extend(u16::try_from(4 + value.len()).unwrap_or(u16::MAX).to_ne_bytes());
        body.extend(kind.to_ne_bytes());
        body.extend(*value);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    let length = u32::try_from(ENVELOPE + body.len()).unwrap_or(u32::MAX);
    let mut message = length.to_ne_bytes().to_vec();
    message.extend(kind.to_ne_bytes());
    message.extend(IS_REQUEST.to_ne_bytes());
    message.extend([0; 8]);
    message.extend(body);
    message
}

/// The kernel's answer.
enum Message<'a> {
    Is {
        header: &'a [u8],
        attributes: &'a [u8],
    },
    /// A positive error number.
    Refusal(i32),
}

impl<'a> Message<'a> {
    /// An answer of a kind, whose header has so many bytes.
    fn decoded(answer: &'a [u8], wanted: u16, header: usize) -> Option<Self> {
        let length = usize::try_from(u32::from_ne_bytes(taken(answer, 0)?)).ok()?;
        let kind = u16::from_ne_bytes(taken(answer, 4)?);
        let body = answer.get(ENVELOPE..length)?;
        if kind == libc::NLMSG_ERROR as u16 {
            return Some(Self::Refusal(i32::from_ne_bytes(taken(body, 0)?).checked_neg()?));
        }
        let (header, attributes) = body.split_at_checked(header).filter(|_| kind == wanted)?;
        Some(Self::Is { header, attributes })
    }
}

/// The attributes of a message, one after the other.
struct Attributes<'a>(&'a [u8]);

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let length = usize::from(u16::from_ne_bytes(taken(self.0, 0)?));
        // Two bits of the kind are flags.
        let kind = u16::from_ne_bytes(taken(self.0, 2)?) & 0x3fff;
        let value = self.0.get(4..length)?;
        self.0 = self.0.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((kind, value))
    }
}

fn ask(question: &[u8]) -> io::Result<Vec<u8>> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, None)?;
    rustix::net::sendto(&socket, question, SendFlags::empty(), &SocketAddrNetlink::new(0, 0))?;
    let mut answer = vec![0; 16 << 10];
    let (received, _) = rustix::net::recv(&socket, answer.as_mut_slice(), RecvFlags::empty())?;
    answer.truncate(received);
    Ok(answer)
}

fn odd() -> io::Error {
    io::Error::other("the kernel's answer cannot be read")
}

fn of_address(address: IpAddr) -> (u8, Vec<u8>) {
    match address {
        IpAddr::V4(address) => (IPV4, address.octets().to_vec()),
        IpAddr::V6(address) => (IPV6, address.octets().to_vec()),
    }
}

fn address_of(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => taken(bytes, 0).map(|octets: [u8; 4]| Ipv4Addr::from(octets).into()),
        16 => taken(bytes, 0).map(|octets: [u8; 16]| Ipv6Addr::from(octets).into()),
        _ => None,
    }
}

/// So many bytes from a place on.
fn taken<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    let places = bytes.iter_mut().skip(at);
    places.zip(value).for_each(|(place, byte)| *place = *byte);
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    const IS_NEW: u16 = 0x600;
    const WANTS_ACKNOWLEDGEMENT: u16 = 4;

    /// An interface of a test's own namespace, and the other end of its cable.
    pub(in crate::net) struct Link {
        own: u32,
        other: u32,
    }

    /// What a route of a test's own namespace does.
    pub(in crate::net) enum Way {
        Gateway([u8; 4]),
        Unreachable,
        Prohibited,
        Dropped,
    }

    /// Tells the kernel something, which it must agree to.
    fn tell(kind: u16, header: &[u8], attributes: &[(u16, &[u8])]) {
        let mut order = encoded(kind, header, attributes);
        put(&mut order, 6, &(IS_REQUEST | IS_NEW | WANTS_ACKNOWLEDGEMENT).to_ne_bytes());
        let answer = ask(&order).unwrap();
        let Some(Message::Refusal(0)) = Message::decoded(&answer, u16::MAX, 0) else {
            panic!("the kernel refuses message {kind}: {answer:?}")
        };
    }

    fn by_name(name: &str) -> u32 {
        (1..100).find(|number| interface(*number).unwrap().is_some_and(|found| found.name == name)).unwrap()
    }

    impl Link {
        pub(in crate::net) fn pair(own: &str, other: &str) -> Self {
            // What is nested in an attribute is written as a message's attributes are, so its encoding is a message's end.
            let nested = |attributes: &[(u16, &[u8])]| encoded(0, &[], attributes).split_off(ENVELOPE);
            let peer = [vec![0; 16], nested(&[(libc::IFLA_IFNAME, other.as_bytes())])].concat();
            let data = nested(&[(1, &peer)]);
            let info = nested(&[(1, b"veth"), (2, &data)]);
            let attributes = [(libc::IFLA_IFNAME, own.as_bytes()), (libc::IFLA_LINKINFO, &info[..])];
            tell(libc::RTM_NEWLINK, &[0; 16], &attributes);
            Self { own: by_name(own), other: by_name(other) }
        }

        pub(in crate::net) fn up(&self) {
            Self::switch(self.own, true);
            Self::switch(self.other, true);
        }

        /// Switches the other end off.
        pub(in crate::net) fn pull_out(&self) {
            Self::switch(self.other, false);
        }

        fn switch(number: u32, is_on: bool) {
            let mut header = [0; 16];
            put(&mut header, 4, &number.to_ne_bytes());
            put(&mut header, 8, &u32::from(is_on).to_ne_bytes());
            put(&mut header, 12, &1_u32.to_ne_bytes());
            let mut order = encoded(libc::RTM_NEWLINK, &header, &[]);
            put(&mut order, 6, &(IS_REQUEST | WANTS_ACKNOWLEDGEMENT).to_ne_bytes());
            let answer = ask(&order).unwrap();
            assert!(
                matches!(Message::decoded(&answer, u16::MAX, 0), Some(Message::Refusal(0))),
                "{answer:?}"
            );
        }

        pub(in crate::net) fn address(&self, address: [u8; 4], bits: u8) {
            let mut header = [IPV4, bits, 0, 0, 0, 0, 0, 0];
            put(&mut header, 4, &self.own.to_ne_bytes());
            tell(libc::RTM_NEWADDR, &header, &[(libc::IFA_LOCAL, &address), (libc::IFA_ADDRESS, &address)]);
        }
    }

    impl Way {
        pub(in crate::net) fn lead(self, network: [u8; 4], bits: u8, by: &Link) {
            let (kind, gateway) = match self {
                Self::Gateway(gateway) => (1, Some(gateway)),
                Self::Dropped => (libc::RTN_BLACKHOLE, None),
                Self::Unreachable => (libc::RTN_UNREACHABLE, None),
                Self::Prohibited => (libc::RTN_PROHIBIT, None),
            };
            let header = [IPV4, bits, 0, 0, libc::RT_TABLE_MAIN, 4, 0, kind, 0, 0, 0, 0];
            let interface = by.own.to_ne_bytes();
            let mut attributes: Vec<(u16, &[u8])> = vec![(libc::RTA_DST, &network)];
            if let Some(gateway) = &gateway {
                attributes.extend([(libc::RTA_GATEWAY, &gateway[..]), (libc::RTA_OIF, &interface)]);
            }
            tell(libc::RTM_NEWROUTE, &header, &attributes);
        }
    }

    #[test]
    fn the_kernel_knows_the_way_to_this_machine_itself() {
        let own = route(IpAddr::V4(Ipv4Addr::LOCALHOST)).unwrap().unwrap();
        assert!(own.is_local && own.gateway.is_none(), "{own:?}");
        let interface = interface(own.interface).unwrap().unwrap();
        assert_eq!(interface, Interface { name: "lo".to_owned(), is_up: true });
        assert_eq!(neighbour(own.interface, IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9))).unwrap(), None);
        assert_eq!(super::interface(u32::MAX >> 2).unwrap(), None);
    }

    #[test]
    fn an_answer_by_a_gateway_reads_as_one() {
        let mut header = [0; 12];
        put(&mut header, 0, &[IPV4, 32]);
        put(&mut header, 7, &[1]);
        let (interface, gateway) = (7_u32.to_ne_bytes(), [192, 0, 2, 1]);
        let attributes = [(libc::RTA_OIF, &interface[..]), (libc::RTA_GATEWAY, &gateway)];
        let answer = encoded(libc::RTM_NEWROUTE, &header, &attributes);
        let Some(Message::Is { header, attributes }) = Message::decoded(&answer, libc::RTM_NEWROUTE, 12)
        else {
            panic!("{answer:?}")
        };
        let gateway = Some(IpAddr::from(gateway));
        assert_eq!(route_of(header, attributes), Some(Ok(Route { interface: 7, gateway, is_local: false })));
        let mut header = header.to_vec();
        put(&mut header, 7, &[libc::RTN_UNREACHABLE]);
        assert_eq!(route_of(&header, attributes), Some(Err(libc::EHOSTUNREACH)));
        let refusal = encoded(libc::NLMSG_ERROR as u16, &(-libc::ENETUNREACH).to_ne_bytes(), &[]);
        let decoded = Message::decoded(&refusal, libc::RTM_NEWROUTE, 12);
        assert!(matches!(decoded, Some(Message::Refusal(libc::ENETUNREACH))));
        for length in 0..answer.len() {
            assert!(Message::decoded(&answer[..length], libc::RTM_NEWROUTE, 12).is_none(), "cut at {length}");
        }
    }
}
