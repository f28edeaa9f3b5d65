//! Documents: every document and place that a document, a comment or a message names is there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What git knows of the tree.
fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let listed = std::process::Command::new("git")
        .args(["ls-files", "-co", "--exclude-standard"])
        .current_dir(&root)
        .output();
    let listed = listed.unwrap();
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let names = String::from_utf8(listed.stdout).unwrap();
    let files: Vec<PathBuf> =
        names.lines().map(|name| root.join(name)).filter(|file| file.is_file()).collect();
    assert!(files.len() > 500, "git lists {} files", files.len());
    files
}

fn read(files: &[PathBuf], extensions: &[&str]) -> Vec<(PathBuf, String)> {
    let wanted = |file: &&PathBuf| {
        file.extension().is_some_and(|found| extensions.iter().any(|wanted| found == *wanted))
    };
    let text = |file: &PathBuf| Some((file.clone(), std::fs::read_to_string(file).ok()?));
    files.iter().filter(wanted).filter_map(text).collect()
}

/// The anchors that a page's headings have.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = page.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let words = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = words.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.collect::<String>().replace(' ', "-")
    };
    headings.map(anchor).collect()
}

/// The targets of `[…](target)`, outside of code.
fn links(page: &str) -> Vec<String> {
    let mut is_code = false;
    let mut found = Vec::new();
    for line in page.lines() {
        is_code ^= line.trim_start().starts_with("```");
        let prose = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        if !is_code {
            let targets = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
            found.extend(targets.map(|(target, _)| target.to_owned()));
        }
    }
    found
}

#[test]
fn every_link_of_a_page_leads_somewhere() {
    let pages = read(&files(), &["md"]);
    let (mut wrong, mut count) = (Vec::new(), 0);
    for (file, page) in &pages {
        for link in links(page).iter().filter(|link| !link.contains("://") && !link.starts_with("mailto:")) {
            count += 1;
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { file.clone() } else { file.parent().unwrap().join(path) };
            if !target.exists() {
                wrong.push(format!("{}: {link}: there is no such file", file.display()));
            } else if !anchor.is_empty() {
                let text = std::fs::read_to_string(&target).unwrap_or_default();
                if !anchors(&text).contains(anchor) {
                    wrong.push(format!("{}: {link}: there is no such heading", file.display()));
                }
            }
        }
    }
    assert!(count > 40, "only {count} links were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Names such as `runner/SECURITY.md` or `SCHEMA.md`, wherever they stand.
fn documents(text: &str) -> BTreeSet<&str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
    let words = text.split(|c| !is_part(c)).map(|word| word.trim_end_matches('.'));
    let is_name = |word: &&str| {
        let stem = word.strip_suffix(".md").and_then(|path| path.rsplit('/').next()).unwrap_or_default();
        !stem.is_empty() && stem.chars().all(|c| c.is_ascii_uppercase() || c == '_')
    };
    words.filter(is_name).collect()
}

#[test]
fn every_document_that_is_named_is_there() {
    let files = files();
    let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let mut wrong = Vec::new();
    for (file, text) in read(&files, &["md", "rs", "toml", "sh", "py", "sql", "wit", "in"]) {
        for name in documents(&text) {
            let name = name.trim_start_matches("../").trim_start_matches("./");
            if !names.iter().any(|known| known.ends_with(&format!("/{name}"))) {
                wrong.push(format!("{} names {name}, which is not there", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
