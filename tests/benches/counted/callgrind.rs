//! Runs an act under callgrind, and reads what was counted.
//!
//! Valgrind shows every program the same processor, whatever the machine's own is, so that `memcpy`, SHA-256 and Ed25519
//! take the same paths everywhere; and it runs one thread at a time.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use tests::budgets::Counts;

/// Every thread's work counts from where this function of the program begins. The program ends with it.
const BEGINS: &str = "*saxaul_counted_work*";

/// Counts the work of an act in an empty directory.
pub fn count(act: &str, directory: &Path) -> Counts {
    let profile = directory.join("callgrind.out");
    let program = std::env::current_exe().expect("this program is a file");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet", &format!("--zero-before={BEGINS}")])
        .arg(format!("--callgrind-out-file={}", profile.display()))
        .arg(program)
        .args(["work", act])
        .arg(directory)
        .output()
        .unwrap_or_else(|error| panic!("valgrind cannot be run ({error}): .ci/setup count says how to install it"));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{act}: {said}\n{}", String::from_utf8_lossy(&output.stderr));
    let profile = Profile::read(&std::fs::read_to_string(&profile).expect("callgrind writes a profile"));
    let within = |what: &str| -> u64 {
        let line = said.lines().find_map(|line| line.strip_prefix(what));
        line.and_then(|rest| rest.trim().parse().ok()).expect("the program says what it counted")
    };
    Counts {
        instructions: profile.instructions,
        allocations: within("allocations"),
        allocated_bytes: within("allocated_bytes"),
        written_kib: within("written_bytes") / 1024,
        syncs: profile.calls(&["fsync", "fdatasync"]),
        sql_steps: profile.calls(&["sqlite3_step"]),
    }
}

/// What callgrind wrote down. Its format is at <https://valgrind.org/docs/manual/cl-format.html>.
struct Profile {
    instructions: u64,
    calls: HashMap<String, u64>,
}

impl Profile {
    fn read(text: &str) -> Self {
        let mut profile = Self { instructions: 0, calls: HashMap::new() };
        let (mut names, mut called): (HashMap<&str, &str>, _) = (HashMap::new(), "");
        for line in text.lines() {
            // A function is written as `(number) name` where it is named first, and as `(number)` from then on.
            if let Some(function) = line.strip_prefix("cfn=").or_else(|| line.strip_prefix("fn=")) {
                let (number, name) = function.split_once(' ').unwrap_or((function, ""));
                if !name.is_empty() {
                    names.insert(number, name);
                }
                called = names.get(number).copied().unwrap_or_default();
            } else if let Some(calls) = line.strip_prefix("calls=") {
                let times = calls.split(' ').next().and_then(|times| times.parse::<u64>().ok());
                *profile.calls.entry(called.to_owned()).or_default() += times.expect("a number of calls");
            } else if let Some(total) = line.strip_prefix("totals: ") {
                profile.instructions = total.trim().parse().expect("a number of instructions");
            }
        }
        profile
    }

    fn calls(&self, of: &[&str]) -> u64 {
        of.iter().filter_map(|name| self.calls.get(*name)).sum()
    }
}
