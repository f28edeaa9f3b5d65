//! Every status page as it was rendered last. However many visitors come, each page is rendered once in [`FRESH`].

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::badge::badge;
use super::feed::Feed;
use super::page::StatusPage;
use crate::clock::Stopwatch;
use crate::protocol::StatusPageInfo;
use crate::server::use_cases::{JourneyError, UseCases};
use crate::server::web::answer::Prepared;
use askama::Template as _;

/// How long a rendered page is shown.
const FRESH: Duration = Duration::from_secs(10);

/// A page in all its forms.
pub(super) struct Rendered {
    pub(super) page: Prepared,
    pub(super) badge: Prepared,
    pub(super) feed: Prepared,
}

/// Why a page is not shown.
#[derive(Debug, thiserror::Error)]
pub(super) enum StatusError {
    #[error(transparent)]
    Figures(#[from] JourneyError),
    #[error("the status page could not be rendered: {0}")]
    Template(#[from] askama::Error),
}

/// A page with when it was begun.
type Kept = (Stopwatch, Arc<Rendered>);

/// All that is kept: by path, which no more exist of than the configuration names.
#[derive(Clone, Default)]
pub(in crate::server::web) struct StatusPages {
    // Whoever renders holds it, and the others wait: rendering takes milliseconds.
    rendered: Arc<tokio::sync::Mutex<HashMap<String, Kept>>>,
}

impl StatusPages {
    /// The page at that path; none if no tenant has it.
    pub(super) async fn at(
        &self,
        use_cases: &UseCases,
        path: &str,
    ) -> Result<Option<Arc<Rendered>>, StatusError> {
        let Some(tenant) = use_cases.tenant_of_status_page(path) else { return Ok(None) };
        let mut kept = self.rendered.lock().await;
        if let Some((since, rendered)) = kept.get(path)
            && since.elapsed() < FRESH
        {
            return Ok(Some(Arc::clone(rendered)));
        }
        let since = Stopwatch::start();
        let Some(info) = use_cases.status_page(&tenant).await? else { return Ok(None) };
        let rendered = Arc::new(rendered(&info)?);
        kept.insert(path.to_owned(), (since, Arc::clone(&rendered)));
        Ok(Some(rendered))
    }
}

fn rendered(info: &StatusPageInfo) -> Result<Rendered, StatusError> {
    Ok(Rendered {
        page: Prepared::of(StatusPage::new(info).render()?),
        badge: Prepared::of(badge(info)),
        feed: Prepared::of(Feed::new(info).render()?),
    })
}
