//! The state of a status page as a small picture, for other pages to show.

use askama::filters::{Html, escape};

use super::page::word;
use crate::protocol::{ServiceState, StatusPageInfo};

/// The width of a letter, at most, and what is beside a text, in pixels.
const LETTER: usize = 7;
const BESIDE: usize = 14;
/// The longest title, in characters.
const LONGEST: usize = 40;

/// Draws it: the title at the left, the state at the right. The state is a word, and its colour only repeats it.
pub(super) fn badge(info: &StatusPageInfo) -> String {
    let title: String = info.title.chars().take(LONGEST).collect();
    let word = word(info.state);
    let (left, right) = (title.chars().count() * LETTER + BESIDE, word.len() * LETTER + BESIDE);
    let (width, middle, end) = (left + right, left / 2, left + right / 2);
    let colour = match info.state {
        ServiceState::Down => "#b3261e",
        ServiceState::Impaired => "#8a5700",
        ServiceState::Maintenance | ServiceState::Unknown => "#565d63",
        ServiceState::Working => "#24694e",
    };
    let title = escape(&title, Html).map_or_else(|_| String::new(), |escaped| escaped.to_string());
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"20\" role=\"img\" aria-label=\"{title}: {word}\">\
         <title>{title}: {word}</title>\
         <rect width=\"{left}\" height=\"20\" fill=\"#33383d\"/><rect x=\"{left}\" width=\"{right}\" height=\"20\" fill=\"{colour}\"/>\
         <g fill=\"#fff\" text-anchor=\"middle\" font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\">\
         <text x=\"{middle}\" y=\"14\">{title}</text><text x=\"{end}\" y=\"14\">{word}</text></g></svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::super::page::tests::shop;
    use super::*;

    #[test]
    fn a_badge_says_title_and_state() {
        let drawn = badge(&shop());
        assert!(drawn.contains(">The shop &#38; more</text>") && drawn.contains(">down</text>"), "{drawn}");
    }
}
