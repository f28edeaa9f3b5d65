//! Contents of artifacts and bodies, read back.

use std::collections::HashMap;

use sqlx::{AssertSqlSafe, FromRow as _, Row as _};
use wayfarer_model::exchange::BodyRecord;
use wayfarer_model::ids::{RunId, TenantName};
use wayfarer_model::report::AttemptReport;

use crate::blobs::{BlobRow, content};
use crate::error::StoreError;
use crate::store::Store;

/// An artifact with its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactContent {
    /// The attempt that attached it, from 1.
    pub attempt: u32,
    /// As the journey named it.
    pub media_type: String,
    /// Decompressed, and as many bytes as its row promises.
    pub content: Vec<u8>,
}

impl Store {
    /// An artifact of a run by its name: of the attempt of that number, or of the last one that has it. Of several of one name the last
    /// one counts. None if there is none, if retention has removed its content, or if the run belongs to another tenant.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Corrupt`], [`StoreError::FileMissing`].
    pub async fn artifact(
        &self,
        tenant: Option<&TenantName>,
        run: RunId,
        (name, attempt): (&str, Option<u32>),
    ) -> Result<Option<ArtifactContent>, StoreError> {
        let what = StoreError::sql("reading the table artifact");
        // The id begins with the slot, which has an index.
        let sql = format!(
            "SELECT {}, a.id & 255, json_extract(d.value, '$[1]')
             FROM run r JOIN journey j ON j.id = r.journey JOIN tenant t ON t.id = j.tenant
             JOIN attempt a ON a.id BETWEEN r.id << 8 AND (r.id << 8) + 255
             JOIN json_each(a.detail, '$.a') d JOIN artifact f ON f.attempt = a.id AND f.number = d.key
             JOIN blob b ON b.id = f.blob
             WHERE r.slot_ms = ?1 AND r.uid = ?2 AND (?3 IS NULL OR t.name = ?3) AND (?5 IS NULL OR a.id & 255 = ?5)
               AND json_extract(d.value, '$[0]') = ?4
             ORDER BY a.id DESC, d.key DESC LIMIT 1",
            BlobRow::COLUMNS
        );
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(run.slot().0 as i64)
            .bind(run.into_bytes().to_vec())
            .bind(tenant.map(TenantName::as_str))
            .bind(name)
            .bind(attempt)
            .fetch_optional(self.readers())
            .await
            .map_err(&what)?;
        let Some(row) = row else { return Ok(None) };
        let attempt: i64 = row.try_get(6).map_err(&what)?;
        let media_type: Option<String> = row.try_get(7).map_err(&what)?;
        let blob = BlobRow::from_row(&row).map_err(&what)?;
        let Some(content) = self.kept(blob).await? else { return Ok(None) };
        Ok(Some(ArtifactContent {
            attempt: u32::try_from(attempt).unwrap_or(0),
            media_type: media_type.unwrap_or_default(),
            content,
        }))
    }

    /// The content of a row. None if retention has removed it since the row was read.
    async fn kept(&self, blob: BlobRow) -> Result<Option<Vec<u8>>, StoreError> {
        let id = blob.id;
        let error = match content(blob, self.data_dir()).await {
            Ok(content) => return Ok(Some(content)),
            Err(error) => error,
        };
        let is_there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM blob WHERE id = ?)")
            .bind(id)
            .fetch_one(self.readers())
            .await
            .map_err(StoreError::sql("reading the table blob"))?;
        if is_there { Err(error) } else { Ok(None) }
    }

    /// Adds the contents of bodies to the attempts of a run.
    pub(super) async fn add_bodies(
        &self,
        run: i64,
        attempts: &mut [AttemptReport],
    ) -> Result<(), StoreError> {
        if attempts.iter().all(|attempt| attempt.recording.exchanges.is_empty()) {
            return Ok(());
        }
        let what = StoreError::sql("reading the table body");
        let sql = format!(
            "SELECT {}, y.attempt & 255, y.request, y.side FROM body y JOIN blob b ON b.id = y.blob
             WHERE y.attempt BETWEEN ?1 << 8 AND (?1 << 8) + 255",
            BlobRow::COLUMNS
        );
        let rows =
            sqlx::query(AssertSqlSafe(sql)).bind(run).fetch_all(self.readers()).await.map_err(&what)?;
        let mut bodies = HashMap::new();
        for row in &rows {
            let number = |column: usize| row.try_get::<i64, _>(column).map_err(&what);
            let place = (number(6)?, number(7)?, number(8)?);
            let blob = BlobRow::from_row(row).map_err(&what)?;
            // The rest of the run is worth showing in any case.
            let body = match self.kept(blob).await {
                Err(error @ StoreError::Sql { .. }) => return Err(error),
                Err(error) => {
                    tracing::warn!(run, %error, "a body is shown as lost");
                    BodyRecord { is_lost: true, ..BodyRecord::default() }
                }
                Ok(content) => BodyRecord { content: content.unwrap_or_default(), ..BodyRecord::default() },
            };
            bodies.insert(place, body);
        }
        for report in attempts {
            let attempt = i64::from(report.context.number.min(255));
            for exchange in &mut report.recording.exchanges {
                let request = i64::from(exchange.request);
                let mut fill = |side: i64, body: &mut BodyRecord| {
                    let kept = bodies.remove(&(attempt, request, side)).unwrap_or_default();
                    *body = BodyRecord { is_cut: body.is_cut, ..kept };
                };
                fill(0, &mut exchange.sent.body);
                if let Some(received) = &mut exchange.received {
                    fill(1, &mut received.body);
                }
            }
        }
        Ok(())
    }
}
