//! Uploads by tenants that mean harm: the compiler, its child process, the queue before it, and what is left behind.

use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, Instant};

use serde_json::json;
use wayfarer_testkit::until_blocking;
use wayfarer_tests::support::{
    Runner, TWO_TENANTS, answer, crafted, digest, guest, is_in_full, times, verified,
};

/// The processor time for a component, in seconds: enough for an honest guest even here, and soon over.
const SECONDS: u64 = 20;

fn runner() -> Runner {
    Runner::start(&format!("{TWO_TENANTS}\n[limits]\ncompile_cpu = \"{SECONDS}s\"\n"))
}

fn honest() -> Vec<u8> {
    std::fs::read(guest("raw_steps")).unwrap()
}

#[track_caller]
fn until_compiling(runner: &Runner, count: usize) -> Vec<u32> {
    until_blocking("so many compile", || runner.compiling(), |children| children.len() == count)
}

#[test]
fn the_compiler_is_confined_and_its_refusal_names_the_largest_function() {
    const SECONDS: u64 = 2;
    let runner = Runner::start(&format!("{TWO_TENANTS}\n[limits]\ncompile_cpu = \"{SECONDS}s\"\n"));
    let slow = crafted::slow_to_compile();
    let mut upload = runner.begin_upload("acme", &slow, slow.len());
    let child = until_compiling(&runner, 1)[0];
    let file = |name: &str| std::fs::read_to_string(format!("/proc/{child}/{name}")).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line[name.len().min(line.len())..].split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    // The filter of system calls comes last.
    let status =
        until_blocking("the child is sealed", || file("status"), |status| field(status, "Seccomp:") == ["2"]);
    assert_eq!(field(&status, "NoNewPrivs:"), ["1"]);
    if rustix::process::geteuid().is_root() {
        let users = field(&status, "Uid:");
        assert!(users.iter().all(|user| user != "0" && *user == users[0]), "{users:?}");
        assert_eq!(field(&status, "CapEff:"), ["0000000000000000"]);
        assert_eq!(field(&status, "Groups:"), Vec::<String>::new());
        let namespace = |process: u32| std::fs::read_link(format!("/proc/{process}/ns/net")).unwrap();
        assert_ne!(namespace(child), namespace(runner.pid()), "a network of its own, with nothing in it");
    }
    let limits = file("limits");
    for (limit, most) in [
        ("Max address space", (1_u64 << 30).to_string()),
        ("Max core file size", "0".to_owned()),
        ("Max file size", "0".to_owned()),
        ("Max processes", "0".to_owned()),
        ("Max cpu time", SECONDS.to_string()),
    ] {
        assert_eq!(field(&limits, limit)[0], most, "{limit}");
    }
    let open = std::fs::read_dir(format!("/proc/{child}/fd")).map(Iterator::count);
    assert_eq!(open.unwrap_or(3), 3, "three pipes and nothing else");
    let stat = file("stat");
    let nice = stat.rsplit(')').next().unwrap().split_whitespace().nth(16).unwrap().to_owned();
    assert_eq!(nice, "10");
    // The machine may be busy with others, whose priority is higher.
    upload.set_read_timeout(Some(Duration::from_mins(5))).unwrap();
    let (status, body) = answer(&mut upload);
    assert_eq!(status, 422, "{body}");
    let said = format!(
        "took more than {SECONDS} s of processor time: make it smaller; its largest function is `shop::heaviest`"
    );
    assert!(body.contains(&said), "{body}");
}

#[test]
fn who_hangs_up_ends_the_compilation() {
    let runner = runner();
    let slow = crafted::slow_to_compile();
    let uploads = [1, 2, 3].map(|number| {
        let slow = crafted::variant(&slow, number);
        runner.begin_upload("acme", &slow, slow.len())
    });
    until_compiling(&runner, 1);
    drop(uploads);
    let left = until_compiling(&runner, 0);
    verified("three clients that hang up: compilers that go on", &json!(0), &json!(left.len()));
    // Those that waited are gone too.
    let (status, body) = runner.upload("acme", &honest());
    assert_eq!(status, 200, "{body}");
}

#[test]
fn a_tenant_that_uploads_bombs_waits_for_itself() {
    let runner = runner();
    let slow = crafted::slow_to_compile();
    let bombs: Vec<_> = (0..8)
        .map(|number| {
            let slow = crafted::variant(&slow, number);
            runner.begin_upload("acme", &slow, slow.len())
        })
        .collect();
    let own = std::thread::available_parallelism().map_or(2, |count| (count.get() / 2).clamp(2, 4)) / 2;
    until_compiling(&runner, own);
    let (status, body) = runner.upload("acme", &honest());
    assert_eq!((status, body.contains("8 uploads of the tenant are under way")), (429, true), "{body}");
    let (status, body) = runner.upload("globex", &honest());
    assert_eq!(status, 200, "{body}");
    let compiling = runner.compiling().len();
    verified(
        "eight bombs of one tenant: its compilers beside another tenant's upload",
        &json!(own),
        &json!(compiling),
    );
    drop(bombs);
    until_compiling(&runner, 0);
}

#[test]
fn a_role_is_looked_at_before_the_body() {
    let runner = runner();
    let viewer = runner.ok(&["--quiet", "tokens", "add", "reader", "--role", "viewer", "--tenant", "acme"]);
    let token = viewer.lines().next().unwrap();
    let line = format!("PUT /api/v1/components/{} HTTP/1.1", "ab".repeat(32));
    let ask = |token: &str| {
        let mut stream = runner.connect();
        stream.write_all(runner.head(&line, 60 << 20, token).as_bytes()).unwrap();
        answer(&mut stream)
    };
    let (status, body) = ask(token);
    assert!(body.contains("this takes the role `author`"), "{body}");
    let statuses = [status, ask("wf_nonsense").0];
    verified(
        "60 MiB announced by a viewer, by nobody: answers before a byte of it",
        &json!([403, 401]),
        &json!(statuses),
    );
}

#[test]
fn what_nobody_deploys_holds_no_descriptor() {
    let runner = runner();
    let (status, body) = runner.upload("acme", &honest());
    assert_eq!(status, 200, "{body}");
    let open = || std::fs::read_dir(format!("/proc/{}/fd", runner.pid())).unwrap().count();
    let before = open();
    let uploads = times(60);
    for number in 0..uploads {
        let (status, body) = runner.upload("acme", &crafted::variant(&honest(), number));
        assert_eq!(status, 200, "{body}");
    }
    let case = format!("{uploads} uploads that nobody deploys: descriptors that the server keeps of them");
    let kept = until_blocking("connections are closed", || open().saturating_sub(before), |kept| *kept < 2);
    verified(&case, &json!(true), &json!(kept < 2));
}

#[test]
fn the_same_bytes_of_another_tenant_are_compiled_as_if_they_were_new() {
    let runner = runner();
    let content = honest();
    let compiled = || {
        let begins = digest(&content);
        let files = std::fs::read_dir(runner.data_dir().join("components")).unwrap().flatten();
        let mut own = files.filter(|file| file.file_name().to_string_lossy().starts_with(&begins));
        own.next().map(|file| file.metadata().unwrap().ino())
    };
    assert_eq!(runner.upload("acme", &content).0, 200);
    let first = compiled().expect("its artefact");
    assert_eq!(runner.upload("acme", &content).0, 200);
    assert_eq!(compiled(), Some(first), "its own upload is known to a tenant");
    assert_eq!(runner.upload("globex", &content).0, 200);
    let is_compiled = compiled().is_some_and(|artefact| artefact != first);
    verified(
        "the same bytes of another tenant: compiled as if they were new",
        &json!(true),
        &json!(is_compiled),
    );
    assert_eq!(runner.query("SELECT count(*) FROM component"), "1");
    assert_eq!(runner.query("SELECT count(*) FROM component_tenant"), "2");
}

/// Uploads of a tenant in turn: bytes that another tenant has uploaded, and bytes that nobody has.
#[test]
#[expect(clippy::disallowed_methods, reason = "what is measured is the real clock")]
fn the_time_of_an_answer_does_not_tell_what_another_tenant_has() {
    let config = format!("{TWO_TENANTS}\n[limits]\ncompile_cpu = \"{SECONDS}s\"\n");
    let runner = Runner::measured(&config, &[], |_| {});
    let mut took: [Vec<Duration>; 2] = Default::default();
    for number in 0..times(30) {
        let [known, new] = [2 * number, 2 * number + 1].map(|number| crafted::variant(&honest(), number));
        assert_eq!(runner.upload("acme", &known).0, 200);
        let mut turns = [(&known, 0), (&new, 1)];
        turns.rotate_left(number as usize % 2);
        for (content, whose) in turns {
            let asked = Instant::now();
            assert_eq!(runner.upload("globex", content).0, 200);
            took[whose].push(asked.elapsed());
        }
    }
    let [known, new] = took.map(|mut took| {
        took.sort();
        took[took.len() / 2]
    });
    println!("uploads of another tenant's bytes: {known:?}; of new bytes: {new:?}");
    // What is not compiled takes a tenth of it. A few uploads on a busy machine differ by more than many do.
    let most = if is_in_full() { new / 10 } else { new / 2 };
    let case = format!(
        "the time of an upload: another tenant's bytes and new ones differ by less than {}",
        if is_in_full() { "a tenth" } else { "half" }
    );
    verified(&case, &json!(true), &json!(known.abs_diff(new) < most));
}
