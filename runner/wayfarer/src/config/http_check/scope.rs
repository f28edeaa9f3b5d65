//! Which captured values a request may use: those of the requests before it.

use std::collections::BTreeSet;

use wayfarer_model::nearest::nearest;
use wayfarer_sandbox::http_check::{Piece, RequestCheck};

use super::sites::each_template;

/// The names that were captured so far.
#[derive(Debug, Default)]
pub(super) struct Scope(BTreeSet<String>);

impl Scope {
    /// Checks the next request, and takes the names in that it captures.
    ///
    /// # Errors
    /// A name that nothing stands for yet.
    pub(super) fn check(&mut self, request: &RequestCheck) -> Result<(), String> {
        let mut unknown = None;
        each_template(request, &mut |template, _| {
            let names = template.pieces().iter().filter_map(|piece| match piece {
                Piece::Captured(name) => Some(name),
                _ => None,
            });
            let first = names.clone().find(|name| !self.0.contains(*name)).cloned();
            unknown = unknown.take().or(first);
        });
        if let Some(name) = unknown {
            return Err(self.words(&name));
        }
        self.0.extend(request.captures.iter().map(|(name, _)| name.clone()));
        Ok(())
    }

    fn words(&self, name: &str) -> String {
        let known: Vec<&str> = self.0.iter().map(String::as_str).collect();
        let captured = match known.as_slice() {
            [] => "no earlier request captures a value".to_owned(),
            names => format!("earlier requests capture `{}`", names.join("`, `")),
        };
        let near =
            nearest(name, known).map(|near| format!(", did you mean `${{{near}}}`?")).unwrap_or_default();
        format!(
            "`${{{name}}}` stands for nothing: {captured}{near}; write `${{secret.{name}}}` or `${{param.{name}}}` for a secret or a \
             parameter, or `$${{{name}}}` for the text itself"
        )
    }
}
