//! No text is written that the project's own parser refuses: a check that it refuses is listed instead, with its reason.

use super::draft::{DraftCheck, DraftFile};
use super::written::file_text;

/// A draft of which the parser has read the text.
#[derive(Debug)]
pub(crate) struct Readable {
    /// None if no check is left.
    pub(crate) text: Option<String>,
    pub(crate) file: DraftFile,
}

/// The file with those checks that the parser reads.
///
/// `refusal` is the parser: None for a text that it reads. The error is its word about a file of which it reads every check alone,
/// which is a mistake of this program.
pub(crate) fn readable(
    mut file: DraftFile,
    made_by: &str,
    refusal: impl Fn(&str) -> Option<String>,
) -> Result<Readable, String> {
    if refusal(&file_text(&file, made_by)).is_some() {
        let all: Vec<DraftCheck> = std::mem::take(&mut file.checks);
        let mut good = Vec::new();
        for check in all {
            file.checks = vec![check];
            let why = refusal(&file_text(&file, made_by));
            let Some(check) = file.checks.pop() else { continue };
            match why {
                None => good.push(check),
                Some(why) => {
                    let item = if check.title.is_empty() { check.name.clone() } else { check.title.clone() };
                    file.lose(item, format!("the file with it would be refused: {}", last_line(&why)));
                }
            }
        }
        file.checks = good;
    }
    file.forget_unused();
    file.note_secrets();
    if file.checks.is_empty() {
        return Ok(Readable { text: None, file });
    }
    let text = file_text(&file, made_by);
    match refusal(&text) {
        None => Ok(Readable { text: Some(text), file }),
        Some(why) => Err(why),
    }
}

/// Of an error over several lines, what says the rule.
fn last_line(why: &str) -> &str {
    why.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default().trim()
}
