//! Writes contents with the runs that refer to them, in the runs' transaction.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use sqlx::{Row as _, SqliteConnection};
use wayfarer_model::ids::TenantName;

use super::AttemptContents;
use crate::error::StoreError;
use crate::stored_bytes::add_blobs;
use crate::writer::{ManyRows, Value};

pub(crate) struct BlobRows {
    blob: ManyRows,
    artifact: ManyRows,
    body: ManyRows,
}

/// The contents of a batch, and the rows that refer to them.
#[derive(Default)]
pub(crate) struct BlobValues {
    blobs: Vec<Value>,
    artifacts: Vec<Value>,
    bodies: Vec<Value>,
    files: Vec<Arc<str>>,
}

/// What a transaction has added.
#[derive(Debug, Default)]
pub(crate) struct NewBlobs {
    /// Bytes of contents that were not there, by tenant.
    pub(crate) stored: BTreeMap<TenantName, u64>,
    /// Files of contents that were there already. They are to be removed once the transaction is committed.
    pub(crate) surplus: Vec<Arc<str>>,
}

impl BlobValues {
    /// Adds an attempt's contents. `from_ms` is the beginning of the day of its slot.
    pub(crate) fn put(&mut self, (journey, from_ms): (i64, u64), attempt: i64, contents: &AttemptContents) {
        for blob in contents.all() {
            let content = blob.file.is_none().then(|| Arc::clone(&blob.bytes));
            self.files.extend(blob.file.clone());
            self.blobs.extend([
                journey.into(),
                blob.digest.to_vec().into(),
                blob.size.into(),
                Value::Text(blob.compression.into()),
                content.into(),
                blob.file.clone().into(),
                blob.stored().into(),
                from_ms.into(),
            ]);
        }
        for (number, blob) in (0_u32..).zip(&contents.artifacts) {
            let digest = blob.digest.to_vec().into();
            self.artifacts.extend([attempt.into(), number.into(), journey.into(), digest]);
        }
        for (request, side, blob) in &contents.bodies {
            let digest = blob.digest.to_vec().into();
            self.bodies.extend([
                attempt.into(),
                (*request).into(),
                (*side as u32).into(),
                journey.into(),
                digest,
            ]);
        }
    }
}

impl BlobRows {
    pub(crate) fn new() -> Self {
        Self {
            blob: ManyRows::new(
                "writing to the table blob",
                "WITH n (journey, digest, size, compression, content, file, stored, from_ms) AS (VALUES",
                8,
                ") INSERT INTO blob (tenant, digest, size, compression, content, file, stored, from_ms)
                 SELECT j.tenant, n.digest, n.size, n.compression, n.content, n.file, n.stored, n.from_ms
                 FROM n JOIN journey j ON j.id = n.journey WHERE true ON CONFLICT (tenant, digest) DO NOTHING
                 RETURNING id, stored, file, (SELECT t.name FROM tenant t WHERE t.id = blob.tenant)",
            ),
            artifact: ManyRows::new(
                "writing to the table artifact",
                "WITH n (attempt, number, journey, digest) AS (VALUES",
                4,
                ") INSERT INTO artifact (attempt, number, blob) SELECT n.attempt, n.number, b.id FROM n
                 JOIN journey j ON j.id = n.journey JOIN blob b ON b.tenant = j.tenant AND b.digest = n.digest",
            ),
            body: ManyRows::new(
                "writing to the table body",
                "WITH n (attempt, request, side, journey, digest) AS (VALUES",
                5,
                ") INSERT INTO body (attempt, request, side, blob) SELECT n.attempt, n.request, n.side, b.id FROM n
                 JOIN journey j ON j.id = n.journey JOIN blob b ON b.tenant = j.tenant AND b.digest = n.digest",
            ),
        }
    }

    /// Writes contents that are not there yet, and what refers to them. The rows of the attempts are there.
    pub(crate) async fn write(
        &self,
        values: &BlobValues,
        connection: &mut SqliteConnection,
    ) -> Result<NewBlobs, StoreError> {
        let mut new = NewBlobs::default();
        if values.blobs.is_empty() {
            return Ok(new);
        }
        let what = StoreError::sql("writing to the table blob");
        let (mut ids, mut taken) = (Vec::new(), HashSet::new());
        for row in self.blob.fetch(&values.blobs, &mut *connection).await? {
            let stored: i64 = row.try_get(1).map_err(&what)?;
            ids.push(row.try_get::<i64, _>(0).map_err(&what)?);
            taken.extend(row.try_get::<Option<String>, _>(2).map_err(&what)?);
            let tenant: String = row.try_get(3).map_err(&what)?;
            if let Ok(tenant) = tenant.parse() {
                *new.stored.entry(tenant).or_default() += u64::try_from(stored).unwrap_or(0);
            }
        }
        self.artifact.execute(&values.artifacts, &mut *connection).await?;
        self.body.execute(&values.bodies, &mut *connection).await?;
        add_blobs(Some(&ids), connection).await?;
        new.surplus = values.files.iter().filter(|file| !taken.contains(&***file)).cloned().collect();
        Ok(new)
    }
}
