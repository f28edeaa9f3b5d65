//! Lists the Rust SDK's sources and the interface for `wayfarer new`, which vendors them: `sdk.rs` in the
//! build's output folder holds `FILES`, pairs of a path below `vendor/` and the file's text. Tells the program when it was
//! built, in unix seconds; `SOURCE_DATE_EPOCH` overrides that.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, fs, io};

const CRATES: [&str; 2] = ["wayfarer-sdk", "wayfarer-sdk-macros"];

fn main() -> io::Result<()> {
    println!("cargo::rustc-env=WAYFARER_BUILT_S={}", built_s());
    println!("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH");
    let missing = |name| io::Error::other(format!("cargo did not set {name}"));
    let manifest_dir = env::var_os("CARGO_MANIFEST_DIR").ok_or_else(|| missing("CARGO_MANIFEST_DIR"))?;
    let out_dir = env::var_os("OUT_DIR").ok_or_else(|| missing("OUT_DIR"))?;
    let root = Path::new(&manifest_dir).join("../..");
    let mut files = Vec::new();
    for name in CRATES {
        let folder = root.join("sdk/rust").join(name);
        println!("cargo::rerun-if-changed={}", folder.display());
        collect(&folder, Path::new(name), &mut files)?;
    }
    println!("cargo::rerun-if-changed={}", root.join("wit").display());
    println!("cargo::rerun-if-changed={}", root.join("Cargo.toml").display());
    files.sort();
    let mut source = String::from("&[\n");
    for (below, path) in &files {
        let path = fs::canonicalize(path)?.to_string_lossy().into_owned();
        writeln!(source, "    ({below:?}, include_str!({path:?})),").map_err(io::Error::other)?;
    }
    source.push_str("]\n");
    fs::write(Path::new(&out_dir).join("sdk.rs"), source)
}

#[expect(clippy::disallowed_methods, reason = "the date of the build")]
fn built_s() -> u64 {
    let told = env::var("SOURCE_DATE_EPOCH").ok().and_then(|told| told.parse().ok());
    told.unwrap_or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
}

/// Everything that building the crate needs; its tests stay behind.
fn collect(folder: &Path, below: &Path, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let below = below.join(&name);
        // The interface is a symbolic link to the one in `wit/`; what is behind it is what counts.
        if path.is_dir() {
            if !matches!(name.to_str(), Some("tests" | "target" | "examples" | "benches")) {
                collect(&path, &below, files)?;
            }
        } else if matches!(
            path.extension().and_then(|ending| ending.to_str()),
            Some("rs" | "toml" | "wit" | "md")
        ) {
            files.push((below.to_string_lossy().into_owned(), path));
        }
    }
    Ok(())
}
