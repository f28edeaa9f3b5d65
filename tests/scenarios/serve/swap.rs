//! The memory of guests where something can be swapped out, with a real swap space.

use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::Signal;
use serde_json::json;
use wayfarer_tests::support::{Runner, TWO_TENANTS, is_in_full, verified};

/// A swap space in a file. Dropping it takes it out of use.
struct SwapSpace(PathBuf);

impl SwapSpace {
    /// The reason, where this machine lets nobody make one.
    fn begin(folder: &Path) -> Result<Self, String> {
        let file = folder.join("swap");
        // Without holes, which a swap space must not have.
        std::fs::write(&file, vec![0; 16 << 20]).unwrap();
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        for program in ["/usr/sbin/mkswap", "/usr/sbin/swapon"] {
            let ended =
                Command::new(program).arg(&file).output().map_err(|error| format!("{program}: {error}"))?;
            if !ended.status.success() {
                return Err(format!("{program}: {}", String::from_utf8_lossy(&ended.stderr).trim()));
            }
        }
        Ok(Self(file))
    }
}

impl Drop for SwapSpace {
    fn drop(&mut self) {
        let _ = Command::new("/usr/sbin/swapoff").arg(&self.0).status();
    }
}

/// In the full form alone, because a swap space is the whole machine's.
#[test]
fn guests_memory_is_overwritten_where_a_swap_space_is_in_use() {
    if !is_in_full() {
        return;
    }
    let mut runner = Runner::start(TWO_TENANTS);
    let before = runner.start_said();
    assert_eq!(runner.end(Signal::TERM), Some(0));
    let space = match SwapSpace::begin(runner.folder()) {
        Ok(space) => space,
        Err(why) => return println!("skipped: no swap space can be made here: {why}"),
    };
    if before.contains("memory.swap.max is 0") {
        return println!("skipped: the control group may not swap");
    }
    runner.again();
    let after = runner.start_said();
    assert_eq!(runner.end(Signal::TERM), Some(0));
    drop(space);
    runner.again();
    let again = runner.start_said();
    let is_overwritten = [before, after, again].map(|said| said.contains("memory of guests: overwritten"));
    let others = is_overwritten[0];
    let case = "guests' memory is overwritten: without a swap space, with a real one, and without it again";
    verified(case, &json!([others, true, others]), &json!(is_overwritten));
}
