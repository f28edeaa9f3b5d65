//! `wayfarer test --watch`: builds and runs again what a change concerns, until a person quits.
//!
//! An error of a build or of a file is shown and waited upon: the next change may mend it. A project whose component and files are
//! what they were is built and not run again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tokio::runtime::Runtime;
use wayfarer_model::cancel::CancelCause;

use super::test::{Args, Session, Which, session};
use crate::author::languages::source_folders;
use crate::author::watch::{Changes, Key, Keys};
use crate::cli::CliError;
use crate::cli::global::{Console, Global};
use crate::cli::source::found;
use crate::cli::walk::runtime;
use crate::exit::Exit;
use crate::shutdown::{Cancellation, Signals};

const KEYS: &str = "enter: again · a: all · f: failed · p: filter by name · q: quit";

struct Watch<'a> {
    global: &'a Global,
    args: &'a Args,
    console: Console,
    runtime: &'a Runtime,
    changes: Changes,
    keys: Option<Keys>,
    /// The folders of sources, and the projects that they concern.
    folders: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
    /// What the last build of each project made.
    made: BTreeMap<PathBuf, String>,
    /// How the last session ended.
    exit: Exit,
}

/// What to do next.
enum Next {
    Run(Which),
    Quit,
}

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    // What is wrong with the arguments no change of a file mends.
    let ignored = args.written_files()?;
    let runtime = runtime()?;
    // A signal during a build must not leave the terminal without its echo.
    let (signals, stop) = {
        let _inside = runtime.enter();
        Signals::listen(CancelCause::Person).map_err(anyhow::Error::from)?
    };
    runtime.spawn(signals.second());
    let changes = Changes::new(ignored).map_err(anyhow::Error::from)?;
    let (folders, made) = (BTreeMap::new(), BTreeMap::new());
    let mut watch = Watch {
        global,
        args,
        console,
        runtime: &runtime,
        changes,
        keys: None,
        folders,
        made,
        exit: Exit::Passed,
    };
    watch.follow()?;
    watch.keys = Keys::open();
    let mut next = Which { filters: args.names(), last_failed: args.last_failed, only: None };
    loop {
        let exit = watch.round(&next, &stop);
        if exit == Exit::Interrupted || stop.is_cancelled() {
            return Ok(Exit::Interrupted);
        }
        watch.follow()?;
        match watch.wait(&next, &stop) {
            Next::Run(which) => next = which,
            Next::Quit if stop.is_cancelled() => return Ok(Exit::Interrupted),
            Next::Quit => return Ok(exit),
        }
    }
}

impl Watch<'_> {
    /// Watches the folders of all projects, and of the packages beside them that they are built from.
    fn follow(&mut self) -> Result<(), CliError> {
        // While a journey.toml cannot be read, what was followed before is.
        let Ok(found) = found(&self.args.projects(), &self.args.component) else { return Ok(()) };
        for found in &found {
            let project = found.project();
            for folder in source_folders(project) {
                let folder = std::fs::canonicalize(&folder).unwrap_or(folder);
                self.changes.watch(&folder).map_err(anyhow::Error::from)?;
                self.folders.entry(folder).or_default().insert(project.dir.clone());
            }
        }
        Ok(())
    }

    fn round(&mut self, which: &Which, stop: &Cancellation) -> Exit {
        let before = which.only.as_ref().map(|_| &self.made);
        match session(self.global, self.args, which, (self.runtime, before)) {
            Ok(Session { exit, made }) => {
                self.made = made;
                self.exit = exit.unwrap_or(self.exit);
                self.exit
            }
            // A compiler that was interrupted has failed.
            Err(_) if stop.is_cancelled() => Exit::Interrupted,
            Err(error) => {
                self.global.show_error(&error);
                self.exit = error.exit();
                self.exit
            }
        }
    }

    fn wait(&mut self, last: &Which, stop: &Cancellation) -> Next {
        let keys = if self.keys.is_some() { KEYS } else { "Ctrl-C ends this" };
        self.console.say(&format!("waiting for changes; {keys}"));
        let base = Which { filters: self.args.names(), ..Which::default() };
        let Self { runtime, changes, keys, folders, args, console, .. } = self;
        runtime.block_on(async {
            loop {
                let key = async {
                    match keys {
                        Some(keys) => keys.next().await,
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    _ = stop.cancelled() => return Next::Quit,
                    changed = changes.next() => {
                        let only = concerned(folders, &changed);
                        console.say(&format!("changed: {}", named(&changed)));
                        return Next::Run(Which { only: Some(only), last_failed: false, filters: last.filters.clone() });
                    }
                    key = key => match key {
                        Key::Again => return Next::Run(Which { only: None, ..last.clone() }),
                        Key::All => return Next::Run(base),
                        Key::Failed => return Next::Run(Which { last_failed: true, ..base }),
                        Key::Quit => return Next::Quit,
                        Key::Help => console.say(KEYS),
                        Key::Filter => {
                            console.say("names, or parts of names (empty: those of the command line):");
                            let Some(keys) = keys.as_mut() else { continue };
                            let line = keys.line().await;
                            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
                            let filters = if words.is_empty() { args.filters.clone() } else { words };
                            return Next::Run(Which { filters, ..base });
                        }
                    }
                }
            }
        })
    }
}

/// The projects whose source changed.
fn concerned(
    folders: &BTreeMap<PathBuf, BTreeSet<PathBuf>>,
    changed: &BTreeSet<PathBuf>,
) -> BTreeSet<PathBuf> {
    let has_change = |folder: &Path| changed.iter().any(|path| path.starts_with(folder));
    folders
        .iter()
        .filter(|(folder, _)| has_change(folder))
        .flat_map(|(_, projects)| projects.clone())
        .collect()
}

/// The first three files.
fn named(changed: &BTreeSet<PathBuf>) -> String {
    let names = changed.iter().take(3).filter_map(|path| path.file_name());
    let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    if changed.len() > 3 {
        names.push(format!("{} more", changed.len() - 3));
    }
    names.join(", ")
}
