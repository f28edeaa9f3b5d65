//! The URL of a request: absolute, with placeholders.

use url::Url;
use wayfarer_model::userinfo::{has_userinfo, without_userinfo};
use wayfarer_sandbox::http_check::{Piece, Template, TemplateError};

use crate::config::FromText;

/// An absolute URL; where its beginning is a parameter's, only a run can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UrlText(pub(crate) Template);

impl FromText for UrlText {
    const WHAT: &'static str = "a URL such as `https://shop.example.com`";
    fn from_text(text: &str) -> Result<Self, String> {
        let template: Template = text.trim().parse().map_err(|error: TemplateError| error.to_string())?;
        let begins_with_text = matches!(template.pieces().first(), None | Some(Piece::Text(_)));
        if begins_with_text {
            // A placeholder stands for something that a URL may hold there.
            check(text, &template.filled(|_| Some("0".to_owned())).unwrap_or_default())?;
        } else if template
            .pieces()
            .first()
            .is_some_and(|piece| matches!(piece, Piece::Secret(_) | Piece::RunId))
        {
            return Err(format!(
                "`{text}` begins with neither a host nor a parameter: write it in full, such as `https://shop.example.com`"
            ));
        }
        let is_query = |piece: &Piece| matches!(piece, Piece::Text(text) if text.contains('?'));
        let before_query = template.pieces().iter().take_while(|piece| !is_query(piece));
        if before_query.into_iter().any(|piece| matches!(piece, Piece::Secret(_))) {
            return Err(format!(
                "`{text}` has a secret in its path, where whoever logs URLs would read it: send it in a header, or in `query`"
            ));
        }
        Ok(Self(template))
    }
    fn to_text(&self) -> String {
        self.0.to_string()
    }
}

fn check(written: &str, filled: &str) -> Result<(), String> {
    let rule = || {
        format!(
            "`{}` is not an http or https URL: write it in full, such as `https://shop.example.com`",
            without_userinfo(written)
        )
    };
    let url = Url::parse(filled).map_err(|_| rule())?;
    if has_userinfo(&url) {
        let shown = without_userinfo(written);
        return Err(format!(
            "`{shown}` names a user or password: leave them out, and write `basic` with a secret"
        ));
    }
    if matches!(url.scheme(), "http" | "https") && url.has_host() { Ok(()) } else { Err(rule()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_read_as_written() {
        for good in [
            "https://shop.example",
            "http://[::1]:8080/x",
            "${param.base_url}/orders",
            "https://${param.host}/x?q=${token}",
            "${next}",
        ] {
            assert_eq!(UrlText::from_text(good).unwrap().to_text(), good);
        }
        let error = |text: &str| UrlText::from_text(text).unwrap_err();
        insta::assert_snapshot!(error("shop.example"), @"`shop.example` is not an http or https URL: write it in full, such as `https://shop.example.com`");
        insta::assert_snapshot!(error("https://ana:x@shop.example/"), @"`https://…@shop.example/` names a user or password: leave them out, and write `basic` with a secret");
        insta::assert_snapshot!(error("https://shop.example/${secret.key}"), @"`https://shop.example/${secret.key}` has a secret in its path, where whoever logs URLs would read it: send it in a header, or in `query`");
        for url in
            ["https://shop.example/${secret.key}?page=2", "https://${secret.key}.example/?k=${secret.key}"]
        {
            assert!(error(url).contains("has a secret in its path"), "{url}");
        }
        assert!(UrlText::from_text("https://shop.example/?k=${secret.key}").is_ok());
        assert!(error("ftp://a.example").contains("is not an http") && error("").contains("is not an http"));
        assert!(error("https://a.example/${TO KEN}").contains("stands for nothing"));
    }
}
