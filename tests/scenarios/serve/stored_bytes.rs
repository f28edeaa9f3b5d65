//! A tenant that has stored what it may goes on being tested, and everybody can see why its recordings are short.

use wayfarer_tests::support::{Runner, guest};

#[test]
fn a_tenant_at_its_limit_keeps_its_verdicts_and_loses_recordings() {
    let config = "[tenants.acme]\nstored_bytes = \"20KiB\"\nnetwork.allow = [\"127.0.0.1:*\"]\n\
                  [tenants.acme.secrets.password]\nenv = \"ACME_PASSWORD\"\n\
                  [tenants.globex]\nnetwork.allow = [\"127.0.0.1:*\"]\n\
                  [tenants.globex.secrets.password]\nenv = \"ACME_PASSWORD\"\n";
    let runner = Runner::with(config, &[("ACME_PASSWORD", "hunter2-hunter2")]);
    let project = runner.folder().join("odd");
    std::fs::create_dir_all(&project).unwrap();
    std::os::unix::fs::symlink(guest("wayfarer_guest_odd"), project.join("odd.wasm")).unwrap();
    let toml = "[network]\nallow = [\"127.0.0.1:*\"]\n[secrets.password]\nenv = \"X\"\n";
    std::fs::write(project.join("journey.toml"), toml).unwrap();
    let odd = project.join("odd.wasm").display().to_string();
    for tenant in ["acme", "globex"] {
        let given = ["-e", "size=1", "-e", "base_url=http://127.0.0.1:1"];
        runner.ok(&[&["deploy", "--tenant", tenant, "--component", &odd], &given[..]].concat());
        // A log of a hundred kilobytes.
        runner.ok(&["trigger", "--tenant", tenant, "many-log-lines"]);
    }
    let runs = "SELECT r.tenant, r.verdict, a.is_reduced FROM v1_runs r JOIN v1_attempts a ON a.run = r.run ORDER BY 1";
    assert_eq!(runner.query(runs), "acme|passed|1\nglobex|passed|0");
    let stored = "SELECT tenant, stored_bytes < 1000, stored_limit_bytes FROM v1_storage ORDER BY 1";
    assert_eq!(runner.query(stored), "acme|1|20480\nglobex|0|");
    let run = runner.query("SELECT run FROM v1_runs WHERE tenant = 'acme'");
    let shown = runner.ok(&["show", &run]);
    assert!(shown.contains("only this was kept, because the tenant's stored bytes were used up"), "{shown}");
    let listed = runner.ok(&["tenants", "list"]);
    assert!(listed.contains(" of 20.0 KiB"), "{listed}");
    let metrics = runner.get("/metrics");
    for line in [
        "wayfarer_tenant_stored_limit_bytes{tenant=\"acme\"} 20480\n",
        "wayfarer_tenant_runs_reduced_total{tenant=\"acme\"} 1\n",
        "wayfarer_tenant_runs_reduced_total{tenant=\"globex\"} 0\n",
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }
    assert!(!metrics.contains("stored_limit_bytes{tenant=\"globex\"}"), "{metrics}");
    runner.until_said("the tenant's stored bytes are used up");
    let (code, said) = runner.call(&["db", "check"]);
    assert_eq!(code, Some(0), "{said}");
}
