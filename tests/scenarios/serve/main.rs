//! The whole way over the real binary: deployed, scheduled, run, stored, queried; stopped and killed.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests a panic is the report"
)]

mod access;
mod alerts;
mod api_document;
mod audit_trail;
mod backups;
mod certificates;
mod checks;
mod clocks;
mod common_mode;
mod contention;
mod control_probe;
mod dependencies;
mod deploying;
mod domains;
mod evidence;
mod failpoints;
mod forms;
mod full_disk;
mod groups_and_confirmations;
mod incidents;
mod kills;
mod loaded;
mod oidc;
mod operating;
mod operator_pages;
mod otlp;
mod own_tls;
mod packaging;
mod pages;
mod paging;
mod peers;
mod power;
mod prometheus;
mod rebuilds;
mod redirects;
mod refusals;
mod retention;
mod retries;
mod sign_in;
mod status_page;
mod stored_bytes;
mod suspensions;
mod swap;
mod triggering;
mod under_attack;
mod unwell;
mod uploads;
mod voids;
mod whole_way;
