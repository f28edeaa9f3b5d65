//! Lists the files of `migrations/`, of `views/` and of `examples/queries/`, so that a new step, view or ready query is a file and
//! nothing else: `steps.rs`, `views.rs` and `queries.rs` in the build's output folder hold a list of expressions each, in the order
//! of the files' names.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let missing = |name| io::Error::other(format!("cargo did not set {name}"));
    let manifest_dir = env::var_os("CARGO_MANIFEST_DIR").ok_or_else(|| missing("CARGO_MANIFEST_DIR"))?;
    let out_dir = env::var_os("OUT_DIR").ok_or_else(|| missing("OUT_DIR"))?;
    let (root, out) = (Path::new(&manifest_dir), Path::new(&out_dir));
    list(&root.join("migrations"), &out.join("steps.rs"), |name, path| {
        format!("({name:?}, include_str!({path:?}))")
    })?;
    list(&root.join("views"), &out.join("views.rs"), |name, path| {
        format!("View::of({name:?}, include_str!({path:?}))")
    })?;
    list(&root.join("../../examples/queries"), &out.join("queries.rs"), |name, path| {
        format!("({name:?}, include_str!({path:?}))")
    })
}

/// Writes an array with an expression for each file, of its name without `.sql` and its path.
fn list(folder: &Path, to: &Path, expression: impl Fn(&str, &str) -> String) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let entries =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<PathBuf>>>()?;
    let is_sql = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "sql");
    let mut files: Vec<PathBuf> = entries.into_iter().filter(is_sql).collect();
    files.sort();
    let mut source = String::from("&[\n");
    for path in files {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        writeln!(source, "    {},", expression(&name, &path.to_string_lossy())).map_err(io::Error::other)?;
    }
    source.push_str("]\n");
    fs::write(to, source)
}
