//! Beacons and control names of `[network]` in wayfarer.toml: whether they tell a dead target from a dead uplink.

use wayfarer_sandbox::net::Controls;

use super::Finding;

const BEACONS: &str = "beacons";
const NAMES: &str = "control names";

/// Asks each of them. Takes a few seconds at most.
pub(crate) async fn controls(controls: &Controls) -> Vec<Finding> {
    let (signs, has_names) = tokio::join!(controls.signs(), controls.has_names());
    let mut findings = Vec::new();
    for (beacon, sign) in signs.iter().flat_map(|signs| &signs.0) {
        findings.push(match sign {
            Ok(sign) => Finding::good(BEACONS, format!("{beacon} answers within {}", sign.took)),
            Err(why) => {
                let fix =
                    "name another one, or mend the way there: `beacons` under [network] in wayfarer.toml";
                Finding::bad(BEACONS, format!("{beacon} gives no sign: {why}"), fix)
            }
        });
    }
    if let [_] = controls.beacons() {
        let fix =
            "name a second one of somebody else's: one that is away makes every silent target inconclusive";
        findings.push(Finding::odd(BEACONS, "there is only one", fix));
    }
    let listed: Vec<String> = controls.names().iter().map(ToString::to_string).collect();
    findings.extend(has_names.map(|has_names| {
        if has_names {
            Finding::good(NAMES, format!("the name server knows {}", listed.join(", ")))
        } else {
            let fix = "mend the name server, or name what it knows: `control_names` under [network] in wayfarer.toml";
            Finding::bad(NAMES, format!("the name server does not know {}", listed.join(", ")), fix)
        }
    }));
    findings
}

#[cfg(test)]
mod tests {
    use wayfarer_sandbox::net::{ControlSettings, Controls};

    use crate::author::doctor::Rating;

    #[tokio::test]
    async fn a_beacon_that_gives_no_sign_is_bad_and_a_single_one_is_odd() {
        assert_eq!(
            super::controls(&Controls::default()).await,
            [],
            "nothing is configured, and nobody is asked"
        );
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let of = |addresses: &[std::net::SocketAddr]| {
            let beacons =
                addresses.iter().map(|address| format!("tcp://{address}").parse().unwrap()).collect();
            let mut settings = ControlSettings { beacons, ..ControlSettings::default() };
            settings.network.policy =
                wayfarer_model::egress::EgressPolicy::parse("here", ["127.0.0.0/8"]).unwrap();
            Controls::new(settings).unwrap()
        };
        let both = super::controls(&of(&[listener.local_addr().unwrap(), free])).await;
        let ratings: Vec<Rating> = both.iter().map(|finding| finding.state).collect();
        assert_eq!(ratings, [Rating::Good, Rating::Bad], "{both:?}");
        assert!(both[1].found.contains("connection refused"), "{both:?}");
        let one = super::controls(&of(&[listener.local_addr().unwrap()])).await;
        assert_eq!(one.last().unwrap().state, Rating::Odd, "{one:?}");
    }
}
