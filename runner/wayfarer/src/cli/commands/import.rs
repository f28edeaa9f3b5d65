//! `wayfarer import`: a file of checks from the file of another tool.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde_json::json;
use wayfarer_model::nearest::nearest;
use wayfarer_model::text::printable;

use super::http_check_save::replace;
use crate::author::check_file::{DraftFile, readable};
use crate::author::import::{Extras, Format, ImportError, LARGEST, import};
use crate::cli::CliError;
use crate::cli::global::{Console, Global};
use crate::config::Project;
use crate::exit::Exit;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The file, after its format if that is not to be found out: gatus, blackbox, uptime-kuma, har, openapi or curl. Without a
    /// file, standard input
    #[arg(required = true, num_args = 1..=2, value_name = "FORMAT|FILE")]
    what: Vec<PathBuf>,
    /// A URL that blackbox modules probe, or at which the API of an OpenAPI document is; may be repeated
    #[arg(long, value_name = "URL")]
    target: Vec<String>,
    /// What blackbox modules probe: Prometheus's configuration, or a file of its service discovery; may be repeated
    #[arg(long, value_name = "FILE")]
    targets: Vec<PathBuf>,
    /// The file to write; `-` is standard output
    #[arg(short, long, value_name = "FILE", default_value = "checks.toml")]
    output: PathBuf,
    /// Overwrite the file if it exists
    #[arg(long)]
    force: bool,
}

/// Standard input or output.
const STANDARD: &str = "-";

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    let console = global.console(&global.user()?);
    let (format, path) = what(&args.what)?;
    let is_standard = args.output == Path::new(STANDARD);
    if !is_standard && !args.force && args.output.exists() {
        return Err(exists(&args.output));
    }
    let shown =
        if path == Path::new(STANDARD) { "standard input".to_owned() } else { path.display().to_string() };
    let text = read(&path)?;
    let targets = args.targets.iter().map(|path| Ok((path.display().to_string(), read(path)?)));
    let extras =
        Extras { targets: args.target.clone(), target_files: targets.collect::<Result<_, CliError>>()? };
    let mut file = DraftFile::new(
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect(),
    );
    let format = import(format, &text, &extras, &mut file).map_err(|error| wrong(&shown, &error))?;
    let made_by = format!("Made by `wayfarer import {}` of {shown}.", format.name());
    let read_back = readable(file, &made_by, |text| {
        Project::of_text(&args.output, text).err().map(|error| error.to_string())
    });
    let read_back =
        read_back.map_err(|why| anyhow::anyhow!("the file would be refused: {why}; please report this"))?;
    tell(console, &read_back.file);
    let Some(text) = read_back.text else {
        return Err(CliError::Usage(format!("{shown}: nothing of it could be carried over")));
    };
    if is_standard {
        console.print(&text);
    } else {
        write(&args.output, &text, args.force)?;
    }
    if console.json && !is_standard {
        console.print_json(&summary(format, &args.output, &read_back.file));
    }
    let count = read_back.file.checks.len();
    console.say(&format!(
        "{count} check{} of {}{}",
        if count == 1 { "" } else { "s" },
        printable(&shown),
        if is_standard {
            String::new()
        } else {
            format!("; next:\n  wayfarer test {}", args.output.display())
        }
    ));
    Ok(Exit::Passed)
}

/// The format, if it is named, and the file.
fn what(words: &[PathBuf]) -> Result<(Option<Format>, PathBuf), CliError> {
    let format = |word: &PathBuf| word.to_str().and_then(Format::named);
    match words {
        [one] => Ok(match format(one) {
            Some(format) => (Some(format), STANDARD.into()),
            None => (None, one.clone()),
        }),
        [named, file] => {
            if let Some(format) = format(named) {
                Ok((Some(format), file.clone()))
            } else {
                let word = named.display().to_string();
                let near = nearest(&word, Format::ALL.map(Format::name));
                let near = near.map_or_else(
                    || format!("write one of {}", Format::names()),
                    |near| format!("did you mean `{near}`?"),
                );
                Err(CliError::Usage(format!("`{word}` is no format of another tool: {near}")))
            }
        }
        _ => Err(CliError::Usage("name one file".to_owned())),
    }
}

fn read(path: &Path) -> Result<String, CliError> {
    let shown = path.display();
    let unreadable = |error: std::io::Error| CliError::Usage(format!("cannot read {shown}: {error}"));
    let mut bytes = Vec::new();
    // One byte more than the limit tells that there is more.
    if path == Path::new(STANDARD) {
        std::io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    } else {
        let file = std::fs::File::open(path).map_err(unreadable)?;
        file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    }
    if bytes.len() as u64 > LARGEST {
        let size = std::fs::metadata(path).map_or(LARGEST + 1, |file| file.len());
        return Err(wrong(&shown.to_string(), &ImportError::TooLarge { size, most: LARGEST }));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let line = good.split(|byte| *byte == b'\n').count();
        CliError::Usage(format!("{shown}:{line}: it is not UTF-8: save it as that"))
    })
}

fn wrong(shown: &str, error: &ImportError) -> CliError {
    let line = error.line().map(|line| format!(":{line}")).unwrap_or_default();
    CliError::Usage(format!("{shown}{line}: {error}"))
}

fn exists(path: &Path) -> CliError {
    CliError::Usage(format!(
        "{} exists: overwrite it with `--force`, or name another file with `-o`",
        path.display()
    ))
}

fn write(path: &Path, text: &str, is_forced: bool) -> Result<(), CliError> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => exists(path),
        _ => CliError::Usage(format!("cannot write {}: {error}", path.display())),
    };
    // A file that is there is replaced as a whole; what is no file, such as `/dev/null`, is written to.
    if is_forced && std::fs::metadata(path).is_ok_and(|there| there.is_file()) {
        return replace(path, text).map_err(failed);
    }
    let mut options = std::fs::OpenOptions::new();
    let options = if is_forced { options.create(true) } else { options.create_new(true) };
    let mut file = options.write(true).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}

/// One line for each thing that is lost, and for each that a person has to know.
fn tell(console: Console, file: &DraftFile) {
    for loss in &file.losses {
        console.say(&format!("not carried over: {}: {}", printable(&loss.item), printable(&loss.why)));
    }
    for note in &file.notes {
        console.say(&format!("note: {}", printable(note)));
    }
}

fn summary(format: Format, path: &Path, file: &DraftFile) -> serde_json::Value {
    let checks: Vec<&str> = file.checks.iter().map(|check| check.name.as_str()).collect();
    let losses: Vec<_> =
        file.losses.iter().map(|loss| json!({ "item": loss.item, "why": loss.why })).collect();
    json!({ "format": format.name(), "file": path.display().to_string(), "checks": checks, "not_carried_over": losses, "notes": file.notes })
}
