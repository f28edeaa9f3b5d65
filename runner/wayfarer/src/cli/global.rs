//! The flags that every subcommand has, together with the environment and the user's settings.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args};
use tracing_subscriber::EnvFilter;
use wayfarer_model::text::{printable_json, printable_lines};

use super::CliError;
use super::remote::Remote;
use crate::author::report::{Detail, Style};
use crate::author::session::LastFailed;
use crate::config::{ColorChoice, RunnerFile, UserSettings, home_folder};
use crate::log_lines::{Lines, LogFormat};

#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Global {
    /// Show only runs that did not pass
    #[arg(short, long, global = true, env = "WAYFARER_QUIET", hide_env = true, value_parser = FalseyValueParser::new(),
        action = ArgAction::SetTrue, help_heading = "Global options")]
    pub(crate) quiet: bool,
    /// Show all details, and log to standard error; -vv logs more
    #[arg(short, long, global = true, env = "WAYFARER_VERBOSE", hide_env = true, action = ArgAction::Count,
        help_heading = "Global options")]
    pub(crate) verbose: u8,
    /// Print JSON to standard output
    #[arg(long, global = true, env = "WAYFARER_JSON", hide_env = true, value_parser = FalseyValueParser::new(),
        action = ArgAction::SetTrue, help_heading = "Global options")]
    pub(crate) json: bool,
    /// When to use colours: `auto`, `always` or `never`
    #[arg(
        long,
        global = true,
        value_enum,
        env = "WAYFARER_COLOR",
        hide_env = true,
        hide_possible_values = true,
        value_name = "WHEN",
        help_heading = "Global options"
    )]
    pub(crate) color: Option<ColorChoice>,
    /// The server's configuration, by default ./wayfarer.toml
    #[arg(
        long,
        global = true,
        env = "WAYFARER_CONFIG",
        hide_env = true,
        value_name = "FILE",
        help_heading = "Global options"
    )]
    pub(crate) config: Option<PathBuf>,
    /// The user's settings, by default ~/.config/wayfarer/config.toml
    #[arg(
        long,
        global = true,
        env = "WAYFARER_SETTINGS",
        hide_env = true,
        value_name = "FILE",
        help_heading = "Global options"
    )]
    pub(crate) settings: Option<PathBuf>,
    /// The data directory: the database and compiled components
    #[arg(
        long,
        global = true,
        env = "WAYFARER_DATA_DIR",
        hide_env = true,
        value_name = "DIR",
        help_heading = "Global options"
    )]
    pub(crate) data_dir: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

impl Global {
    /// Sends the log to standard error, a server's from its starts and requests on. `WAYFARER_LOG` takes a filter such as
    /// `wayfarer_sandbox=debug`.
    pub(super) fn start_log(&self, format: LogFormat, is_server: bool) {
        let level = match self.verbose {
            0 if self.quiet => "error",
            0 if is_server => "warn,wayfarer=info",
            0 => "warn",
            1 => "info",
            2 => "debug",
            _ => "trace",
        };
        let filter = EnvFilter::try_from_env("WAYFARER_LOG").unwrap_or_else(|_| EnvFilter::new(level));
        let colour = self.is_coloured(None, std::io::stderr().is_terminal());
        tracing_subscriber::fmt()
            .event_format(Lines { format, is_coloured: colour })
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .init();
    }

    pub(crate) fn user(&self) -> Result<UserSettings, CliError> {
        Ok(UserSettings::read(self.settings.as_deref())?)
    }

    /// The configuration of this machine's server.
    pub(crate) fn runner(&self) -> Result<RunnerFile, CliError> {
        let here = std::env::current_dir().map_err(anyhow::Error::from)?;
        Ok(RunnerFile::find(self.config.as_deref(), &here)?)
    }

    /// How to write to standard output and standard error.
    pub(crate) fn console(&self, user: &UserSettings) -> Console {
        let (out, err) = (std::io::stdout().is_terminal(), std::io::stderr().is_terminal());
        let detail = match (self.quiet, self.verbose) {
            (true, _) => Detail::Quiet,
            (false, 0) => Detail::Usual,
            (false, _) => Detail::Full,
        };
        Console {
            out: Style { colour: self.is_coloured(user.color, out) },
            err: Style { colour: self.is_coloured(user.color, err) },
            live: err && !self.quiet,
            detail,
            json: self.json,
        }
    }

    fn is_coloured(&self, user: Option<ColorChoice>, terminal: bool) -> bool {
        let plain = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        match self.color.or(user).unwrap_or_default() {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                terminal && !plain("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
            }
        }
    }

    /// The folder of compiled components.
    pub(crate) fn cache_dir(&self, user: &UserSettings) -> PathBuf {
        match self.data_dir.as_ref().or(user.data_dir.as_ref()) {
            Some(dir) => dir.join("components"),
            None => home_folder("XDG_CACHE_HOME", ".cache")
                .unwrap_or_else(|| std::env::temp_dir().join("wayfarer"))
                .join("components"),
        }
    }

    /// Which journeys failed the last time, beside the folder of compiled components.
    pub(super) fn last_failed(&self, user: &UserSettings) -> LastFailed {
        LastFailed::new(self.cache_dir(user).with_file_name("last-failed"))
    }

    /// Writes the error that ends the command.
    pub(crate) fn show_error(&self, error: &CliError) {
        let style = Style { colour: self.is_coloured(None, std::io::stderr().is_terminal()) };
        let text = error.to_string();
        let mut stderr = std::io::stderr().lock();
        let lines: Vec<&str> = if error.is_list() { text.lines().collect() } else { vec![&text] };
        for line in lines {
            // Nothing can be done if standard error is closed.
            let _ = writeln!(stderr, "{} {}", style.bad("error:"), printable_lines(line));
        }
    }
}

/// How to write to standard output and standard error.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Console {
    pub(crate) out: Style,
    pub(crate) err: Style,
    /// Whether to show progress while runs are in flight.
    pub(crate) live: bool,
    pub(crate) detail: Detail,
    pub(crate) json: bool,
}

impl Console {
    /// Writes a line of progress to standard error, unless `--quiet`.
    pub(crate) fn say(self, line: &str) {
        if self.detail > Detail::Quiet {
            // Nothing can be done if standard error is closed.
            let _ = writeln!(std::io::stderr(), "{}", self.err.dim(line));
        }
    }

    /// Writes data to standard output. Texts of other people went through `printable` before: this one cannot tell a colour
    /// from an escape sequence of theirs.
    #[expect(clippy::unused_self, reason = "data and progress are written in the same way")]
    pub(crate) fn print(self, text: &str) {
        let mut stdout = std::io::stdout().lock();
        // The reader may have closed the pipe.
        let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    }

    pub(crate) fn print_json(self, value: &serde_json::Value) {
        self.print(&printable_json(&format!("{value:#}\n")));
    }
}
