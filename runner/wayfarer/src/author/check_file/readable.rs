//! No text is written that the project's own parser refuses, and none that holds a secret: what is refused is listed instead, with its
//! reason.

use std::collections::HashSet;

use super::draft::DraftFile;
use super::draft_check::{DraftCheck, DraftRequest};
use super::texts::placeholders;
use super::written::{appended_text, file_text};

/// A draft of which the parser has read the text.
#[derive(Debug)]
pub(crate) struct Readable {
    /// None if no check is left.
    pub(crate) text: Option<String>,
    pub(crate) file: DraftFile,
}

/// The file with all that the parser reads.
///
/// `refusal` is the parser: None for a text that it reads. The error is its word about a file of which it reads every part alone,
/// which is a mistake of this program.
pub(crate) fn readable(
    mut file: DraftFile,
    made_by: &str,
    refusal: impl Fn(&str) -> Option<String>,
) -> Result<Readable, String> {
    file.withhold();
    if refusal(&file_text(&file, made_by)).is_some() {
        leave_out_refused(&mut file, &refusal);
    }
    file.finish();
    if file.checks.is_empty() {
        return Ok(Readable { text: None, file });
    }
    let text = file_text(&file, made_by);
    match refusal(&text) {
        None => Ok(Readable { text: Some(text), file }),
        Some(why) => Err(why),
    }
}

/// Parts of a file are tried without the others, so that one that is refused takes no other with it.
fn leave_out_refused(file: &mut DraftFile, refusal: &impl Fn(&str) -> Option<String>) {
    let with = |fill: &dyn Fn(&mut DraftFile)| {
        let mut part = DraftFile::default();
        fill(&mut part);
        if part.checks.is_empty() {
            part.checks.push(probe());
        }
        refusal(&appended_text(&part))
    };
    let hosts = std::mem::take(&mut file.hosts);
    file.hosts = good(hosts, &|hosts| with(&|part| part.hosts = hosts.to_vec()), &mut |host, why| {
        file.lose(format!("host {}", host.host), of_part(why));
    });
    let proxy: Vec<_> = file.proxy.take().into_iter().collect();
    file.proxy = good(proxy, &|proxy| with(&|part| part.proxy = proxy.first().cloned()), &mut |_, why| {
        file.lose("proxy", of_part(why));
    })
    .pop();
    let secrets = std::mem::take(&mut file.vault.secrets);
    let mut refused: HashSet<String> = HashSet::new();
    file.vault.secrets =
        good(secrets, &|secrets| with(&|part| part.vault.secrets = secrets.to_vec()), &mut |secret, why| {
            file.lose(format!("secret {}", secret.name), of_part(why));
            refused.insert(format!("secret.{}", secret.name));
        });
    let mut checks = std::mem::take(&mut file.checks);
    checks.retain(|check| {
        let text = super::written::check_text(check);
        let missing = placeholders(&text).into_iter().find(|placeholder| refused.contains(*placeholder));
        if let Some(placeholder) = missing {
            file.lose(check.item(), format!("its secret `${{{placeholder}}}` cannot be declared"));
        }
        missing.is_none()
    });
    file.checks = good(checks, &|checks| with(&|part| part.checks = checks.to_vec()), &mut |check, why| {
        file.lose(check.item(), of_part(why));
    });
}

fn of_part(why: &str) -> String {
    let rule = why.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    // The line is one of a file that nobody will see.
    let rule = rule
        .split_once(": ")
        .filter(|(place, _)| place.starts_with("checks.toml"))
        .map_or(rule, |(_, rule)| rule);
    format!("the file with it would be refused: {rule}")
}

/// A check of which nothing is refused.
fn probe() -> DraftCheck {
    DraftCheck {
        name: "probe".to_owned(),
        requests: vec![DraftRequest { url: "https://probe.invalid/".to_owned(), ..DraftRequest::default() }],
        ..DraftCheck::default()
    }
}

/// Those parts that are not refused. Halves are tried first, so that a few bad ones among thousands cost a few tries.
fn good<T>(
    mut parts: Vec<T>,
    refusal: &impl Fn(&[T]) -> Option<String>,
    lost: &mut impl FnMut(&T, &str),
) -> Vec<T> {
    let Some(why) = (if parts.is_empty() { None } else { refusal(&parts) }) else { return parts };
    if let [one] = parts.as_slice() {
        lost(one, &why);
        return Vec::new();
    }
    let others = parts.split_off(parts.len() / 2);
    let mut kept = good(parts, refusal, lost);
    kept.extend(good(others, refusal, lost));
    kept
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn one_bad_part_among_many_costs_few_tries_and_no_other_part() {
        let (tries, mut lost) = (Cell::new(0), Vec::new());
        let refusal = |parts: &[u32]| {
            tries.set(tries.get() + 1);
            parts.contains(&1_234).then(|| "no".to_owned())
        };
        let kept = good((0..4_000).collect(), &refusal, &mut |part, why| lost.push((*part, why.to_owned())));
        assert_eq!((kept.len(), lost), (3_999, vec![(1_234, "no".to_owned())]));
        assert!(tries.get() < 30, "{}", tries.get());
    }
}
