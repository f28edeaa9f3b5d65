//! What is wrong with an answer's head that the parser refused: which line, in words.
//!
//! The parser takes what real servers send: folded lines, spaces before the colon; and it leaves out lines that are no
//! headers. What it still refuses is a first line that is no status line, and bytes that would let one line hide another.

/// The most of a line that is shown, in characters.
const SHOWN: usize = 60;

/// Whether the peer answered with a record of TLS: an alert, or a handshake.
pub(super) fn is_tls(unread: &[u8]) -> bool {
    matches!(unread, [0x15 | 0x16, 0x03, 0x00..=0x04, ..])
}

/// Whether words about a head may show a line of it. A host that knows a secret may repeat it there, and a line is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoting {
    Allowed,
    Withheld,
}

/// What is wrong with a head; none if nothing can be said of it.
pub(super) fn flaw(unread: &[u8], quoting: Quoting) -> Option<String> {
    let shown = |line: &[u8]| match quoting {
        Quoting::Allowed => shown(line),
        Quoting::Withheld => "[withheld: the host knows a secret]".to_owned(),
    };
    let mut lines = unread.split_inclusive(|byte| *byte == b'\n').map(without_end);
    let first = lines.next().filter(|line| !line.is_empty())?;
    if !is_status_line(first) {
        return Some(format!(
            "its first line is {}, not a status line such as `HTTP/1.1 200 OK`",
            shown(first)
        ));
    }
    for (number, line) in (2..).zip(lines.take_while(|line| !line.is_empty())) {
        let why = if line.contains(&0) {
            "has a zero byte"
        } else if line.contains(&b'\r') {
            "has a carriage return without a line feed"
        } else {
            continue;
        };
        return Some(format!("line {number} of its head {why}: {}", shown(line)));
    }
    None
}

/// A line without the line feed, and the carriage return that belongs to it.
fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn is_status_line(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"HTTP/1.0 ").or_else(|| line.strip_prefix(b"HTTP/1.1 ")) else {
        return false;
    };
    let (code, reason) = rest.split_at(rest.len().min(3));
    let is_text = |byte: &u8| *byte == b'\t' || (*byte >= b' ' && *byte != 0x7f);
    code.len() == 3
        && code.iter().all(u8::is_ascii_digit)
        && matches!(reason, [] | [b' ', ..])
        && reason.iter().all(is_text)
}

/// A line as it can be shown.
fn shown(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let mut out: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if text.chars().count() > SHOWN {
        out.push('…');
    }
    format!("`{out}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_named() {
        let of = |head: &str| flaw(head.as_bytes(), Quoting::Allowed).unwrap_or_default();
        assert_eq!(
            of("SSH-2.0-OpenSSH_9.6\r\n"),
            "its first line is `SSH-2.0-OpenSSH_9.6`, not a status line such as `HTTP/1.1 200 OK`"
        );
        for bad in ["HTTP/1.1 20 OK\r\n", "HTTP/2 200\r\n", "ICY 200 OK\r\n", "HTTP/1.1 2000\r\n"] {
            assert!(of(bad).starts_with("its first line is"), "{bad}");
        }
        assert_eq!(
            of("HTTP/1.1 200 OK\r\na: b\r\nc: d\0e\r\n\r\n"),
            "line 3 of its head has a zero byte: `c: d\\0e`"
        );
        assert!(of("HTTP/1.1 200 OK\r\na: b\rc: d\r\n\r\n").starts_with("line 2 of its head has a carriage"));
        assert_eq!(flaw(b"HTTP/1.1 200 OK\r\na: b\r\n\r\n", Quoting::Allowed), None);
        assert_eq!(flaw(b"", Quoting::Allowed), None);
        let withheld = flaw(b"HTTP/1.1500 hunter2\r\n", Quoting::Withheld).unwrap();
        assert!(!withheld.contains("hunter2") && withheld.contains("not a status line"), "{withheld}");
    }

    #[test]
    fn a_record_of_tls_is_recognised() {
        assert!(is_tls(&[0x15, 3, 3, 0, 2, 2, 10]) && !is_tls(b"HTTP/1.1 200 OK"));
    }
}
