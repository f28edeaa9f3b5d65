//! The loop of an author: choose, run, look, change, run again.

use std::path::Path;
use std::process::Command;

use wayfarer_testkit::until_blocking;
use wayfarer_tests::support::server::{http, shop, status, text};
use wayfarer_tests::support::{Case, binary, case, component, guest};

#[test]
fn a_function_s_name_chooses_its_journey_and_an_unknown_tag_names_those_that_exist() {
    let odd = || component(guest("wayfarer_guest_odd")).url("http://127.0.0.1").argument("--list");
    odd().argument("hard_check").run().exits(0).shows("hard-check");
    odd().argument("=hard_check").run().exits(0).shows("hard-check");
    let ended = odd().arguments(["--tag", "wel"]).run();
    ended.exits(4).complains("no journey has the tag `wel`; did you mean `well`?");
    odd().arguments(["--tag", "nosuch"]).run().exits(4).complains("there are `").complains("`well`");
}

#[test]
fn what_failed_the_last_time_runs_again_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(guest("wayfarer_guest_odd"), folder.path().join("odd.wasm")).unwrap();
    let odd = folder.path().join("odd.wasm").display().to_string();
    let shop = shop();
    let run = |more: &[&str]| {
        let arguments = [&["test", "--component", odd.as_str()], more].concat();
        case(arguments).target(&shop).run()
    };
    run(&["--last-failed"]).exits(4).complains("failed when it last ran here");
    run(&["=passes", "=hard-check", "=no-step"]).exits(3);
    let ended = run(&["--last-failed"]);
    ended.exits(3).shows("FAIL  hard-check").shows("BROKEN  no-step").nowhere("PASS  passes");
    run(&["=hard-check"]).exits(1);
    run(&["--last-failed", "=passes"]).exits(4);
    let ended = run(&["--last-failed", "no-step"]);
    ended.exits(3).nowhere("hard-check");
}

#[test]
fn repeated_runs_end_with_a_table_of_the_steps_that_failed() {
    let target = http(|asked| if asked.number % 4 == 1 { status(503, "later") } else { text("hello") });
    let ended = Case::odd("get").target(&target).arguments(["--repeat", "8", "-j", "1"]).run();
    ended.exits(1).shows("Steps that failed").shows("2 of 8").shows("25.0%").shows("flakes").shows("check");
    let good = http(|_| text("hello"));
    let ended = Case::odd("get").target(&good).arguments(["--repeat", "3"]).run();
    ended.exits(0).shows("No step failed in 3 attempts");
    let once = Case::odd("get").target(&good).run();
    once.exits(0).nowhere("No step failed");
}

#[test]
fn the_product_s_own_words_are_shown_when_a_journey_fails() {
    let script = "import http.server, sys\nprint('cannot reach the warehouse', flush=True)\n\
                  class H(http.server.BaseHTTPRequestHandler):\n    def do_GET(self):\n        self.send_response(STATUS)\n        \
                  self.end_headers()\nhttp.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), H).serve_forever()\n";
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let run = |code: &str, more: &[&str]| {
        let toml = format!(
            "[test.server]\ncommand = \"python3 product.py {port}\"\nurl = \"http://127.0.0.1:{port}/\"\n\
             [http-check.home]\nurl = \"http://127.0.0.1:{port}/\"\n"
        );
        let arguments = [&["test", "-C", "."], more].concat();
        case(arguments).toml(&toml).file("product.py", script.replace("STATUS", code)).run()
    };
    run("503", &[]).exits(1).complains("| cannot reach the warehouse");
    run("200", &[]).exits(0).nowhere("warehouse");
    run("200", &["-v"]).exits(0).complains("cannot reach the warehouse");
}

#[test]
fn a_watch_without_a_terminal_runs_again_what_changed_and_ends_by_ctrl_c() {
    let target = http(|_| text("hello"));
    let url = target.url();
    let toml = |name: &str, path: &str| format!("[http-check.{name}]\nurl = \"{url}/{path}\"\n");
    let watching = case(["test", "--watch", "-C", "one", "-C", "two", "--reporter", "junit=one/junit.xml"])
        .file("one/journey.toml", toml("one", "first"))
        .file("two/journey.toml", toml("two", "other"));
    let file = watching.folder().join("one/journey.toml");
    let running = watching.start();
    let asked = |path: &str| target.asked().iter().filter(|asked| asked.target == path).count();
    let wait = |path: &str| until_blocking(path, || asked(path), |count| *count > 0);
    wait("/first");
    wait("/other");
    // What is wrong is shown and waited upon; the next change mends it.
    std::fs::write(&file, "no toml [").unwrap();
    std::fs::write(&file, toml("one", "second")).unwrap();
    wait("/second");
    assert_eq!(asked("/other"), 1, "nothing of the other project changed");
    running.interrupt();
    let ended = running.wait();
    ended.exits(130).complains("waiting for changes").complains("changed: journey.toml");
}

#[test]
fn at_a_terminal_keys_filter_run_again_and_quit() {
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/watch.py");
    let output = Command::new("python3").arg(script).arg(binary()).arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
