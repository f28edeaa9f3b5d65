//! Attacks by who reaches the API: uploads that are never done, and connections that say nothing.

use std::any::Any;
use std::net::TcpStream;

use wayfarer_tests::support::{Runner, crafted, guest, times};

use super::siege::{Attack, Siege};

/// Uploads of variants of a component, each begun and none waited for.
fn uploads(name: String, component: Vec<u8>, count: u32) -> Attack {
    let also = move |runner: &Runner| {
        let begun: Vec<TcpStream> = (0..count)
            .map(|number| {
                let component = crafted::variant(&component, number);
                runner.begin_upload("globex", &component, component.len())
            })
            .collect();
        Box::new(begun) as Box<dyn Any>
    };
    Attack { name, journeys: String::new(), also: Some(Box::new(also)) }
}

#[test]
fn uploads_and_silent_connections_hold_up_nobody() {
    let busy = std::fs::read(guest("raw_busy")).unwrap();
    let dozing = std::fs::read(guest("raw_dozing")).unwrap();
    let (describes, bombs) = (times(66), times(70));
    let silent = |runner: &Runner| {
        let connections: Vec<TcpStream> = (0..200).map(|_| runner.connect()).collect();
        Box::new(connections) as Box<dyn Any>
    };
    let siege = Siege::begin("", |_| {});
    siege.withstands(
        "uploads and connections",
        vec![
            uploads(format!("{describes} uploads whose `describe` never ends"), busy, describes),
            uploads(format!("{describes} uploads whose `describe` sleeps"), dozing, describes),
            uploads(
                format!("{bombs} uploads that take the compiler minutes"),
                crafted::slow_to_compile(),
                bombs,
            ),
            Attack {
                name: "200 silent connections".to_owned(),
                journeys: String::new(),
                also: Some(Box::new(silent)),
            },
        ],
    );
    siege.ends_well("uploads and connections");
}
