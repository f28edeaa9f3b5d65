//! The server under attack: an honest tenant's three journeys, the operator's `/healthz` and kill switch, and what is required
//! of them.

use std::any::Any;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;
use wayfarer_tests::support::server::{Web, http, text};
use wayfarer_tests::support::{Runner, TWO_TENANTS, is_in_full, verified};

use crate::loaded::{differing, now_ms};

/// What an honest tenant and the operator may have to bear meanwhile.
struct Bounds {
    /// The p99 of the time between an honest slot and its run's start.
    lateness_ms: u64,
    health: Duration,
    /// From the kill switch's call, the command's own start included, to the end of the last run.
    stop: Duration,
    /// How long an attack lasts.
    lasts: Duration,
}

impl Bounds {
    fn of_this_form() -> Self {
        let [lateness_ms, health_ms, stop_ms, lasts_s] =
            if is_in_full() { [250, 100, 1_000, 20] } else { [2_000, 1_500, 4_000, 3] };
        Self {
            lateness_ms,
            health: Duration::from_millis(health_ms),
            stop: Duration::from_millis(stop_ms),
            lasts: Duration::from_secs(lasts_s),
        }
    }
}

/// Does something beside the journeys, and returns what has to be kept for it to go on.
type Beside = Box<dyn Fn(&Runner) -> Box<dyn Any>>;

/// One way to attack.
pub(super) struct Attack {
    pub(super) name: String,
    /// Tables of the attacker's `journey.toml`.
    pub(super) journeys: String,
    pub(super) also: Option<Beside>,
}

impl Attack {
    /// By what these journeys do.
    pub(super) fn by_journeys(name: impl Into<String>, journeys: String) -> Self {
        Self { name: name.into(), journeys, also: None }
    }
}

/// A server under attack.
pub(super) struct Siege {
    runner: Runner,
    bounds: Bounds,
    process: u32,
    /// A component beside the attacker's `journey.toml`.
    component: Option<PathBuf>,
    _honest: Web,
}

/// The value of the attacker's own secret; its first letter is what a target may repeat.
pub(super) const VALUE: &str = "Qe7-horse-battery";

const RUNNING: &str = "SELECT count(*) FROM started s JOIN journey j ON j.id = s.journey
    JOIN tenant t ON t.id = j.tenant WHERE t.name = 'globex'";

impl Siege {
    /// Starts a server on which an honest tenant is well. `more` is put into the attacker's tables of `wayfarer.toml`.
    pub(super) fn begin(more: &str, furnish: impl FnOnce(&Path)) -> Self {
        let honest = http(|_| text("Welcome"));
        let config = format!(
            "{TWO_TENANTS}{more}\n[tenants.globex.secrets.password]\nenv = \"PASSWORD\"\nplaintext = true\n"
        );
        let runner = Runner::measured(&config, &[("PASSWORD", VALUE)], furnish);
        let mut toml = String::new();
        for number in 0..3 {
            write!(
                toml,
                "[http-check.good-{number}]\nurl = \"{}/\"\nschedule = \"every 1s\"\noverlap = \"allow\"\n",
                honest.url()
            )
            .unwrap();
        }
        runner.deploy("acme", &toml, &[]);
        runner.until("SELECT count(*) FROM v1_runs WHERE tenant = 'acme' AND is_good", |seen| seen != "0");
        let process = runner.pid();
        Self { runner, bounds: Bounds::of_this_form(), process, component: None, _honest: honest }
    }

    /// From now on the attacker's journeys are those of this component.
    pub(super) fn with_component(mut self, component: &Path) -> Self {
        self.component = Some(component.to_owned());
        self
    }

    /// Requires that attacks of one kind hold up nobody: one after the other in the full form, else all together.
    pub(super) fn withstands(&self, kind: &str, attacks: Vec<Attack>) {
        if is_in_full() {
            for attack in attacks {
                self.withstands_all(&attack.name.clone(), &[attack]);
            }
        } else {
            self.withstands_all(kind, &attacks);
        }
    }

    #[expect(clippy::disallowed_methods, reason = "what is measured is the real clock")]
    fn withstands_all(&self, name: &str, attacks: &[Attack]) {
        let journeys: String = attacks.iter().map(|attack| attack.journeys.as_str()).collect();
        let begins = now_ms();
        if !journeys.is_empty() {
            // The attacker is stopped still if there was an attack before.
            self.deploy(&journeys);
            self.runner.ok(&["tenants", "start", "globex"]);
            let ended =
                format!("SELECT count(*) FROM v1_runs WHERE tenant = 'globex' AND started_ms >= {begins}");
            self.runner.until(&format!("SELECT ({RUNNING}) + ({ended})"), |seen| seen != "0");
        }
        let held: Vec<Box<dyn Any>> =
            attacks.iter().filter_map(|attack| attack.also.as_ref()).map(|act| act(&self.runner)).collect();
        let (began, mut slowest) = (Instant::now(), Duration::ZERO);
        while began.elapsed() < self.bounds.lasts {
            let asked = Instant::now();
            self.runner.get("/healthz");
            slowest = slowest.max(asked.elapsed());
            std::thread::sleep(Duration::from_millis(50));
        }
        let ends = now_ms();
        let stopped = Instant::now();
        self.runner.ok(&["tenants", "stop", "globex"]);
        self.runner.until(RUNNING, |seen| seen == "0");
        let took = stopped.elapsed();
        drop(held);
        if !journeys.is_empty() {
            let verdicts =
                "SELECT verdict || ' ' || reason || ' ' || count(*) FROM v1_runs WHERE tenant = 'globex'";
            println!(
                "{name}: {}",
                self.runner.query(&format!("{verdicts} AND slot_ms >= {begins} GROUP BY verdict, reason"))
            );
        }
        self.judge(name, (begins, ends), slowest, took);
    }

    fn judge(&self, name: &str, (begins, ends): (u64, u64), health: Duration, stop: Duration) {
        let slots = format!("tenant = 'acme' AND due_ms BETWEEN {begins} AND {ends}");
        let late = self.runner.query(&format!(
            "SELECT started_ms - due_ms FROM v1_runs WHERE {slots} AND started_ms IS NOT NULL ORDER BY 1"
        ));
        let late: Vec<u64> = late.lines().map(|line| line.parse().unwrap()).collect();
        assert!(!late.is_empty(), "{name}: no honest slot was due");
        let p99 = late[(late.len() * 99).div_ceil(100) - 1];
        let row = |case: &str, bound: u128, seen: u128| {
            println!("{name}: {case} in ms: {seen}, of {bound}");
            verified(&format!("{name}: {case} below {bound} ms"), &json!(true), &json!(seen <= bound));
        };
        row("p99 of an honest tenant's lateness", self.bounds.lateness_ms.into(), p99.into());
        row("the slowest /healthz", self.bounds.health.as_millis(), health.as_millis());
        row("the kill switch", self.bounds.stop.as_millis(), stop.as_millis());
        let lost = self.runner.query(&format!("SELECT count(*) FROM v1_runs WHERE {slots} AND NOT is_good"));
        verified(&format!("{name}: honest slots without a good run"), &json!("0"), &json!(lost));
    }

    fn deploy(&self, journeys: &str) {
        let toml = format!("[network]\nallow = [\"127.0.0.1:*\"]\n{journeys}");
        let Some(component) = &self.component else {
            self.runner.deploy("globex", journeys, &["--prune"]);
            return;
        };
        let project = self.runner.folder().join("hostile");
        std::fs::create_dir_all(&project).unwrap();
        let link = project.join("hostile.wasm");
        let _ = std::os::unix::fs::symlink(component, &link);
        let secret = "[secrets.password]\nenv = \"PASSWORD\"\nplaintext = true\n";
        std::fs::write(project.join("journey.toml"), toml + secret).unwrap();
        let link = link.display().to_string();
        self.runner.ok(&[
            "deploy",
            "--tenant",
            "globex",
            "--component",
            &link,
            "-e",
            "base_url=http://127.0.0.1:1/",
        ]);
    }

    /// Requires that it is the process that was started, that it stops cleanly, and that every slot has its row.
    pub(super) fn ends_well(mut self, kind: &str) {
        verified(
            &format!("{kind}: the server's process is the one that was started"),
            &json!(self.process),
            &json!(self.runner.pid()),
        );
        verified(
            &format!("{kind}: exit code of a stop after it"),
            &json!(0),
            &json!(self.runner.end(Signal::TERM)),
        );
        let off = differing(&self.runner.audit());
        verified(&format!("{kind}: slots without exactly one row"), &json!(0), &json!(off));
    }
}

/// A check of this URL with a timing that presses, as a table of a `journey.toml`.
pub(super) fn check(name: &str, url: &str, more: &str) -> String {
    format!("[http-check.{name}]\nurl = \"{url}/\"\nschedule = \"every 1s\"\ngrace = \"1h\"\n{more}\n")
}
