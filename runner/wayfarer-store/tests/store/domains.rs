//! What registries said of domains.

use wayfarer_model::units::UnixMillis;
use wayfarer_store::DomainRow;

use crate::fixture::{Fixture, NOON};

#[tokio::test]
async fn what_a_registry_said_of_a_domain_stays_while_it_does_not_answer() {
    let fixture = Fixture::new().await;
    let store = &fixture.store;
    let (day, expires) = (86_400_000, UnixMillis(NOON.0 + 900 * 86_400_000));
    let at = |days: u64| UnixMillis(NOON.0 + days * day);
    let asked =
        |name: &str, answer, days| store.domain_looked_up(name.to_owned(), answer, at(days), at(days + 1));
    asked("shop.com", Ok(expires), 0).await.unwrap();
    asked("shop.de", Err("no registry says".to_owned()), 0).await.unwrap();
    asked("shop.com", Err("it answered 503".to_owned()), 1).await.unwrap();
    let row = |name: &str, expires, days| DomainRow { name: name.to_owned(), expires, ask_again: at(days) };
    let known = [row("shop.com", Some((expires, at(0))), 2), row("shop.de", None, 1)];
    assert_eq!(store.domains().await.unwrap(), known);
    let shown = "SELECT domain, expires_ms IS NULL, seen_at, asked_at, problem FROM v1_domains ORDER BY 1";
    assert_eq!(
        fixture.query(shown),
        "shop.com|0|2026-09-14T12:00:00.000Z|2026-09-15T12:00:00.000Z|it answered 503\nshop.de|1||2026-09-14T12:00:00.000Z|no registry says"
    );
    asked("shop.com", Ok(UnixMillis(expires.0 + 1)), 2).await.unwrap();
    assert_eq!(
        store.domains().await.unwrap()[0],
        row("shop.com", Some((UnixMillis(expires.0 + 1), at(2))), 3)
    );
    assert_eq!(fixture.query("SELECT count(*) FROM v1_domains WHERE problem IS NULL"), "1");
    store.forget_domains(vec!["shop.com".to_owned(), "never.com".to_owned()]).await.unwrap();
    assert_eq!(store.domains().await.unwrap(), [row("shop.de", None, 1)]);
}
