//! The catalogue: one declaration a table, from which export, `db check`, rebuild and retention follow.
//!
//! A table that is in the schema and not here fails a test, and so does one that is here and not in the schema. Tables are
//! private; what is public are the views named `v1_*` (`schema/views.rs`).

use crate::retention::RetentionKind;

/// One table. The order of [`TABLES`] is one that foreign keys allow: a parent comes before its children.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) owner: Owner,
    /// Whether a tenant's export has the tenant's rows of it.
    pub(crate) is_exported: bool,
    pub(crate) origin: Origin,
    /// The kinds whose retention changes or removes rows of it. Rows that belong to a run always go with the run.
    pub(crate) retention: &'static [RetentionKind],
    /// Columns that hold JSON.
    pub(crate) json: &'static [&'static str],
    /// Columns whose bytes count against a tenant's limit on stored bytes. Only a table whose rows belong to runs has them.
    pub(crate) recording: &'static [&'static str],
}

/// How a row belongs to a tenant; each names the column that says so.
#[derive(Clone, Copy)]
pub(crate) enum Owner {
    /// To no tenant: what every tenant's rows need to be read.
    Everybody,
    Tenant(&'static str),
    /// The column is NULL where the row concerns every tenant.
    TenantOrEvery(&'static str),
    Journey(&'static str),
    Step(&'static str),
    Run(&'static str),
    /// The column is the attempt's own id, which holds the run's: `run << 8` and the attempt's number.
    RunOfAttempt(&'static str),
    Attempt(&'static str),
    /// To the tenants that `component_tenant` names.
    Uploaded(&'static str),
    Incident(&'static str),
}

/// Where rows come from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// They are written once, from what happened. A rebuild leaves them alone.
    Recorded,
    /// A projection numbers names as they appear. A rebuild finds the same names under the same numbers.
    Named,
    /// A projection derives them. A rebuild removes all of them first.
    Derived,
    /// A projection derives them, one row a period: the parts of the key after `from_ms`. A rebuild removes first those of
    /// the periods from which the tenant's runs are all there.
    DerivedByPeriod { key: [&'static str; 2] },
}

const fn recorded(name: &'static str, owner: Owner) -> Table {
    Table {
        name,
        owner,
        is_exported: true,
        origin: Origin::Recorded,
        retention: &[],
        json: &[],
        recording: &[],
    }
}

const fn rollup(name: &'static str, owner: Owner, key: [&'static str; 2]) -> Table {
    Table {
        origin: Origin::DerivedByPeriod { key },
        retention: &[RetentionKind::Rollups],
        ..recorded(name, owner)
    }
}

impl Table {
    /// Stays in the server's file.
    const fn kept_back(self) -> Self {
        Self { is_exported: false, ..self }
    }

    const fn made(self, origin: Origin) -> Self {
        Self { origin, ..self }
    }

    const fn removed_by(self, retention: &'static [RetentionKind]) -> Self {
        Self { retention, ..self }
    }

    const fn with_json(self, json: &'static [&'static str]) -> Self {
        Self { json, ..self }
    }

    const fn weighed_by(self, recording: &'static [&'static str]) -> Self {
        Self { recording, ..self }
    }
}

/// Every table.
pub(crate) const TABLES: &[Table] = {
    use Origin::{Derived, Named};
    use Owner::{
        Attempt, Everybody, Incident, Journey, Run, RunOfAttempt, Step, Tenant, TenantOrEvery, Uploaded,
    };
    use RetentionKind::{Artifacts, Bodies, Deliveries, Incidents, Logs, Runs};
    &[
        // Made by whoever opens the file for writing.
        recorded("view_file", Everybody).kept_back(),
        recorded("dictionary", Everybody),
        recorded("tenant", Tenant("id")),
        recorded("tenant_version", Tenant("tenant")).with_json(&["policy"]),
        recorded("location", Everybody),
        recorded("location_period", Everybody),
        // Of this machine.
        recorded("clock", Everybody).kept_back(),
        recorded("incarnation", Everybody),
        recorded("engine", Everybody),
        recorded("component", Uploaded("digest")).with_json(&["journeys"]),
        recorded("component_tenant", Tenant("tenant")),
        recorded("journey", Tenant("tenant")),
        recorded("journey_version", Journey("journey")).with_json(&["spec", "params"]),
        recorded("pause", Journey("journey")),
        recorded("maintenance", TenantOrEvery("tenant")).with_json(&["journeys"]),
        recorded("kill_switch", TenantOrEvery("tenant")),
        // Opens the server, not its results.
        recorded("token", TenantOrEvery("tenant")).kept_back(),
        recorded("session", TenantOrEvery("tenant")).kept_back(),
        // One chain of all tenants' events, of which a part alone proves nothing. It names tenants by their names.
        recorded("audit_event", Everybody).kept_back(),
        recorded("audit_chain", Everybody).kept_back(),
        // Runs in flight: theirs are the process and the fence that started them.
        recorded("started", Journey("journey")).kept_back(),
        recorded("run_void", Tenant("tenant")),
        recorded("run", Journey("journey")).removed_by(&[Runs]),
        recorded("attempt", RunOfAttempt("id"))
            .removed_by(&[Runs, Bodies, Logs])
            .with_json(&["detail"])
            .weighed_by(&["detail"]),
        recorded("annotation", Run("run")).made(Derived).weighed_by(&["name", "value"]),
        // It counts as stored bytes by itself: `blobs/`. It goes with the last row that refers to it.
        recorded("blob", Tenant("tenant")),
        recorded("artifact", Attempt("attempt")).removed_by(&[Runs, Artifacts]),
        recorded("body", Attempt("attempt")).removed_by(&[Runs, Bodies]),
        rollup("hourly", Journey("journey"), ["journey", "location"]),
        rollup("daily", Journey("journey"), ["journey", "location"]),
        recorded("step", Journey("journey")).made(Named),
        rollup("step_hourly", Step("step"), ["step", "location"]),
        rollup("usage_daily", Tenant("tenant"), ["tenant", "tenant"]),
        // Retention gives back what it removes, of any kind but roll-ups: `stored_bytes.rs`.
        recorded("stored_daily", Tenant("tenant")).made(Derived),
        recorded("kept", Tenant("tenant")),
        recorded("last_failure", Journey("journey")).made(Derived),
        recorded("spared", Run("run")),
        recorded("removed_run", Everybody),
        // A rebuild leaves incidents alone: they follow from runs in the order of their commits, and from what people said.
        recorded("incident", Tenant("tenant")).removed_by(&[Incidents]),
        recorded("incident_event", Incident("incident")).removed_by(&[Incidents]),
        recorded("delivery", Tenant("tenant")).removed_by(&[Incidents, Deliveries]),
        // Of all tenants together, and asked for again by whoever needs it.
        recorded("domain", Everybody).kept_back(),
        // Of this server and its receiver.
        recorded("trace_export", Everybody).kept_back(),
        // The fold begins again in a copy.
        recorded("incident_watch", Journey("journey")).kept_back().with_json(&["state"]),
        recorded("incident_looks", Tenant("tenant")).kept_back().with_json(&["state"]),
        recorded("incident_cursor", Everybody).kept_back(),
    ]
};

impl Owner {
    /// An expression for the tenant of the row named `row`: NULL where it belongs to none.
    pub(crate) fn tenant(self, row: &str) -> String {
        let of_run = |run: &str| {
            format!("(SELECT j.tenant FROM run r JOIN journey j ON j.id = r.journey WHERE r.id = {run})")
        };
        match self {
            Self::Everybody | Self::Uploaded(_) => "NULL".to_owned(),
            Self::Tenant(column) | Self::TenantOrEvery(column) => format!("{row}.{column}"),
            Self::Journey(column) => format!("(SELECT j.tenant FROM journey j WHERE j.id = {row}.{column})"),
            Self::Incident(column) => {
                format!("(SELECT i.tenant FROM incident i WHERE i.id = {row}.{column})")
            }
            Self::Step(column) => format!(
                "(SELECT j.tenant FROM step s JOIN journey j ON j.id = s.journey WHERE s.id = {row}.{column})"
            ),
            Self::Run(column) => of_run(&format!("{row}.{column}")),
            Self::RunOfAttempt(column) | Self::Attempt(column) => of_run(&format!("{row}.{column} >> 8")),
        }
    }

    /// The SQL condition that the row named `row` belongs to the run numbered `run`, an expression. None for rows that belong to no run.
    fn is_of_run(self, row: &str, run: &str) -> Option<String> {
        match self {
            Self::Run(column) => Some(format!("{row}.{column} = {run}")),
            Self::RunOfAttempt(column) | Self::Attempt(column) => {
                Some(format!("{row}.{column} BETWEEN {run} << 8 AND ({run} << 8) + 255"))
            }
            _ => None,
        }
    }
}

/// The SQL expression for the bytes that the recordings of one run take; `run` is the expression for the run's number.
pub(crate) fn bytes_of_run(run: &str) -> String {
    let sums = TABLES.iter().filter(|table| !table.recording.is_empty()).filter_map(|table| {
        let bytes: Vec<String> =
            table.recording.iter().map(|column| format!("coalesce(octet_length(w.{column}), 0)")).collect();
        let of_run = table.owner.is_of_run("w", run)?;
        Some(format!("(SELECT coalesce(sum({}), 0) FROM {} w WHERE {of_run})", bytes.join(" + "), table.name))
    });
    sums.collect::<Vec<_>>().join(" + ")
}

impl Table {
    /// The statements that copy one tenant's rows from the database `source`. `?1` is the tenant.
    pub(crate) fn export(&self) -> Vec<String> {
        let name = self.name;
        if !self.is_exported {
            return Vec::new();
        }
        // The parents' rows are in the copy already, and only the tenant's.
        let from = match self.owner {
            Owner::Everybody => format!("source.{name} h"),
            Owner::Tenant(column) => format!("source.{name} h WHERE h.{column} = ?1"),
            Owner::TenantOrEvery(column) => {
                format!("source.{name} h WHERE h.{column} = ?1 OR h.{column} IS NULL")
            }
            Owner::Journey(column) => format!("source.{name} h JOIN main.journey p ON p.id = h.{column}"),
            Owner::Step(column) => format!("source.{name} h JOIN main.step p ON p.id = h.{column}"),
            Owner::Run(column) => format!("source.{name} h JOIN main.run p ON p.id = h.{column}"),
            Owner::Incident(column) => format!("source.{name} h JOIN main.incident p ON p.id = h.{column}"),
            Owner::RunOfAttempt(column) => format!(
                "main.run p JOIN source.{name} h ON h.{column} BETWEEN p.id << 8 AND (p.id << 8) + 255"
            ),
            Owner::Attempt(column) => format!("main.attempt p JOIN source.{name} h ON h.{column} = p.id"),
            Owner::Uploaded(column) => format!(
                "source.{name} h JOIN source.component_tenant o ON o.digest = h.{column} WHERE o.tenant = ?1"
            ),
        };
        // In the order of ids, where a table has them: the copy then only grows at its end.
        let copy = format!("INSERT INTO main.{name} SELECT h.* FROM {from} ORDER BY 1");
        // The steps of the schema leave rows in some of these.
        let clear = format!("DELETE FROM main.{name}");
        if matches!(self.owner, Owner::Everybody) { vec![clear, copy] } else { vec![copy] }
    }

    /// The statement that removes the rows of runs; `?1` is a JSON array of their numbers. None for a table whose rows do not
    /// go with their runs.
    pub(crate) fn remove_with_runs(&self) -> Option<String> {
        let (name, runs) = (self.name, "SELECT value FROM json_each(?1)");
        match self.owner {
            Owner::RunOfAttempt(column) | Owner::Attempt(column) => Some(format!(
                "DELETE FROM {name} WHERE {column} IN (SELECT h.{column} FROM json_each(?1) r
                   JOIN {name} h ON h.{column} BETWEEN r.value << 8 AND (r.value << 8) + 255)"
            )),
            Owner::Run(column) => Some(format!("DELETE FROM {name} WHERE {column} IN ({runs})")),
            // The table of runs itself.
            _ if self.retention.contains(&RetentionKind::Runs) => {
                Some(format!("DELETE FROM {name} WHERE id IN ({runs})"))
            }
            _ => None,
        }
    }

    /// The statement with which a rebuild removes what projections derive anew; None where it leaves the table alone.
    pub(crate) fn clear(&self) -> Option<String> {
        let name = self.name;
        match self.origin {
            Origin::Recorded | Origin::Named => None,
            Origin::Derived => Some(format!("DELETE FROM {name}")),
            Origin::DerivedByPeriod { .. } => Some(format!(
                "DELETE FROM {name} AS h WHERE h.from_ms >= (SELECT coalesce(max(k.from_ms), 0) FROM kept k
                   WHERE k.kind IN ('runs', 'rollups') AND k.tenant = {})",
                self.owner.tenant("h")
            )),
        }
    }

    /// The statement that removes a journey's rows of whole periods, which a projection derives anew: `?1` is the journey, `?2` and
    /// `?3` are the first instant and that after the last one, in unix milliseconds. None for other tables, and for what tenants used.
    pub(crate) fn clear_periods(&self) -> Option<String> {
        let name = self.name;
        let of_journey = match (self.origin, self.owner) {
            (Origin::DerivedByPeriod { .. }, Owner::Journey(column)) => format!("{column} = ?1"),
            (Origin::DerivedByPeriod { .. }, Owner::Step(column)) => {
                format!("{column} IN (SELECT id FROM step WHERE journey = ?1)")
            }
            _ => return None,
        };
        Some(format!("DELETE FROM {name} WHERE from_ms >= ?2 AND from_ms < ?3 AND {of_journey}"))
    }

    /// Each counts rows that must not be there, beside what foreign keys say; the text says what they are.
    pub(crate) fn promises(&self) -> Vec<(String, String)> {
        let name = self.name;
        let run = match self.owner {
            Owner::Run(column) => Some(format!("h.{column}")),
            Owner::RunOfAttempt(column) => Some(format!("h.{column} >> 8")),
            _ => None,
        };
        let orphans = run.map(|run| {
            let sql = format!(
                "SELECT count(*) FROM {name} h WHERE NOT EXISTS (SELECT 1 FROM run r WHERE r.id = {run})"
            );
            (format!("rows of the table {name} whose run is not there"), sql)
        });
        let json = self.json.iter().map(|column| {
            let sql = format!(
                "SELECT count(*) FROM {name} WHERE {column} IS NOT NULL AND NOT json_valid({column})"
            );
            (format!("rows of the table {name} whose {column} is not JSON"), sql)
        });
        orphans.into_iter().chain(json).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use sqlx::sqlite::SqliteConnectOptions;
    use sqlx::{AssertSqlSafe, ConnectOptions as _, SqliteConnection};

    use super::*;
    use crate::schema::{VIEWS, migrate};
    use crate::writer::Projections;

    async fn fresh() -> SqliteConnection {
        let mut connection = SqliteConnectOptions::new().in_memory(true).connect().await.unwrap();
        migrate(&mut connection, Path::new("memory")).await.unwrap();
        connection
    }

    async fn names(connection: &mut SqliteConnection, sql: &str) -> BTreeSet<String> {
        let names: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(connection).await.unwrap();
        names.into_iter().collect()
    }

    fn declared() -> BTreeSet<String> {
        TABLES.iter().map(|table| table.name.to_owned()).collect()
    }

    #[tokio::test]
    async fn every_table_is_declared_and_every_declaration_is_a_table() {
        let mut connection = fresh().await;
        let there = names(&mut connection, "SELECT name FROM sqlite_schema WHERE type = 'table'").await;
        assert_eq!(there, declared());
        assert_eq!(TABLES.len(), declared().len(), "none is declared twice");
    }

    #[tokio::test]
    async fn a_declaration_names_columns_that_are_there_and_parents_come_first() {
        let mut connection = fresh().await;
        for (place, table) in TABLES.iter().enumerate() {
            let name = table.name;
            let columns =
                names(&mut connection, &format!("SELECT name FROM pragma_table_info('{name}')")).await;
            let owner = match table.owner {
                Owner::Everybody => None,
                Owner::Tenant(column)
                | Owner::TenantOrEvery(column)
                | Owner::Journey(column)
                | Owner::Step(column)
                | Owner::Run(column)
                | Owner::RunOfAttempt(column)
                | Owner::Attempt(column)
                | Owner::Incident(column)
                | Owner::Uploaded(column) => Some(column),
            };
            let key = match table.origin {
                Origin::DerivedByPeriod { key } => [&key[..], &["from_ms"]].concat(),
                _ => Vec::new(),
            };
            let (json, recording) = (table.json.iter().copied(), table.recording.iter().copied());
            for column in owner.into_iter().chain(json).chain(recording).chain(key) {
                assert!(columns.contains(column), "{name}.{column}");
            }
            let parents = format!("SELECT \"table\" FROM pragma_foreign_key_list('{name}')");
            for parent in names(&mut connection, &parents).await {
                let before = TABLES[..place].iter().any(|table| table.name == parent);
                assert!(before || parent == name, "{parent} comes before {name}");
            }
        }
    }

    #[tokio::test]
    async fn the_statements_that_follow_from_it_are_sound() {
        let mut connection = fresh().await;
        sqlx::raw_sql("ATTACH ':memory:' AS source").execute(&mut connection).await.unwrap();
        let schema = "SELECT replace(sql, 'CREATE TABLE ', 'CREATE TABLE source.') FROM sqlite_schema WHERE type = 'table'";
        for sql in names(&mut connection, schema).await {
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        }
        for table in TABLES {
            let tenant = format!("SELECT {} FROM {} h", table.owner.tenant("h"), table.name);
            let promises = table.promises().into_iter().map(|(_, sql)| sql);
            let weight = (!table.recording.is_empty()).then(|| format!("SELECT {}", bytes_of_run("1")));
            let all =
                table.export().into_iter().chain(table.remove_with_runs()).chain(table.clear()).chain(weight);
            for sql in all.chain(promises).chain([tenant]) {
                let sql = sql.replace("?1", "'[1]'");
                sqlx::raw_sql(AssertSqlSafe(sql.clone()))
                    .execute(&mut connection)
                    .await
                    .unwrap_or_else(|error| panic!("{}: {error}: {sql}", table.name));
            }
        }
    }

    #[test]
    fn what_is_of_runs_goes_with_them_and_only_that_is_a_recording() {
        for table in TABLES {
            let is_of_runs = table.owner.is_of_run("h", "1").is_some();
            assert_eq!(
                table.remove_with_runs().is_some(),
                is_of_runs || table.name == "run",
                "{}",
                table.name
            );
            assert!(is_of_runs || table.recording.is_empty(), "{}", table.name);
        }
    }

    #[test]
    fn what_is_derived_is_what_projections_write() {
        let derived: BTreeSet<&str> =
            TABLES.iter().filter(|table| table.origin != Origin::Recorded).map(|table| table.name).collect();
        assert_eq!(Projections::new().tables().into_iter().collect::<BTreeSet<_>>(), derived);
    }

    /// What views may read of a version. `spec` is not among it: what is in there is the store's own affair.
    #[tokio::test]
    async fn views_read_columns_of_a_version_and_never_its_spec() {
        let columns: BTreeSet<String> = [
            "id",
            "journey",
            "number",
            "valid_from_ms",
            "deployed_ms",
            "deployed_by",
            "component",
            "delay_ms",
            "is_removed",
            "title",
            "schedule",
            "timezone",
            "tzdata",
            "grace_us",
            "timeout_us",
            "overlap",
            "confirm_every",
            "journey_group",
            "tags",
            "params",
            "owner",
            "runbook",
            "locations",
            "depends_on",
            "alert_rule",
            "revision",
            "labels",
        ]
        .map(str::to_owned)
        .into();
        let mut connection = fresh().await;
        let there = names(&mut connection, "SELECT name FROM pragma_table_info('journey_version')").await;
        let unread: BTreeSet<String> = ["spec", "spread_us"].map(str::to_owned).into();
        assert_eq!(columns.union(&unread).cloned().collect::<BTreeSet<_>>(), there);
        let mut read = BTreeSet::new();
        for view in VIEWS.iter().filter(|view| view.sql.contains("journey_version v")) {
            let words =
                view.sql.split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '.');
            let of_version =
                words.filter_map(|word| word.strip_prefix("v.").or_else(|| word.strip_prefix("n.")));
            read.extend(of_version.map(str::to_owned));
        }
        assert_eq!(read, columns);
        assert!(VIEWS.iter().all(|view| !view.sql.contains("spec")));
    }
}
