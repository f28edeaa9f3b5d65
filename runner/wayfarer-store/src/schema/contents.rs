//! The rest of step `20261130_000033`: the contents of artifacts, each under its digest.
//!
//! Frozen with its step: it knows the tables and the compression of that time, whatever the store does later. Every content stands in the
//! database, however large: files are the running server's affair.

use std::io::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use futures_util::future::BoxFuture;
use sqlx::SqliteConnection;

use crate::error::StoreError;

pub(super) fn carry_over(connection: &mut SqliteConnection) -> BoxFuture<'_, Result<(), StoreError>> {
    Box::pin(async move {
        let what = StoreError::sql("moving the contents of artifacts");
        let mut after = (-1, -1);
        loop {
            // One after the other: each may have megabytes.
            let row: Option<(i64, i64, Vec<u8>)> = sqlx::query_as(
                "SELECT attempt, number, content FROM artifact_before WHERE (attempt, number) > (?, ?) ORDER BY 1, 2 LIMIT 1",
            )
            .bind(after.0)
            .bind(after.1)
            .fetch_optional(&mut *connection)
            .await
            .map_err(&what)?;
            let Some((attempt, number, content)) = row else { break };
            after = (attempt, number);
            let (compression, bytes) = compressed(&content);
            let digest = digest(&SHA256, &content).as_ref().to_vec();
            sqlx::query(
                "INSERT INTO blob (tenant, digest, size, compression, content, stored, from_ms)
                 SELECT j.tenant, ?2, ?3, ?4, ?5, ?6, r.slot_ms - r.slot_ms % 86400000
                 FROM run r JOIN journey j ON j.id = r.journey WHERE r.id = ?1 >> 8
                 ON CONFLICT (tenant, digest) DO NOTHING",
            )
            .bind(attempt)
            .bind(&digest)
            .bind(content.len() as i64)
            .bind(compression)
            .bind(&bytes)
            .bind(bytes.len() as i64)
            .execute(&mut *connection)
            .await
            .map_err(&what)?;
            sqlx::query(
                "INSERT INTO artifact (attempt, number, blob) SELECT ?1, ?2, b.id FROM run r JOIN journey j ON j.id = r.journey
                 JOIN blob b ON b.tenant = j.tenant AND b.digest = ?3 WHERE r.id = ?1 >> 8",
            )
            .bind(attempt)
            .bind(number)
            .bind(&digest)
            .execute(&mut *connection)
            .await
            .map_err(&what)?;
        }
        let last = "DROP TABLE artifact_before;
            INSERT INTO stored_daily (tenant, from_ms, bytes) SELECT tenant, from_ms, sum(stored) FROM blob WHERE true GROUP BY 1, 2
              ON CONFLICT (tenant, from_ms) DO UPDATE SET bytes = bytes + excluded.bytes;
            DELETE FROM stored_daily WHERE bytes = 0;";
        sqlx::raw_sql(last).execute(connection).await.map(drop).map_err(what)
    })
}

fn compressed(content: &[u8]) -> (&'static str, Vec<u8>) {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(4));
    let bytes = encoder.write_all(content).and_then(|()| encoder.finish());
    match bytes {
        Ok(bytes) if bytes.len() < content.len() - content.len() / 8 => ("zlib", bytes),
        _ => ("", content.to_vec()),
    }
}
