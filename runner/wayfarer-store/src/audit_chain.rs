//! The chain of the audit trail: each event's hash covers the event and the hash before it, so whoever changes, removes or
//! inserts one has to compute every later hash anew.
//!
//! The encoding is one that any language writes in a few lines, and that no two events share. Each field in the order of the
//! view: a text is its length in bytes, `:`, the text and `,`; an integer is the same of its decimal digits; NULL is `-`. The
//! hash is SHA-256 over the 32 bytes of the hash before it, followed by that. The first event of all follows 32 zero bytes.

use aws_lc_rs::digest::{SHA256, digest};
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row as _};

/// A SHA-256.
pub(crate) type Hash = [u8; 32];

/// An event as its row has it: what is hashed, and not what it is taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuditRow {
    pub(crate) id: i64,
    pub(crate) occurred_ms: i64,
    pub(crate) tenant: Option<String>,
    pub(crate) actor_kind: String,
    pub(crate) actor_token: Option<i64>,
    pub(crate) actor_name: Option<String>,
    pub(crate) action: String,
    pub(crate) object: String,
    pub(crate) outcome: String,
    pub(crate) count: i64,
    pub(crate) hash: Vec<u8>,
}

/// The columns of an [`AuditRow`].
pub(crate) const COLUMNS: &str =
    "id, occurred_ms, tenant, actor_kind, actor_token, actor_name, action, object, outcome, count, hash";

impl FromRow<'_, SqliteRow> for AuditRow {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get(0)?,
            occurred_ms: row.try_get(1)?,
            tenant: row.try_get(2)?,
            actor_kind: row.try_get(3)?,
            actor_token: row.try_get(4)?,
            actor_name: row.try_get(5)?,
            action: row.try_get(6)?,
            object: row.try_get(7)?,
            outcome: row.try_get(8)?,
            count: row.try_get(9)?,
            hash: row.try_get(10)?,
        })
    }
}

impl AuditRow {
    /// The hash that the row should have after the one before it.
    pub(crate) fn link(&self, previous: &[u8]) -> Hash {
        let mut bytes = previous.to_vec();
        let mut field = |text: Option<&str>| match text {
            Some(text) => bytes.extend_from_slice(format!("{}:{text},", text.len()).as_bytes()),
            None => bytes.push(b'-'),
        };
        let number = |number: i64| number.to_string();
        field(Some(&number(self.id)));
        field(Some(&number(self.occurred_ms)));
        field(self.tenant.as_deref());
        field(Some(&self.actor_kind));
        field(self.actor_token.map(number).as_deref());
        field(self.actor_name.as_deref());
        field(Some(&self.action));
        field(Some(&self.object));
        field(Some(&self.outcome));
        field(Some(&number(self.count)));
        // It has 32 bytes: that is what SHA-256 is.
        digest(&SHA256, &bytes).as_ref().try_into().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Short words, with what the encoding itself is made of.
    fn word() -> impl Strategy<Value = String> {
        "[0-9:,\\-a\u{e9}]{0,6}"
    }

    fn row() -> impl Strategy<Value = AuditRow> {
        let optional = || prop::option::of(word());
        (
            0_i64..30,
            0_i64..30,
            optional(),
            word(),
            prop::option::of(-3_i64..30),
            optional(),
            word(),
            word(),
            word(),
            0_i64..3,
        )
            .prop_map(
                |(
                    id,
                    occurred_ms,
                    tenant,
                    actor_kind,
                    actor_token,
                    actor_name,
                    action,
                    object,
                    outcome,
                    count,
                )| {
                    let hash = Vec::new();
                    AuditRow {
                        id,
                        occurred_ms,
                        tenant,
                        actor_kind,
                        actor_token,
                        actor_name,
                        action,
                        object,
                        outcome,
                        count,
                        hash,
                    }
                },
            )
    }

    /// The row with the end of one text moved to the beginning of the next.
    fn shifted(row: &AuditRow, letters: usize) -> AuditRow {
        let at = row.action.char_indices().rev().nth(letters).map_or(0, |(at, _)| at);
        let (kept, moved) = row.action.split_at(at);
        AuditRow { action: kept.to_owned(), object: moved.to_owned() + &row.object, ..row.clone() }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn no_two_events_have_the_same_link(one in row(), other in row(), letters in 0_usize..4) {
            for other in [other, shifted(&one, letters), AuditRow { tenant: None, ..one.clone() }] {
                prop_assert_eq!(one.link(&[0; 32]) == other.link(&[0; 32]), one == other, "{:?} {:?}", one, other);
            }
            prop_assert_ne!(one.link(&[0; 32]), one.link(&[1; 32]));
        }
    }
}
