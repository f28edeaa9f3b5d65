//! What a component says of its journeys: the bounds and rules that stand between it and everybody's memory and terminals.

use wayfarer_model::descriptor::{Descriptor, check};
use wayfarer_model::text::check_text;

use crate::product::protocol::DescriptorBody;
use crate::product::stored::StoredDescriptors;
use crate::{Target, texts};

/// Descriptors in the JSON of the API.
pub(crate) const DESCRIPTOR: Target = Target {
    name: "descriptor",
    run: descriptor,
    seeds: || {
        texts(&[
            r#"[{"name":"a","title":"A","schedule":"every 1m","timezone":"Europe/Berlin","timeout_us":1000,"tags":["x"],"steps":["s"],"parameters":[{"name":"n","title":"t","kind":"integer","words":[],"required":true,"preset":"1"}],"secrets":[{"name":"p","title":"t","required":true,"place":"header x-key"}],"owner":"o","runbook":"https://a.example/","hosts":["a.example"],"cleanups":["order"],"retries":1}]"#,
            r#"[{"name":"a","title":"","schedule":null,"timezone":null,"timeout_us":null,"tags":[],"steps":[],"parameters":[],"secrets":[],"hosts":[],"cleanups":[],"retries":null},{"name":"a","title":"\u001b[2J","tags":[],"steps":[],"parameters":[],"secrets":[],"hosts":[],"cleanups":[]}]"#,
        ])
    },
    is_slow: false,
};

fn descriptor(data: &[u8]) {
    let Ok(bodies) = serde_json::from_slice::<Vec<DescriptorBody>>(data) else { return };
    let journeys: Vec<Descriptor> = bodies.into_iter().map(Descriptor::from).collect();
    match check(&journeys) {
        Ok(()) => {
            for journey in &journeys {
                let texts = [&journey.title]
                    .into_iter()
                    .chain(&journey.tags)
                    .chain(&journey.steps)
                    .chain(&journey.hosts);
                assert!(texts.clone().all(|text| check_text(text, 300).is_ok()), "{journey:?}");
                assert!(
                    journey.parameters.iter().all(|parameter| check_text(&parameter.title, 500).is_ok()),
                    "{journey:?}"
                );
            }
            let stored = serde_json::to_string(&StoredDescriptors::of(&journeys)).unwrap();
            assert_eq!(
                StoredDescriptors::read(&stored).unwrap(),
                journeys,
                "the store gives back what it was given"
            );
        }
        Err(error) => assert!(error.to_string().len() < 4_000 + data.len(), "{error}"),
    }
}
