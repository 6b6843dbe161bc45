//! What Linux says that this process took.
#![allow(dead_code, reason = "each bench uses its part")]

use std::time::Duration;

fn on_processor(schedstat: &str) -> Duration {
    let nanoseconds = schedstat.split(' ').next().and_then(|first| first.trim().parse().ok());
    Duration::from_nanos(nanoseconds.expect("Linux says how long a thread ran"))
}

/// How long this thread has been on a processor.
pub fn cpu_of_this_thread() -> Duration {
    on_processor(&std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux says how long a thread ran"))
}

/// How long all threads that are there have been on a processor.
pub fn cpu_of_all_threads() -> Duration {
    let threads = std::fs::read_dir("/proc/self/task").expect("Linux lists the threads");
    let paths = threads.filter_map(|thread| Some(thread.ok()?.path().join("schedstat")));
    // A thread may end while the others are read.
    paths.filter_map(|path| Some(on_processor(&std::fs::read_to_string(path).ok()?))).sum()
}

/// Bytes of memory that are held now, and the most that were held since [`forget_peak`].
pub fn memory_now_and_at_its_peak() -> [u64; 2] {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux says how much a process holds");
    ["VmRSS:", "VmHWM:"].map(|name| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kib = line.and_then(|rest| rest.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
        kib.expect("Linux says how much a process holds") * 1024
    })
}

/// From now on the peak of memory is that of what follows.
pub fn forget_peak() {
    std::fs::write("/proc/self/clear_refs", "5").expect("a process may forget its own peak");
}
