//! Whether this machine has a way to an address at all, as far as its kernel knows at this moment.
//!
//! An address behind a gateway that nobody finds, on a link without a cable, or without a route says nothing of the target.
//! A neighbour that is not there is the target itself. Only Linux is asked; elsewhere nothing is claimed.

use std::net::IpAddr;

/// The way to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// The address is this machine's own, or a neighbour on a link that is up.
    Near,
    /// A gateway leads there.
    Beyond {
        /// Whether the kernel is just finding out if the gateway is still there.
        is_in_question: bool,
    },
    /// This machine has none, and why. The words go to whoever sees the run, so they name nothing of the runner's network.
    None(&'static str),
    /// The kernel does not say.
    Unknown,
}

/// The way to an address now.
#[cfg(target_os = "linux")]
pub(super) fn way_to(address: IpAddr) -> Way {
    linux::way_to(address).unwrap_or(Way::Unknown)
}

/// Not known here.
#[cfg(not(target_os = "linux"))]
pub(super) fn way_to(_: IpAddr) -> Way {
    Way::Unknown
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::net::IpAddr;

    use super::Way;
    use crate::net::netlink::{self, Interface, Route};

    pub(super) fn way_to(address: IpAddr) -> io::Result<Way> {
        let route = match netlink::route(address)? {
            Ok(route) => route,
            Err(error) => return Ok(Way::None(refused(error))),
        };
        if route.is_local {
            return Ok(Way::Near);
        }
        let interface = netlink::interface(route.interface)?;
        let state = match route.gateway {
            Some(gateway) => netlink::neighbour(route.interface, gateway)?,
            None => None,
        };
        Ok(judged(route, interface.as_ref(), state))
    }

    /// What the kernel's three answers mean together.
    pub(super) fn judged(route: Route, interface: Option<&Interface>, gateway_state: Option<u16>) -> Way {
        if interface.is_some_and(|interface| !interface.is_up) {
            return Way::None("the runner's link is down");
        }
        if route.gateway.is_none() {
            return Way::Near;
        }
        match gateway_state {
            Some(libc::NUD_FAILED) => Way::None("the runner's gateway does not answer"),
            Some(libc::NUD_INCOMPLETE | libc::NUD_DELAY | libc::NUD_PROBE) => {
                Way::Beyond { is_in_question: true }
            }
            _ => Way::Beyond { is_in_question: false },
        }
    }

    fn refused(error: i32) -> &'static str {
        match error {
            libc::EHOSTUNREACH => "the runner's own routes call the address unreachable",
            libc::EACCES => "the runner's own routes prohibit the address",
            libc::EINVAL => "the runner's own routes drop what is for the address",
            _ => "the runner has no route to the address",
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::linux::judged;
    use super::*;
    use crate::net::netlink::{Interface, Route};

    #[test]
    fn a_gateway_that_is_not_found_and_a_dead_link_are_no_way_and_a_neighbour_is_near() {
        let gateway: Option<IpAddr> = Some("192.0.2.1".parse().unwrap());
        let route = |gateway| Route { interface: 2, gateway, is_local: false };
        let link = |is_up| Interface { name: "eth0".to_owned(), is_up };
        let up = link(true);
        let by = |state| judged(route(gateway), Some(&up), state);
        assert_eq!(by(Some(libc::NUD_FAILED)), Way::None("the runner's gateway does not answer"));
        for state in [libc::NUD_INCOMPLETE, libc::NUD_DELAY, libc::NUD_PROBE] {
            assert_eq!(by(Some(state)), Way::Beyond { is_in_question: true });
        }
        for state in [None, Some(libc::NUD_REACHABLE), Some(libc::NUD_STALE), Some(libc::NUD_NOARP)] {
            assert_eq!(by(state), Way::Beyond { is_in_question: false });
        }
        assert_eq!(
            judged(route(None), Some(&up), Some(libc::NUD_FAILED)),
            Way::Near,
            "the target itself is gone"
        );
        for gateway in [None, gateway] {
            let down = judged(route(gateway), Some(&link(false)), Some(libc::NUD_REACHABLE));
            assert_eq!(down, Way::None("the runner's link is down"));
        }
    }

    #[test]
    fn loopback_is_near() {
        assert_eq!(way_to(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST)), Way::Near);
    }
}
