//! "did you mean": the known word nearest to an unknown one.

/// A sentence about an unknown key: the nearest known one if any is near, all of them otherwise.
pub(crate) fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    let near = known.iter().map(|candidate| (distance(word, candidate), candidate)).min();
    match near {
        Some((edits, candidate)) if edits <= 1 + word.len() / 3 => {
            format!("unknown {what} `{word}`; did you mean `{candidate}`?")
        }
        _ => format!("unknown {what} `{word}`; known are {}", known.join(", ")),
    }
}

/// How many letters have to be put in, left out or replaced.
fn distance(one: &str, two: &str) -> usize {
    let two: Vec<char> = two.chars().collect();
    let mut row: Vec<usize> = (0..=two.len()).collect();
    for (line, a) in one.chars().enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        for (cell, b) in row.iter_mut().skip(1).zip(&two) {
            let above = *cell;
            left = (diagonal + usize::from(a != *b)).min(above + 1).min(left + 1);
            diagonal = above;
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn counts_edits() {
        for (one, two, edits) in
            [("", "abc", 3), ("shedule", "schedule", 1), ("tag", "tags", 1), ("zone", "name", 3)]
        {
            assert_eq!(distance(one, two), edits, "{one} {two}");
        }
    }
}
