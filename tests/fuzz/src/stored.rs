//! What is read back from the database, which somebody may have damaged: an error, never a panic.

use wayfarer_model::context::{AttemptContext, Lane};
use wayfarer_model::ids::{ComponentDigest, RunId};
use wayfarer_model::report::{AttemptReport, Disclosure};
use wayfarer_model::units::{Bytes, Micros, UnixMillis};
use wayfarer_model::verdict::{Reason, Verdict};

use crate::product::pack::{Part, pack, strip, unpack};
use crate::product::stored::{StoredDescriptors, StoredSpec};
use crate::{Target, texts};

/// An attempt's packed detail.
pub(crate) const DETAIL: Target = Target {
    name: "detail",
    run: detail,
    seeds: || {
        texts(&[
            r#"{"s":[["log in",0,212,1,null,{"kind":"check","message":"no"}],["order",3,9]],"c":[["accepted",7,0,3,"503","201",["src/lib.rs",17,9]]],"p":[["HTTP/1.1","1.1.1.1:443","TLSv1.3",1]],"r":[[0,1,"GET",0,"/a?b",200,9,1,1,1,1,1,0,5,6,1],[null,1,"GET",0,"/",null,9,0,0,0,0,0,null,0,0,2,{"kind":"connect","message":"refused","blame":"target"},"x"]],"m":[["size",0,3,1.5,"B"]],"l":[[1,"info","hello",0,[["a","b"]]]],"a":[["shot","text/plain",5,0,8]],"o":["https://shop.example"],"f":{"kind":"check","message":"m","actual":"1","expected":"2"},"x":[[0,[["accept","*/*"]],0,7,[["content-type","text/html"]],2],[1,[]]],"g":["137fd44dfccccfa0","order"],"d":12}"#,
            r#"{"r":[[0,1,"GET",18446744073709551615,"/"]]}"#,
            r#"{"m":[["n",4294967295,18446744073709551615,-1e308]]}"#,
            "{}",
        ])
    },
    is_slow: false,
};

fn detail(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for part in [Part::Logs, Part::Bodies] {
        if let Some((stripped, _)) = strip(text, part) {
            let _ = unpack(&stripped);
        }
    }
    let Ok((recording, failure)) = unpack(text) else { return };
    let report = AttemptReport {
        context: AttemptContext {
            run_id: RunId::new(UnixMillis(0), [0; 10]),
            tenant: "acme".parse().unwrap(),
            journey: "checkout".parse().unwrap(),
            slot: UnixMillis(0),
            number: 1,
            location: "local".parse().unwrap(),
            lane: Lane::Scheduled,
        },
        component: ComponentDigest([0; 32]),
        fingerprint: String::new(),
        started_at: UnixMillis(0),
        duration_us: Micros(0),
        cpu_us: Micros(0),
        stall_us: Micros(0),
        memory_peak: Bytes(0),
        verdict: Verdict::Passed,
        reason: Reason::None,
        failure,
        recording,
        disclosure: Disclosure::default(),
    };
    let once = pack(&report, None);
    let (recording, failure) = unpack(&once).expect("what is packed is read back");
    assert_eq!(pack(&AttemptReport { recording, failure, ..report }, None), once, "and stays as it is");
}

/// A stored version of a journey, or a component's stored descriptors.
pub(crate) const SPEC: Target = Target {
    name: "spec",
    run: |data| {
        let Ok(text) = std::str::from_utf8(data) else { return };
        if let Ok(journeys) = StoredDescriptors::read(text) {
            let again = serde_json::to_string(&StoredDescriptors::of(&journeys)).unwrap();
            assert_eq!(StoredDescriptors::read(&again).unwrap(), journeys);
        }
        let Ok(spec) = StoredSpec::read(text) else { return };
        let stored = StoredSpec::of(&spec);
        let _ = stored.columns();
        assert_eq!(StoredSpec::read(&serde_json::to_string(&stored).unwrap()).unwrap(), spec);
    },
    seeds: || {
        let spec = wayfarer_testkit::spec("checkout");
        let more = wayfarer_model::deployment::JourneySpec {
            code: wayfarer_model::deployment::Code::Component(ComponentDigest([0xab; 32])),
            allow: vec!["*.example.com:*".to_owned()],
            group: Some("account".parse().unwrap()),
            ..spec.clone()
        };
        let mut seeds: Vec<Vec<u8>> =
            [&spec, &more].map(|spec| serde_json::to_vec(&StoredSpec::of(spec)).unwrap()).into();
        seeds.push(serde_json::to_vec(&StoredDescriptors::of(&[spec.descriptor])).unwrap());
        seeds
    },
    is_slow: false,
};
