//! Decoded views of content: the bytes that an encoding stands for, each with the source bytes that it came from.
//!
//! [`scan`](super::scan) searches them. A view never decides what is a secret, so each decoder only has to be generous: a
//! sequence that no encoder writes may still be decoded.

use std::ops::Range;

/// Bytes, and for each the range of the content that stands for it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct View {
    pub(super) bytes: Vec<u8>,
    /// None if each byte stands for itself, from `base` on.
    sources: Option<Vec<(u32, u32)>>,
    base: usize,
    /// Whether an encoder began to write where this view begins, as far as the content tells.
    pub(super) is_aligned: bool,
}

/// The lengths of the shortest values, in bytes: of all, and of those that count wherever their encoding begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shortest {
    pub(super) aligned: usize,
    pub(super) anywhere: usize,
}

impl View {
    /// The content itself. `base` is its position in the whole content.
    pub(super) fn plain(content: &[u8], base: usize) -> Self {
        Self { bytes: content.to_vec(), sources: None, base, is_aligned: true }
    }

    fn empty(is_aligned: bool) -> Self {
        Self { sources: Some(Vec::new()), is_aligned, ..Self::default() }
    }

    /// The range of the content that some of the bytes stand for.
    pub(super) fn source(&self, range: Range<usize>) -> Range<usize> {
        let Some(sources) = &self.sources else { return self.base + range.start..self.base + range.end };
        let begin = sources.get(range.start).map_or(0, |(begin, _)| *begin);
        let end = range.end.checked_sub(1).and_then(|last| sources.get(last)).map_or(0, |(_, end)| *end);
        begin as usize..end as usize
    }

    /// Every view that one more decoding makes of this one.
    pub(super) fn decoded(&self, shortest: Shortest, mut each: impl FnMut(&Self)) {
        // Each by itself: what begins an escape of one of them may stand for itself in another.
        for (mark, unescape) in [(b'%', percent as Unescape), (b'\\', backslash), (b'&', entity)] {
            if self.bytes.contains(&mark) {
                each(&self.unescaped(mark, unescape));
            }
        }
        if self.bytes.contains(&0) {
            each(&self.without_zeros());
        }
        let least = |bytes: usize, digits: usize| bytes.saturating_mul(digits).div_ceil(6);
        for run in runs(&self.bytes, is_base64, least(shortest.aligned, 8)) {
            let shifts = if run.len() >= least(shortest.anywhere, 8) { 4 } else { 1 };
            for shift in 0..shifts {
                each(&self.base64(run.clone(), shift));
            }
        }
        for run in runs(&self.bytes, u8::is_ascii_hexdigit, least(shortest.aligned, 12)) {
            let shifts = if run.len() >= least(shortest.anywhere, 12) { 2 } else { 1 };
            for shift in 0..shifts {
                each(&self.hexadecimal(run.clone(), shift));
            }
        }
    }

    fn push(&mut self, byte: u8, source: Range<usize>) {
        let at = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        self.bytes.push(byte);
        if let Some(sources) = &mut self.sources {
            sources.push((at(source.start), at(source.end)));
        }
    }

    /// Every escape undone that begins with this byte.
    fn unescaped(&self, mark: u8, unescape: Unescape) -> Self {
        let mut view = Self::empty(self.is_aligned);
        view.bytes.reserve(self.bytes.len());
        let mut at = 0;
        while let Some(byte) = self.bytes.get(at) {
            let escape = if *byte == mark { self.bytes.get(at..).and_then(unescape) } else { None };
            let (decoded, length) = escape.unwrap_or_else(|| (Decoded::byte(*byte), 1));
            let source = self.source(at..at + length);
            decoded.bytes().iter().for_each(|byte| view.push(*byte, source.clone()));
            at += length;
        }
        view
    }

    /// UTF-16 as far as it is ASCII or Latin-1, in either order of bytes.
    fn without_zeros(&self) -> Self {
        let mut view = Self::empty(self.is_aligned);
        for (place, byte) in self.bytes.iter().enumerate().filter(|(_, byte)| **byte != 0) {
            view.push(*byte, self.source(place..place + 1));
        }
        view
    }

    /// What a run of base64 stands for, if its first `shift` characters belong to something else.
    fn base64(&self, run: Range<usize>, shift: usize) -> Self {
        let mut view = Self::empty(self.is_aligned && shift == 0);
        let symbols = run.filter_map(|place| Some((place, sextet(*self.bytes.get(place)?)?))).skip(shift);
        let mut before: Option<(usize, u32)> = None;
        for (count, (place, bits)) in symbols.enumerate() {
            if let Some((begin, high)) = before {
                let taken = 2 * (count % 4);
                // The second symbol of four completes a byte with its upper two bits, the third with four, the last with six.
                if let Some(byte) = (taken > 0).then(|| (high << taken | bits >> (6 - taken)) & 0xff) {
                    view.push(u8::try_from(byte).unwrap_or_default(), self.source(begin..place + 1));
                }
            }
            before = Some((place, bits));
        }
        view
    }

    fn hexadecimal(&self, run: Range<usize>, shift: usize) -> Self {
        let mut view = Self::empty(self.is_aligned && shift == 0);
        let mut at = run.start + shift;
        while at + 1 < run.end
            && let Some(byte) = self.bytes.get(at..at + 2).and_then(hex_byte)
        {
            view.push(byte, self.source(at..at + 2));
            at += 2;
        }
        view
    }
}

/// Reads one escape: what it stands for, and its length.
type Unescape = fn(&[u8]) -> Option<(Decoded, usize)>;

/// What one escape stands for: one byte, or a character in UTF-8.
struct Decoded([u8; 4], usize);

impl Decoded {
    fn byte(byte: u8) -> Self {
        Self([byte, 0, 0, 0], 1)
    }

    fn character(code: u32) -> Option<Self> {
        let mut bytes = [0; 4];
        let length = char::from_u32(code)?.encode_utf8(&mut bytes).len();
        Some(Self(bytes, length))
    }

    fn bytes(&self) -> &[u8] {
        self.0.get(..self.1).unwrap_or_default()
    }
}

/// The longest stretches of such bytes, at least `shortest` of them long.
fn runs(bytes: &[u8], is_of_run: impl Fn(&u8) -> bool, shortest: usize) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut begin = 0;
    for end in 0..=bytes.len() {
        if bytes.get(end).is_some_and(&is_of_run) {
            continue;
        }
        if end - begin >= shortest.max(1) {
            runs.push(begin..end);
        }
        begin = end + 1;
    }
    runs
}

/// Line breaks may stand within it.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "as `u8::is_ascii_hexdigit` has it")]
fn is_base64(byte: &u8) -> bool {
    sextet(*byte).is_some() || matches!(byte, b'\r' | b'\n')
}

/// Of RFC 4648's both alphabets.
fn sextet(byte: u8) -> Option<u32> {
    Some(match byte {
        b'A'..=b'Z' => u32::from(byte - b'A'),
        b'a'..=b'z' => u32::from(byte - b'a') + 26,
        b'0'..=b'9' => u32::from(byte - b'0') + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

fn hex_byte(digits: &[u8]) -> Option<u8> {
    u8::try_from(number(digits, 16)?).ok()
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let is_digit = |digit: &u8| char::from(*digit).is_digit(radix);
    let text = std::str::from_utf8(digits).ok().filter(|_| digits.iter().all(is_digit))?;
    u32::from_str_radix(text, radix).ok()
}

/// Of URLs, and as JavaScript's `escape` writes characters beyond Latin-1.
fn percent(rest: &[u8]) -> Option<(Decoded, usize)> {
    if rest.get(1) == Some(&b'u') {
        return Some((Decoded::character(number(rest.get(2..6)?, 16)?)?, 6));
    }
    Some((Decoded::byte(hex_byte(rest.get(1..3)?)?), 3))
}

/// The escapes of JSON, JavaScript and C.
fn backslash(rest: &[u8]) -> Option<(Decoded, usize)> {
    let plain = match rest.get(1)? {
        b'u' if rest.get(2) == Some(&b'{') => {
            let end = rest.iter().take(12).position(|byte| *byte == b'}')?;
            return Some((Decoded::character(number(rest.get(3..end)?, 16)?)?, end + 1));
        }
        b'0'..=b'3'
            if rest
                .get(1..4)
                .is_some_and(|digits| digits.iter().all(|digit| matches!(digit, b'0'..=b'7'))) =>
        {
            let byte = u8::try_from(number(rest.get(1..4)?, 8)?).ok()?;
            return Some((Decoded::byte(byte), 4));
        }
        b'u' => {
            let high = number(rest.get(2..6)?, 16)?;
            let low = || number(rest.get(6..12)?.strip_prefix(b"\\u")?, 16);
            return match (high, low()) {
                (0xd800..=0xdbff, Some(low @ 0xdc00..=0xdfff)) => {
                    let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                    Some((Decoded::character(code)?, 12))
                }
                _ => Some((Decoded::character(high)?, 6)),
            };
        }
        b'x' => return Some((Decoded::byte(hex_byte(rest.get(2..4)?)?), 4)),
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 8,
        b'f' => 12,
        other if other.is_ascii_punctuation() => *other,
        _ => return None,
    };
    Some((Decoded::byte(plain), 2))
}

/// The longest name in [`NAMED`], or number, that is looked for.
const LONGEST_ENTITY: usize = 12;

/// HTML's names of ASCII characters.
const NAMED: &[(&str, u8)] = &[
    ("amp", b'&'),
    ("lt", b'<'),
    ("gt", b'>'),
    ("quot", b'"'),
    ("apos", b'\''),
    ("excl", b'!'),
    ("num", b'#'),
    ("dollar", b'$'),
    ("percnt", b'%'),
    ("lpar", b'('),
    ("rpar", b')'),
    ("ast", b'*'),
    ("midast", b'*'),
    ("plus", b'+'),
    ("comma", b','),
    ("period", b'.'),
    ("sol", b'/'),
    ("colon", b':'),
    ("semi", b';'),
    ("equals", b'='),
    ("quest", b'?'),
    ("commat", b'@'),
    ("lsqb", b'['),
    ("lbrack", b'['),
    ("bsol", b'\\'),
    ("rsqb", b']'),
    ("rbrack", b']'),
    ("hat", b'^'),
    ("lowbar", b'_'),
    ("grave", b'`'),
    ("lcub", b'{'),
    ("lbrace", b'{'),
    ("verbar", b'|'),
    ("vert", b'|'),
    ("rcub", b'}'),
    ("rbrace", b'}'),
    ("nbsp", b' '),
    ("tab", b'\t'),
    ("newline", b'\n'),
];

fn entity(rest: &[u8]) -> Option<(Decoded, usize)> {
    let end = rest.iter().take(LONGEST_ENTITY + 2).position(|byte| *byte == b';')?;
    let name = rest.get(1..end)?;
    let decoded = match name {
        [b'#', b'x' | b'X', digits @ ..] => Decoded::character(number(digits, 16)?)?,
        [b'#', digits @ ..] => Decoded::character(number(digits, 10)?)?,
        name => {
            let named = NAMED.iter().find(|(known, _)| known.as_bytes().eq_ignore_ascii_case(name))?;
            Decoded::byte(named.1)
        }
    };
    Some((decoded, end + 1))
}
