//! What a guest printed, as lines of the log. A value that stood across two of them would not be found, so lines are joined before
//! secrets are masked, where that matters, and long ones are split afterwards.

use wayfarer_model::report::LogRecord;
use wayfarer_model::text::CUT;

use crate::http::SealedSecrets;
use crate::record_size::LINE;

/// The streams that a guest prints to.
const STREAMS: [&str; 2] = ["stdout", "stderr"];

/// Joins the lines of a stream into one record, if a value of several lines stands in them.
pub(crate) async fn join_lines(logs: &mut Vec<LogRecord>, secrets: &SealedSecrets) {
    if !secrets.has_lines() {
        return;
    }
    for stream in STREAMS {
        let lines: Vec<&str> =
            logs.iter().filter(|line| line.level == stream).map(|line| line.message.as_str()).collect();
        let joined = lines.join("\n");
        let mut apart = 0;
        for line in lines {
            apart += secrets.count(line).await;
        }
        if secrets.count(&joined).await > apart {
            let first = logs.iter().position(|line| line.level == stream);
            let mut place = 0..;
            logs.retain(|line| place.next() == first || line.level != stream);
            if let Some(first) = first.and_then(|first| logs.get_mut(first)) {
                first.message = joined;
            }
        }
    }
}

/// Splits what was printed at its line breaks, and long lines. Each part of a long line but the last ends with [`CUT`].
pub(crate) fn split_lines(logs: &mut Vec<LogRecord>) {
    let is_whole =
        |line: &LogRecord| line.message.len() <= LINE && !(is_printed(line) && line.message.contains('\n'));
    if logs.iter().all(is_whole) {
        return;
    }
    for line in std::mem::take(logs) {
        if is_whole(&line) {
            logs.push(line);
            continue;
        }
        let LogRecord { step, at_us, ref level, ref message, ref fields } = line;
        let mut push = |message: String| {
            logs.push(LogRecord { step, at_us, level: level.clone(), message, fields: fields.clone() });
        };
        for mut rest in message.split(|letter| letter == '\n' && is_printed(&line)) {
            while rest.len() > LINE {
                let (part, after) = rest.split_at(rest.floor_char_boundary(LINE - CUT.len()));
                push(format!("{part}{CUT}"));
                rest = after;
            }
            push(rest.to_owned());
        }
    }
}

fn is_printed(line: &LogRecord) -> bool {
    STREAMS.contains(&line.level.as_str())
}

#[cfg(test)]
mod tests {
    use wayfarer_model::limits::Limits;
    use wayfarer_model::units::Micros;

    use super::*;
    use crate::capability::LineLog;
    use crate::http::{SealedSecrets, Secret};
    use crate::redact::Redaction;
    use crate::tape::Tape;

    const VALUE: &str = "hunter2-hunter2";

    fn line(message: String) -> LogRecord {
        LogRecord { step: None, at_us: Micros(0), level: "stdout".to_owned(), message, fields: Vec::new() }
    }

    #[test]
    fn a_long_line_is_split_with_a_mark_and_loses_nothing() {
        let long = "ö".repeat(LINE);
        let mut logs = vec![line("before".to_owned()), line(long.clone()), line(String::new())];
        split_lines(&mut logs);
        assert!(logs.iter().all(|line| line.message.len() <= LINE), "{}", logs.len());
        let (first, last) = (&logs[0].message, &logs[logs.len() - 1].message);
        assert_eq!((first.as_str(), last.as_str()), ("before", ""));
        let parts = &logs[1..logs.len() - 1];
        let joined: String = parts.iter().map(|line| line.message.trim_end_matches(CUT)).collect();
        assert_eq!(joined, long);
        let marked = parts.iter().filter(|line| line.message.ends_with(CUT)).count();
        assert_eq!(marked, parts.len() - 1, "all but the last");
    }

    /// What a guest printed, as it is stored.
    async fn printed(value: &str, parts: &[&[u8]]) -> (Vec<LogRecord>, u64) {
        let secrets = SealedSecrets::new(vec![Secret::new("password", value)], |_| {});
        let tape = Tape::live(Limits::default(), [7; 32], None);
        let log = LineLog::new(tape.clone());
        let stream = log.stream("stdout");
        for part in parts {
            stream.print(part);
        }
        log.finish();
        let mut recording = tape.finish().recording;
        join_lines(&mut recording.logs, &secrets).await;
        Redaction::new(&secrets).all(&mut recording, None).await;
        split_lines(&mut recording.logs);
        (recording.logs, recording.logs_dropped_bytes)
    }

    #[tokio::test]
    async fn a_value_across_a_split_is_masked_wherever_it_stands() {
        for shift in 0..=VALUE.len() {
            let text = format!("{}{VALUE} and more", "x".repeat(LINE - shift));
            let (logs, dropped) = printed(VALUE, &[text.as_bytes()]).await;
            let all: String = logs.iter().map(|line| line.message.trim_end_matches(CUT)).collect();
            assert!(all.ends_with("x[secret password] and more"), "{shift}: {}", &all[LINE - 40..]);
            assert_eq!(dropped, 0);
        }
    }

    #[tokio::test]
    async fn a_line_without_end_is_cut_and_a_value_across_the_cut_is_not_shown() {
        let most = 8 * LINE;
        for shift in 1..VALUE.len() {
            let text = format!("{}{VALUE} and more\nnext", "x".repeat(most - shift));
            // Written in pieces, as a guest's library does.
            let parts: Vec<&[u8]> = text.as_bytes().chunks(4_000).collect();
            let (logs, dropped) = printed(VALUE, &parts).await;
            let all: String = logs.iter().map(|line| line.message.as_str()).collect();
            assert!(!all.contains("hunter"), "{shift}: {}", &all[all.len() - 200..]);
            assert!(all.ends_with(&format!("x{CUT}next")), "{shift}: {}", &all[all.len() - 200..]);
            assert_eq!(dropped, (VALUE.len() - shift + " and more".len()) as u64);
        }
    }

    #[tokio::test]
    async fn a_value_of_several_lines_is_masked_and_other_lines_stay_lines() {
        let key = "-----BEGIN KEY-----\nhunter2hunter2\nhunter3\n-----END KEY-----";
        let text = format!("before\n{key} and\n\nafter\n");
        let (logs, _) = printed(key, &[text.as_bytes()]).await;
        let lines: Vec<&str> = logs.iter().map(|line| line.message.as_str()).collect();
        assert_eq!(lines, ["before", "[secret password] and", "", "after"]);
        let (logs, _) = printed(key, &[b"before\nhunter2hunter2\nafter\n"]).await;
        assert_eq!(logs.len(), 3, "a part of a value is no value");
        assert_eq!(logs[1].message, "hunter2hunter2");
    }
}
