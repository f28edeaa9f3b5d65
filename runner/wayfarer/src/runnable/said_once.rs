//! What is said of several journeys in the same words is said once.

/// In the order of the first of each: ``journey `a`: the host …; the same of `b`, `c` ``. A sentence that does not begin with a
/// journey is left alone.
pub(crate) fn said_once(sentences: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for sentence in sentences {
        let Some((journey, rest)) = parts(&sentence) else {
            if !groups.iter().any(|(known, _)| *known == sentence) {
                groups.push((sentence, Vec::new()));
            }
            continue;
        };
        let same = groups.iter_mut().find(|(first, _)| parts(first).is_some_and(|(_, known)| known == rest));
        match same {
            Some((first, others)) => {
                let is_new = parts(first).is_none_or(|(known, _)| known != journey);
                if is_new && !others.iter().any(|known| known == journey) {
                    others.push(journey.to_owned());
                }
            }
            None => groups.push((sentence, Vec::new())),
        }
    }
    groups.into_iter().map(|(first, others)| with_others(first, &others)).collect()
}

/// The journey that a sentence begins with, and what is said of it.
fn parts(sentence: &str) -> Option<(&str, &str)> {
    sentence.strip_prefix("journey `")?.split_once('`')
}

fn with_others(first: String, others: &[String]) -> String {
    match others {
        [] => first,
        others => format!("{first}; the same of `{}`", others.join("`, `")),
    }
}

#[cfg(test)]
mod tests {
    use super::said_once;

    #[test]
    fn equal_words_about_several_journeys_are_one_sentence() {
        let said = [
            "journey `a`: no host",
            "journey `b`: no host",
            "journey `a`: no secret",
            "tenant `t` is full",
            "journey `b`: no host",
            "tenant `t` is full",
            "journey `c`: no host",
        ];
        let once = said_once(said.map(str::to_owned));
        assert_eq!(
            once,
            ["journey `a`: no host; the same of `b`, `c`", "journey `a`: no secret", "tenant `t` is full"]
        );
    }
}
