//! A small disk for a test: it runs itself again in a mount namespace of its own, where it may mount one, and which goes
//! away with it.

use std::path::{Path, PathBuf};
use std::process::Command as Process;

use crate::binary::Place;

const SMALL_DISK: &str = "SAXAUL_TEST_SMALL_DISK";

/// Runs `test`, the test function that is called `name` with its modules, with a disk of `size` that it is told the path of.
pub fn on_a_small_disk(name: &str, size: &str, test: impl FnOnce(&Path)) {
    if let Some(disk) = std::env::var_os(SMALL_DISK) {
        return test(&PathBuf::from(disk));
    }
    let place = Place::new();
    let disk = place.path("disk");
    std::fs::create_dir(&disk).unwrap();
    let mut command = alone();
    command.args(["sh", "-c", "mount -t tmpfs -o size=$2 saxaul-test \"$1\" || exit 99; shift 2; exec \"$@\"", "sh"]);
    command.arg(&disk).arg(size).arg(std::env::current_exe().unwrap()).args(["--exact", name, "--nocapture"]);
    let output = command.env(SMALL_DISK, &disk).output().expect("`unshare` (util-linux) is needed for a small disk");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(
        output.status.code() != Some(99) && !said.contains("unshare failed"),
        "no small disk can be mounted here: run this as root, or allow user namespaces \
         (sysctl kernel.unprivileged_userns_clone=1):\n{said}"
    );
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

/// A program whose mounts nobody else sees, and go away with it.
fn alone() -> Process {
    // Root may mount; anybody else may where user namespaces are allowed.
    let is_root = std::fs::metadata("/proc/self").map(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0).unwrap();
    let mut command = Process::new("unshare");
    command.arg("--mount").args((!is_root).then_some("--map-root-user"));
    command
}

/// The same command with `directory` on a small disk of its own, which begins with what is there. Only the program sees
/// that disk: see [`Home::sees`](crate::binary::Home::sees).
///
/// # Panics
/// If the command says no directory to run in.
#[must_use]
pub fn with_a_small_disk(command: &Process, directory: &Path, size: &str) -> Process {
    let mut small = alone();
    small.args(["sh", "-c", WITH_A_SMALL_DISK, "sh"]).arg(directory).arg(size);
    small.arg(command.get_program()).args(command.get_args());
    small.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    small.current_dir(command.get_current_dir().unwrap());
    small
}

const WITH_A_SMALL_DISK: &str = "set -e; cp -a \"$1\" \"$1.whole\"; mount -t tmpfs -o mode=700,size=$2 saxaul-test \"$1\"; \
    cp -a \"$1.whole/.\" \"$1\"; shift 2; exec \"$@\"";

/// Takes all room that is left, but for `spare_bytes`.
pub fn fill(disk: &Path, spare_bytes: usize) {
    use std::io::Write;
    let mut file = std::fs::File::create(disk.join("filling")).unwrap();
    let piece = [7; 4096];
    let mut taken = 0;
    while let Ok(written) = file.write(&piece) {
        taken += written;
    }
    assert!(taken > spare_bytes, "the disk was full already");
    file.set_len((taken - spare_bytes) as u64).unwrap();
}

/// Gives back what was taken.
pub fn free(disk: &Path) {
    std::fs::remove_file(disk.join("filling")).unwrap();
}
