//! What a registry answers of one domain, as far as it says when the registration expires (RFC 9083, "Object Class: domain").

use serde::Deserialize;

use crate::units::UnixMillis;

/// An RDAP answer.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Registration {
    #[serde(rename = "ldhName")]
    name: Option<String>,
    events: Vec<Event>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Event {
    event_action: String,
    event_date: String,
}

/// Why an answer does not say when a domain expires.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistrationError {
    /// It is of another domain.
    #[error("the answer is about `{0}`")]
    Another(String),
    /// The registry does not publish it.
    #[error("the registry does not say when the registration expires")]
    NoDate,
    /// It says something that is no date.
    #[error("`{0}` is not a date")]
    Unreadable(String),
}

impl Registration {
    /// When the registration of a domain expires: the first event of the kind `expiration`. A date without a time is that day's beginning, and a
    /// time without a zone is UTC, so that nobody is told too late.
    ///
    /// # Errors
    /// [`RegistrationError`].
    pub fn expires(&self, domain: &str) -> Result<UnixMillis, RegistrationError> {
        if let Some(name) = &self.name
            && !name.trim_end_matches('.').eq_ignore_ascii_case(domain)
        {
            return Err(RegistrationError::Another(name.chars().take(100).collect()));
        }
        let event = self.events.iter().find(|event| event.event_action.eq_ignore_ascii_case("expiration"));
        let date = event.ok_or(RegistrationError::NoDate)?.event_date.trim();
        let read = UnixMillis::parse(date).or_else(|_| UnixMillis::parse(&format!("{date}Z")));
        read.map_err(|_| RegistrationError::Unreadable(date.chars().take(100).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expires(json: &str) -> Result<String, RegistrationError> {
        let read: Registration = serde_json::from_str(json).unwrap();
        read.expires("shop.com").map(UnixMillis::rfc3339)
    }

    fn on(date: &str) -> Result<String, RegistrationError> {
        expires(&format!(
            r#"{{"ldhName": "SHOP.COM", "events": [{{"eventAction": "expiration", "eventDate": "{date}"}}]}}"#
        ))
    }

    #[test]
    fn the_date_is_that_of_the_registration_not_of_another_event() {
        let whole = r#"{"objectClassName": "domain", "handle": "1_DOMAIN_COM-VRSN", "ldhName": "SHOP.COM", "status": ["client transfer prohibited"],
            "events": [{"eventAction": "registration", "eventDate": "1997-09-15T04:00:00Z"},
              {"eventAction": "registrar expiration", "eventDate": "2027-01-01T00:00:00Z"},
              {"eventAction": "expiration", "eventDate": "2028-09-14T04:00:00Z"},
              {"eventAction": "last update of RDAP database", "eventDate": "2026-12-01T00:00:00Z"}]}"#;
        assert_eq!(expires(whole).unwrap(), "2028-09-14T04:00:00Z");
    }

    #[test]
    fn dates_are_read_as_registries_write_them() {
        assert_eq!(on("2028-09-14T04:00:00+02:00").unwrap(), "2028-09-14T02:00:00Z");
        assert_eq!(on("2028-09-14T04:00:00.123456Z").unwrap(), "2028-09-14T04:00:00.123Z");
        assert_eq!(on("2028-09-14T04:00:00").unwrap(), "2028-09-14T04:00:00Z");
        assert_eq!(on("2028-09-14").unwrap(), "2028-09-14T00:00:00Z");
        assert_eq!(on("soon"), Err(RegistrationError::Unreadable("soon".to_owned())));
        assert_eq!(on("1950-01-01"), Err(RegistrationError::Unreadable("1950-01-01".to_owned())));
    }

    #[test]
    fn an_answer_without_a_date_or_about_another_domain_says_so() {
        assert_eq!(expires("{}"), Err(RegistrationError::NoDate));
        assert_eq!(expires(r#"{"ldhName": "shop.com.", "events": []}"#), Err(RegistrationError::NoDate));
        let other = r#"{"ldhName": "other.com", "events": [{"eventAction": "expiration", "eventDate": "2028-09-14"}]}"#;
        assert_eq!(expires(other), Err(RegistrationError::Another("other.com".to_owned())));
    }
}
