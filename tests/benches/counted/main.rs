//! How much work a few acts are, counted and not timed: what else the machine does changes nothing.
//!
//! `make count` runs each act under callgrind, in a process of its own, and fails where a count is over its budget in
//! `budgets.toml`. After a change that is worth more work, put the new counts there, and say why in the commit.

mod acts;
mod callgrind;
#[path = "../support/field.rs"]
mod field;

use std::alloc::System;
use std::any::Any;
use std::path::Path;
use std::process::{Command, ExitCode};

use acts::{ACTS, Act, Work};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use tests::budgets::{Budgets, Counts, entry};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["work", act, directory] => work(act, Path::new(directory)),
        ["spread", times] => spread(times.parse().expect("a number")),
        _ => compare(),
    }
}

/// Does the work of one act, and says what can be counted in the process itself.
fn work(act: &str, directory: &Path) -> ExitCode {
    let act = ACTS.iter().find(|known| known.name == act).expect("the name of an act");
    let work = (act.prepare)(directory);
    let (before, written) = (ALLOCATOR.stats(), written_bytes());
    let done = saxaul_counted_work(work);
    let used = ALLOCATOR.stats() - before;
    let written = written_bytes() - written;
    println!("allocations {}", used.allocations + used.reallocations);
    println!("allocated_bytes {}", used.bytes_allocated);
    println!("written_bytes {written}");
    std::mem::forget(done);
    // Nothing is taken down: that would be counted, too.
    std::process::exit(0);
}

/// Callgrind knows by this function's name where the work begins.
#[inline(never)]
fn saxaul_counted_work(work: Work) -> Box<dyn Any> {
    std::hint::black_box(work())
}

/// How many bytes this process has handed over to be written so far.
fn written_bytes() -> u64 {
    let io = std::fs::read_to_string("/proc/self/io").expect("Linux says what a process wrote");
    let line = io.lines().find_map(|line| line.strip_prefix("wchar: "));
    line.and_then(|bytes| bytes.parse().ok()).expect("Linux says what a process wrote")
}

fn count(act: &Act) -> Counts {
    let directory = field::directory();
    callgrind::count(act.name, directory.path())
}

/// Counts every act, on as many processors as there are.
fn count_all() -> Vec<Counts> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let counted = std::sync::Mutex::new(vec![None; ACTS.len()]);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(act) = ACTS.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                    let counts = count(act);
                    let at = ACTS.iter().position(|known| known.name == act.name).expect("it is one of them");
                    counted.lock().expect("nobody panics with it")[at] = Some(counts);
                }
            });
        }
    });
    counted.into_inner().expect("nobody panicked").into_iter().map(|counts| counts.expect("each was counted")).collect()
}

fn compare() -> ExitCode {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        println!("Work is counted on Linux on x86-64 alone: nothing was compared.");
        return ExitCode::SUCCESS;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/counted/budgets.toml");
    let budgets = std::fs::read_to_string(&path).expect("the budgets stand beside this file");
    let budgets = Budgets::read(&budgets).expect("budgets.toml is in order");
    let compiler = compiler();
    let same_compiler = budgets.are_of(&compiler);
    if !same_compiler {
        println!(
            "Budgets of instructions are those of {}, and this is {compiler}: they are not compared.",
            budgets.compiler
        );
    }
    let (mut exceeded, mut entries) = (Vec::new(), Vec::new());
    for (act, counts) in ACTS.iter().zip(count_all()) {
        println!("{}", entry(act.name, &counts));
        let compared = if same_compiler { counts } else { Counts { instructions: 0, ..counts } };
        exceeded.extend(budgets.exceeded_by(act.name, &compared));
        entries.push(entry(act.name, &counts));
    }
    if exceeded.is_empty() {
        println!("The work of {} acts is within its budgets.", ACTS.len());
        return ExitCode::SUCCESS;
    }
    exceeded.iter().for_each(|excess| eprintln!("{excess}"));
    eprintln!(
        "Over the budget in tests/benches/counted/budgets.toml. If that is worth it, put what was counted there, in the \
         commit that makes the work more, and say there why."
    );
    ExitCode::FAILURE
}

fn compiler() -> String {
    let said = Command::new("rustc").arg("--version").output().expect("whoever builds has a compiler");
    String::from_utf8_lossy(&said.stdout).trim().to_owned()
}

/// Counts everything several times, and says how far the counts lie apart.
fn spread(times: usize) -> ExitCode {
    let runs: Vec<Vec<Counts>> = (0..times).map(|_| count_all()).collect();
    for (at, act) in ACTS.iter().enumerate() {
        for (which, (what, _)) in runs[0][at].named().into_iter().enumerate() {
            let counts = runs.iter().map(|run| run[at].named()[which].1);
            let (least, most) = (counts.clone().min().unwrap_or_default(), counts.max().unwrap_or_default());
            let apart = (most - least) as f64 * 100.0 / (least.max(1)) as f64;
            println!("{}: {what} {least} to {most}, {apart:.3} % apart", act.name);
        }
    }
    ExitCode::SUCCESS
}
