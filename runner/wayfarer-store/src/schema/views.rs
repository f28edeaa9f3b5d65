//! The views: one file each in `views/`, made anew when a file's digest differs from the one that the database has.
//!
//! A view holds no data, so no step of the schema changes one. `v1_*` are public (SCHEMA.md), the others private. Views that
//! somebody else added to the database are left alone.

use std::collections::HashMap;

use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};

use crate::error::StoreError;

/// One file.
pub(crate) struct View {
    pub(crate) name: &'static str,
    pub(crate) sql: &'static str,
}

impl View {
    const fn of(name: &'static str, sql: &'static str) -> Self {
        Self { name, sql }
    }

    /// Whether consumers may rely on it.
    pub(crate) fn is_public(&self) -> bool {
        self.name.starts_with("v1_")
    }

    /// FNV-1a, 64 bits, of the file's text, in hexadecimal: it tells two texts apart, and resists nobody.
    fn digest(&self) -> String {
        let hash = self.sql.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        format!("{hash:016x}")
    }
}

/// Every view: the files of `views/`.
pub(crate) const VIEWS: &[View] = include!(concat!(env!("OUT_DIR"), "/views.rs"));

/// Makes the views that are missing or differ, and drops those that no file describes any more, in one transaction. Begins
/// none where all of them are up to date.
pub(super) async fn refresh(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let what = StoreError::sql("making the views");
    let made: HashMap<String, String> = sqlx::query_as("SELECT name, digest FROM view_file")
        .fetch_all(&mut *connection)
        .await
        .map_err(StoreError::sql("reading the table view_file"))?
        .into_iter()
        .collect();
    let mut script = String::new();
    for name in made.keys().filter(|name| !VIEWS.iter().any(|view| view.name == *name)) {
        script.extend([
            "DROP VIEW IF EXISTS \"",
            name,
            "\"; DELETE FROM view_file WHERE name = '",
            name,
            "';\n",
        ]);
    }
    for view in VIEWS {
        let (name, digest) = (view.name, view.digest());
        if made.get(name) != Some(&digest) {
            let sql = view.sql.trim_end().trim_end_matches(';');
            let made_anew = format!(
                "DROP VIEW IF EXISTS {name};\n{sql};\n\
                 INSERT INTO view_file VALUES ('{name}', '{digest}') ON CONFLICT DO UPDATE SET digest = excluded.digest;\n"
            );
            script.push_str(&made_anew);
        }
    }
    if script.is_empty() {
        return Ok(());
    }
    let mut transaction = connection.begin().await.map_err(&what)?;
    sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut *transaction).await.map_err(&what)?;
    transaction.commit().await.map_err(&what)?;
    tracing::info!("the views were made anew");
    Ok(())
}
