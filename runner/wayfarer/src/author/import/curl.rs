//! Calls of curl: each URL of each is a check.

use std::time::Duration;

use url::Url;

use super::curl_command::Call;
use super::curl_words::{Command, commands};
use super::{ImportError, durations};
use crate::author::check_file::{DraftCheck, DraftFile, host_of, sealed};

/// More calls are no script of a person.
const MOST: usize = 2_000;

pub(super) fn import(text: &str, file: &mut DraftFile) -> Result<(), ImportError> {
    if text.contains("curl ^\"") {
        let what = "it is a call for Windows's command line (`^\"`): copy it as `cURL (bash)`";
        return Err(ImportError::at(text, "curl ^\"", what));
    }
    let commands = commands(text.trim_start_matches('\u{feff}'))?;
    let mut found = false;
    for command in commands.iter().take(MOST) {
        let item = format!("line {}", command.line);
        let Some(words) = of_curl(command) else {
            file.lose(item, "it calls another program than curl");
            continue;
        };
        found = true;
        if let Some(why) = command.refused {
            file.lose(item, why);
            continue;
        }
        if command.has_more {
            file.lose(&item, "what stands behind `|`, `>` or `<` is not part of the request");
        }
        match Call::read(words) {
            Err(why) => file.lose(item, why),
            Ok(calls) => calls.iter().for_each(|call| carry(&item, call, file)),
        }
    }
    if commands.len() > MOST {
        file.lose("the rest", format!("a file has at most {MOST} calls"));
    }
    if !found {
        return Err(ImportError::Shape { line: None, what: "it has no call of `curl`".to_owned() });
    }
    if !file.checks.is_empty() {
        file.note("calls do not say how often: write `schedule`");
    }
    Ok(())
}

/// The words behind the program's name, which a prompt and variables of the shell may stand before.
fn of_curl(command: &Command) -> Option<&[String]> {
    let is_before = |word: &String| {
        matches!(word.as_str(), "$" | "%" | ">" | "sudo" | "time" | "exec")
            || word.split_once('=').is_some_and(|(name, _)| {
                !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            })
    };
    let at = command.words.iter().position(|word| !is_before(word))?;
    let (program, rest) = command.words.get(at..)?.split_first()?;
    program.rsplit(['/', '\\']).next().filter(|name| matches!(*name, "curl" | "curl.exe")).map(|_| rest)
}

fn carry(item: &str, call: &Call, file: &mut DraftFile) {
    for lost in &call.lost {
        file.lose(item, lost);
    }
    if call.urls.is_empty() {
        file.lose(item, "it has no URL");
    }
    for url in &call.urls {
        if let Err(why) = check(item, call, url, file) {
            file.lose(item, why);
        }
    }
}

fn check(item: &str, call: &Call, url: &str, file: &mut DraftFile) -> Result<(), String> {
    if !call.is_glob_off && is_glob(url) {
        return Err(
            "its URL stands for several: write a call for each, or add `-g` if it does not".to_owned()
        );
    }
    let raw = call.raw_request(url);
    let parsed = Url::parse(&raw.url).ok();
    let wanted = parsed.as_ref().map_or_else(
        || item.to_owned(),
        |url| format!("{} {}", url.host_str().unwrap_or_default(), url.path()),
    );
    let title = format!(
        "{} {}",
        raw.method.as_deref().unwrap_or("GET"),
        raw.url.split('?').next().unwrap_or_default()
    );
    let mut request = sealed(file, &wanted, &raw)?;
    request.follow = call.follow();
    request.family = call.family;
    let seconds = |seconds: Option<f64>| {
        seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).filter(|limit| !limit.is_zero())
    };
    request.connect_timeout = seconds(call.connect_timeout).map(durations::written);
    if call.is_insecure
        && let Some(host) = parsed.as_ref().and_then(host_of)
    {
        file.host(&host).insecure = true;
    }
    for (host, addresses) in &call.resolve {
        let known = &mut file.host(host).resolve;
        if known.is_empty() {
            known.clone_from(addresses);
        } else if known != addresses {
            file.lose(item, format!("`--resolve` of `{host}`: a file has one answer for all its checks, and an earlier call has another one"));
        }
    }
    if let Some(proxy) = &call.proxy {
        file.use_proxy(item, proxy);
    }
    if let Some(authority) = call.authority.as_ref().filter(|path| !file.authorities.contains(path)) {
        file.authorities.push(authority.clone());
    }
    let name = file.names.next(&wanted);
    file.add(DraftCheck {
        name,
        title: title.replace("${env.", "${"),
        requests: vec![request],
        timeout: seconds(call.max_time).map(durations::written),
        retries: call.retries,
        ..DraftCheck::default()
    })
}

/// Whether curl would make several URLs of one. Variables and the brackets of an address are none of that.
fn is_glob(url: &str) -> bool {
    let bare = url.replace("${env.", "").replace("//[", "//");
    let (mut rest, mut is_several) = (bare.as_str(), false);
    while let Some((_, inner)) = rest.split_once(['{', '[']) {
        is_several |= inner.split_once(['}', ']']).is_some_and(|(inner, _)| inner.contains([',', '-']));
        rest = inner;
    }
    is_several
}
