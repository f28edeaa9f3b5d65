//! What errors and types need to know of a JSON path. The runner evaluates it.

/// Longest text of a value in an error, in bytes.
const BRIEF: usize = 120;

/// A value as an error shows it.
pub(super) fn brief(value: &str) -> String {
    if value.len() <= BRIEF {
        return value.to_owned();
    }
    format!("{}…", value.get(..value.floor_char_boundary(BRIEF)).unwrap_or_default())
}

/// Whether a path may select more than one value: it has `*`, `..`, a filter, a slice or a list of selectors.
pub(super) fn selects_several(path: &str) -> bool {
    let (mut quote, mut before) = (None, ' ');
    for letter in path.chars() {
        match quote {
            Some(open) if letter == open && before != '\\' => quote = None,
            Some(_) => {}
            None => match letter {
                '\'' | '"' => quote = Some(letter),
                '*' | '?' | ':' | ',' => return true,
                '.' if before == '.' => return true,
                _ => {}
            },
        }
        before = letter;
    }
    false
}

/// The path without its last part, without its last two, and so on to `$`.
pub(super) fn shorter(path: &str) -> Vec<&str> {
    let ends = path.char_indices().filter(|(_, letter)| matches!(letter, '.' | '['));
    let mut shorter: Vec<&str> = ends.filter_map(|(at, _)| path.get(..at)).collect();
    shorter.reverse();
    shorter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_selects_one_value_or_several() {
        for one in ["$", "$.a.b", "$['a*b'][0]", "$[-1]", "$[\"x\\\"*\"]"] {
            assert!(!selects_several(one), "{one}");
        }
        for several in ["$[*]", "$..a", "$.a[?@.b == 1]", "$[0:2]", "$['a','b']"] {
            assert!(selects_several(several), "{several}");
        }
    }

    #[test]
    fn shorter_paths_lead_back_to_the_root() {
        assert_eq!(shorter("$.a[0].b"), ["$.a[0]", "$.a", "$"]);
        assert!(shorter("$").is_empty());
        assert_eq!(brief(&"é".repeat(100)).chars().count(), 61);
    }
}
