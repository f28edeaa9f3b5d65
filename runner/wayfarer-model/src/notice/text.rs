//! Texts of a bounded length.

/// The text with at most `most` characters; what is cut ends in `…`.
pub fn clip(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::clip;

    #[test]
    fn a_text_is_cut_between_characters_and_says_so() {
        assert_eq!(clip("注文する", 4), "注文する");
        assert_eq!(clip("注文する。", 4), "注文す…");
        assert_eq!(clip("a b c", 3), "a…");
        assert_eq!(clip("", 0), "");
    }
}
