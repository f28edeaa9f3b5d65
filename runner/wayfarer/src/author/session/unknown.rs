//! Errors for names that were given and do not exist, each with the nearest name that does.

use wayfarer_model::nearest::nearest;

/// One sentence for each unknown name. `begin` makes its beginning, which says where the name was given, such as "`-e x`: no
/// journey has that parameter".
pub(crate) fn unknown_names<'a>(
    given: impl IntoIterator<Item = &'a str>,
    known: &[&str],
    begin: impl Fn(&str) -> String,
) -> Vec<String> {
    let unknown = given.into_iter().filter(|name| !known.contains(name));
    let sentence = |name: &str| match (nearest(name, known.iter().copied()), known) {
        (Some(near), _) => format!("{}; did you mean `{near}`?", begin(name)),
        (None, []) => format!("{}; there is none", begin(name)),
        (None, known) => format!("{}; there are `{}`", begin(name), known.join("`, `")),
    };
    unknown.map(sentence).collect()
}

#[cfg(test)]
mod tests {
    use super::unknown_names;

    #[test]
    fn every_unknown_name_gets_its_sentence() {
        let said =
            unknown_names(["base_ulr", "user", "x"], &["base_url", "user"], |name| format!("no `{name}`"));
        assert_eq!(said, ["no `base_ulr`; did you mean `base_url`?", "no `x`; there are `base_url`, `user`"]);
    }
}
