//! What people write to explain an action: shown to others, so it is one line of letters.

use wayfarer_model::text::{TextError, check_text};

/// The longest note, in bytes.
const LONGEST: usize = 1_000;

/// Why a note is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the note {0}")]
pub(crate) struct NoteError(#[from] TextError);

pub(super) fn check_note(note: &str) -> Result<(), NoteError> {
    Ok(check_text(note, LONGEST)?)
}
