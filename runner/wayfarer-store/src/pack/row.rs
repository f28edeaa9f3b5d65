//! Writes JSON arrays straight into a text, and leaves out trailing empty values.
//!
//! Building a tree of values first would cost more than everything else that happens to a result on its way into the store.

use serde::Serialize;

#[derive(Default)]
pub(super) struct Text {
    bytes: Vec<u8>,
}

impl Text {
    /// With capacity for a typical attempt.
    pub(super) fn new() -> Self {
        Self { bytes: Vec::with_capacity(1_024) }
    }

    /// JSON by serde is always UTF-8.
    pub(super) fn finish(self) -> String {
        String::from_utf8(self.bytes).unwrap_or_default()
    }

    pub(super) fn raw(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Any value by serde. It cannot fail: no type here has a map whose keys are not texts.
    pub(super) fn value(&mut self, value: &(impl Serialize + ?Sized)) {
        let _ = serde_json::to_writer(&mut self.bytes, value);
    }

    /// `"key":[…]`, unless there are no entries.
    pub(super) fn table<T>(
        &mut self,
        is_first: &mut bool,
        key: &str,
        entries: &[T],
        mut write: impl FnMut(&mut Row<'_>, &T),
    ) {
        if entries.is_empty() {
            return;
        }
        self.key(is_first, key);
        self.raw("[");
        for (place, entry) in entries.iter().enumerate() {
            self.raw(if place == 0 { "[" } else { ",[" });
            write(&mut Row::new(self), entry);
            self.raw("]");
        }
        self.raw("]");
    }

    /// An array by itself.
    pub(super) fn row(&mut self, write: impl FnOnce(&mut Row<'_>)) {
        self.raw("[");
        write(&mut Row::new(self));
        self.raw("]");
    }

    pub(super) fn key(&mut self, is_first: &mut bool, key: &str) {
        self.raw(if *is_first { "\"" } else { ",\"" });
        *is_first = false;
        self.raw(key);
        self.raw("\":");
    }
}

/// An array that is being written.
pub(super) struct Row<'a> {
    text: &'a mut Text,
    /// Empty values that were not written yet, since only empty ones followed, and which of them are zeros.
    omitted: u32,
    zeros: u32,
    is_first: bool,
}

impl<'a> Row<'a> {
    fn new(text: &'a mut Text) -> Self {
        Self { text, omitted: 0, zeros: 0, is_first: true }
    }

    fn next(&mut self) {
        for place in 0..std::mem::take(&mut self.omitted) {
            self.comma();
            self.text.raw(if self.zeros & (1 << place) == 0 { "null" } else { "0" });
        }
        self.zeros = 0;
        self.comma();
    }

    fn comma(&mut self) {
        if !self.is_first {
            self.text.raw(",");
        }
        self.is_first = false;
    }

    pub(super) fn value(&mut self, value: &(impl Serialize + ?Sized)) {
        self.next();
        self.text.value(value);
    }

    /// An empty value, if there is none.
    pub(super) fn optional(&mut self, value: Option<&(impl Serialize + ?Sized)>) {
        match value {
            Some(value) => self.value(value),
            None => self.omitted += 1,
        }
    }

    /// A number. Zero counts as empty: at the end it is left out, elsewhere `0` is shorter than `null`.
    pub(super) fn number(&mut self, value: u64) {
        if value == 0 {
            self.zeros |= 1 << self.omitted;
            self.omitted += 1;
        } else {
            self.value(&value);
        }
    }

    pub(super) fn nested(&mut self, write: impl FnOnce(&mut Row<'_>)) {
        self.next();
        self.text.raw("[");
        write(&mut Row::new(self.text));
        self.text.raw("]");
    }
}
