//! Addresses inside, in every spelling that some client reads as an address: none is asked, by a list that allows every name.

use serde_json::json;
use wayfarer_model::traffic::TrafficErrorKind;
use wayfarer_testkit::{none_differ, verified};

use super::rig::{Setup, get};

const INSIDE: [[u8; 4]; 16] = [
    [0, 0, 0, 0],
    [10, 0, 0, 1],
    [100, 64, 0, 1],
    [100, 100, 100, 200],
    [127, 0, 0, 1],
    [127, 255, 255, 254],
    [168, 63, 129, 16],
    [169, 254, 169, 254],
    [169, 254, 170, 2],
    [172, 16, 0, 1],
    [172, 31, 255, 255],
    [192, 0, 0, 192],
    [192, 168, 1, 1],
    [198, 18, 0, 1],
    [224, 0, 0, 1],
    [255, 255, 255, 255],
];

const INSIDE_V6: [&str; 12] = [
    "::",
    "::1",
    "0:0:0:0:0:0:0:1",
    "fe80::1",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
    "64:ff9b:1::1",
    "2001::1",
    "3fff::1",
];

/// How parsers of URLs, of C libraries and of languages read an address.
fn spellings([a, b, c, d]: [u8; 4]) -> Vec<String> {
    let number = u32::from_be_bytes([a, b, c, d]);
    let (low, lower) = (number & 0xff_ffff, number & 0xffff);
    let plain = format!("{a}.{b}.{c}.{d}");
    let wide: String = plain
        .chars()
        .map(
            |letter| {
                if letter == '.' { '\u{3002}' } else { char::from_u32(u32::from(letter) + 0xfee0).unwrap() }
            },
        )
        .collect();
    vec![
        format!("{plain}."),
        number.to_string(),
        format!("{number:#x}"),
        format!("{number:#X}").replace("0X", "0x"),
        format!("0{number:o}"),
        format!("{a}.{low}"),
        format!("{a}.{b}.{lower}"),
        format!("{a:#x}.{b:#x}.{c:#x}.{d:#x}"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("{a:#x}.0{b:o}.{lower}"),
        format!("0x{a:08x}.{b}.{c}.{d}"),
        plain.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat(),
        wide,
        format!("[::ffff:{plain}]"),
        format!("[::ffff:{:x}:{lower:x}]", number >> 16),
        format!("[0:0:0:0:0:ffff:{plain}]"),
        format!("[64:ff9b::{plain}]"),
        format!("[2002:{:x}:{lower:x}::1]", number >> 16),
        format!("[::{plain}]"),
        plain,
    ]
}

#[tokio::test]
async fn no_spelling_of_an_inside_address_is_asked() {
    let all = INSIDE.into_iter().flat_map(spellings).chain(INSIDE_V6.map(|address| format!("[{address}]")));
    let all: Vec<String> = all.collect();
    let mut reached = Vec::new();
    for host in &all {
        let rig = Setup::new().allow(&["*:*"]).start();
        let (kind, _, message) = rig.fails(get(&format!("http://{host}:7300/"))).await;
        if !matches!(kind, TrafficErrorKind::Denied | TrafficErrorKind::Malformed) {
            reached.push(format!("{host}: {kind:?} {message}"));
        }
    }
    none_differ(
        &format!("{} spellings of inside addresses: those that were asked", all.len()),
        reached.len(),
        reached.first().map_or("", String::as_str),
    );
    let wide = Setup::new().allow(&["*:*", "0.0.0.0/0", "::/0"]).start();
    let mut asked = Vec::new();
    for host in
        ["127.0.0.1", "[::1]", "0.0.0.0", "169.254.169.254", "[fe80::1]", "100.100.100.200", "localhost"]
    {
        let (kind, ..) = wide.fails(get(&format!("http://{host}:1/"))).await;
        asked.extend((kind != TrafficErrorKind::Denied).then_some(host));
    }
    let case = "an entry for every address: this machine, its links and clouds' credentials that were asked";
    verified(case, &json!([]), &json!(asked));
}
