//! Finds whole values of secrets in content, in the encodings that targets use, up to two of them inside each other.
//!
//! One automaton (Aho-Corasick, by a crate) looks for all values at once, in the content and in its decoded
//! [views](super::view). It finds whole values only, and its time does not depend on how far the content resembles one.
//! Neither what is replaced nor how long that takes tells of a part of a value.
//!
//! Case does not matter, nor whether a space is written as `+`: targets change both.

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::view::{Shortest, View};

/// Shorter values are not looked for, because they stand everywhere.
const SHORTEST: usize = 4;

/// Below this length a value stands in base64 or hexadecimal digits by accident now and then. It counts there only
/// where the encoded text begins at the run's first character, as in basic authentication.
const SHORT: usize = 8;

/// The fewest bytes that are left out at the end of a text that was cut, because a value could begin there. They do not tell the
/// length of a shorter value.
const LEFT_OUT: usize = 64;

/// How many encodings inside each other are undone.
const DEPTH: usize = 2;

/// Bytes of content that one step looks through.
const WINDOW: usize = 64 << 10;

/// The most that one search finds. The content ends there, because an answer of one short value a million times over would
/// take much memory.
const MOST: usize = 50_000;

/// The most bytes that stand for one byte of a value: each character of an entity such as `&#65;` as `\u0026`, with room to
/// spare.
const WIDEST: usize = 32;

struct Pattern {
    entry: usize,
    is_placeholder: bool,
    is_short: bool,
}

/// A value or placeholder in content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) range: Range<usize>,
    pub(super) entry: usize,
    pub(super) is_placeholder: bool,
}

/// Looks for the values and placeholders of an attempt.
#[derive(Default)]
pub(super) struct Scanner {
    automaton: Option<AhoCorasick>,
    patterns: Vec<Pattern>,
    shortest: Shortest,
    /// Of values and placeholders, in bytes, rounded up to a power of two.
    longest: usize,
}

impl Default for Shortest {
    fn default() -> Self {
        Self { aligned: usize::MAX, anywhere: usize::MAX }
    }
}

impl Scanner {
    /// From values and their placeholders, in the order of the entries.
    pub(super) fn of<'a>(secrets: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut scanner = Self::default();
        let mut texts = Vec::new();
        for (entry, (value, placeholder)) in secrets.enumerate() {
            texts.push(canonical(placeholder.as_bytes()));
            scanner.patterns.push(Pattern { entry, is_placeholder: true, is_short: false });
            scanner.longest = scanner.longest.max(placeholder.len());
            if value.len() < SHORTEST {
                continue;
            }
            let is_short = value.len() < SHORT;
            let shortest = &mut scanner.shortest;
            shortest.aligned = shortest.aligned.min(value.len());
            if !is_short {
                shortest.anywhere = shortest.anywhere.min(value.len());
            }
            scanner.longest = scanner.longest.max(value.len());
            let mut forms = vec![canonical(value.as_bytes())];
            forms.extend(utf16_without_zeros(value).map(|form| canonical(&form)));
            forms.dedup();
            for form in forms {
                texts.push(form);
                scanner.patterns.push(Pattern { entry, is_placeholder: false, is_short });
            }
        }
        scanner.automaton = automaton(&texts);
        if !scanner.patterns.is_empty() {
            scanner.longest = scanner.longest.max(LEFT_OUT).next_power_of_two();
        }
        scanner
    }

    /// Within how many bytes a value ends that begins at some place of a content, however it is encoded.
    pub(super) fn reach(&self) -> usize {
        if self.patterns.is_empty() { 0 } else { self.longest.saturating_mul(WIDEST) + 64 }
    }

    /// The length of the longest value or placeholder, in bytes, rounded up to a power of two of at least [`LEFT_OUT`].
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// Begins to look for all that begins before `end` and is wanted.
    pub(super) fn search<'a>(
        &'a self,
        content: &'a [u8],
        end: usize,
        wanted: impl Fn(&Found) -> bool + Send + 'a,
    ) -> Search<'a> {
        Search {
            scanner: self,
            content,
            end: end.min(content.len()),
            wanted: Box::new(wanted),
            at: 0,
            apart: Vec::new(),
            placeholder_ends: 0,
        }
    }

    /// Looks in a view and in what it decodes to.
    fn look(&self, view: &View, depth: usize, found: &mut Vec<Found>) {
        let Some(automaton) = &self.automaton else { return };
        for hit in automaton.find_overlapping_iter(&canonical(&view.bytes)) {
            let Some(pattern) = self.patterns.get(hit.pattern().as_usize()) else { continue };
            if pattern.is_short && !view.is_aligned || pattern.is_placeholder && depth == DEPTH {
                continue;
            }
            let range = view.source(hit.range());
            found.push(Found { range, entry: pattern.entry, is_placeholder: pattern.is_placeholder });
        }
        if depth < DEPTH {
            view.decoded(self.shortest, |inner| self.look(inner, depth + 1, found));
        }
    }
}

/// None if there is nothing to look for.
///
/// Without the crate's prefilter, and with a table in which each byte is one step: else the time of a search would depend
/// on how far the content resembles a value. Only values that are long together get the smaller automaton.
fn automaton(texts: &[Vec<u8>]) -> Option<AhoCorasick> {
    const TABLE: usize = 16 << 10;
    if texts.is_empty() {
        return None;
    }
    let is_small = texts.iter().map(Vec::len).sum::<usize>() <= TABLE;
    let kind = if is_small { AhoCorasickKind::DFA } else { AhoCorasickKind::ContiguousNFA };
    let build = |kind| AhoCorasick::builder().prefilter(false).kind(Some(kind)).build(texts);
    // Each kind refuses only what does not fit into its 32-bit numbers, and the last needs the fewest.
    build(kind).or_else(|_| build(AhoCorasickKind::NoncontiguousNFA)).ok()
}

/// One search, window by window, so that whoever drives it can let others run in between.
pub(super) struct Search<'a> {
    scanner: &'a Scanner,
    content: &'a [u8],
    end: usize,
    wanted: Box<dyn Fn(&Found) -> bool + Send + 'a>,
    at: usize,
    /// In order, none of which overlap.
    apart: Vec<Found>,
    placeholder_ends: usize,
}

impl Search<'_> {
    /// Looks through one window. False once all are done.
    pub(super) fn step(&mut self) -> bool {
        if self.at >= self.end {
            return false;
        }
        let (begin, next) = (self.at, (self.at + WINDOW).min(self.end));
        // An encoding is read from where it begins.
        let before = self.content.get(begin.saturating_sub(WINDOW)..begin).unwrap_or_default();
        let from = begin - before.iter().rev().take_while(|byte| is_of_encoding(**byte)).count();
        let window = from..next.saturating_add(self.scanner.reach()).min(self.content.len());
        let view = View::plain(self.content.get(window).unwrap_or_default(), from);
        let mut found = Vec::new();
        self.scanner.look(&view, 0, &mut found);
        // What begins in another window is found there, with all that follows it.
        let here = |found: &Found| (begin..next).contains(&found.range.start);
        found.retain(|found| here(found) && (found.is_placeholder || (self.wanted)(found)));
        found.sort_by_key(|found| (found.range.start, std::cmp::Reverse(found.range.end)));
        for found in found {
            self.add(found);
        }
        self.at = next;
        if let Some(last) = self.apart.get(MOST) {
            self.end = last.range.start;
            self.apart.truncate(MOST);
        }
        true
    }

    /// Adds one that begins behind all that are there. Of those that overlap, the longest names the secret of all.
    fn add(&mut self, found: Found) {
        // A value may stand within a placeholder by accident: in the secret's name.
        if found.is_placeholder {
            self.placeholder_ends = self.placeholder_ends.max(found.range.end);
        } else if found.range.end <= self.placeholder_ends {
            return;
        }
        match self.apart.last_mut() {
            Some(last) if found.range.start < last.range.end => {
                if found.range.len() > last.range.len() {
                    last.entry = found.entry;
                    last.is_placeholder = found.is_placeholder;
                }
                last.range.end = last.range.end.max(found.range.end);
            }
            _ => self.apart.push(found),
        }
    }

    /// What was found, and where the content ends that was looked through.
    pub(super) fn finish(mut self) -> (Vec<Found>, usize) {
        while self.step() {}
        (self.apart, self.end)
    }
}

/// Whether an encoding may run on over this byte.
fn is_of_encoding(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_=%\\&#;\r\n".contains(&byte)
}

/// In lower case, with spaces for `+`.
fn canonical(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| if *byte == b'+' { b' ' } else { byte.to_ascii_lowercase() }).collect()
}

/// How a value looks in [`View`]s of UTF-16, if not as in UTF-8.
fn utf16_without_zeros(value: &str) -> impl Iterator<Item = Vec<u8>> {
    let orders = if value.is_ascii() { &[][..] } else { &[u16::to_le_bytes, u16::to_be_bytes][..] };
    orders.iter().map(|order| value.encode_utf16().flat_map(order).filter(|byte| *byte != 0).collect())
}
