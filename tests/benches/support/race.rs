//! Measures something and what bounds it by turns, and prints how they compare.
//!
//! A machine may be slow, or busy with something else, for any part of a run; by turns, both sides suffer alike. So
//! what counts is a ratio, and nothing here fails because something took long.
#![allow(dead_code, reason = "each bench uses its part")]

use std::cell::RefCell;
use std::path::Path;
use std::time::{Duration, Instant};

use criterion::{Criterion, SamplingMode};

/// Runs races under criterion and collects the table.
pub struct Races {
    criterion: Criterion,
    rows: Vec<[String; 5]>,
}

/// Medians of a race.
#[derive(Clone, Copy)]
pub struct Medians {
    /// Of what is measured.
    pub ours: Duration,
    /// Of what bounds it.
    pub floor: Duration,
}

impl Medians {
    /// How many times as long ours took.
    pub fn ratio(&self) -> f64 {
        self.ours.as_secs_f64() / self.floor.as_secs_f64()
    }
}

/// Times one call.
pub fn timed<T>(act: impl FnOnce() -> T) -> Duration {
    let began = Instant::now();
    std::hint::black_box(act());
    began.elapsed()
}

/// The middle of several durations; `None` of none.
pub fn median(times: &mut [Duration]) -> Option<Duration> {
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}

impl Races {
    /// No race was run yet. Reads criterion's own arguments.
    pub fn begin() -> Self {
        let criterion = Criterion::default()
            .output_directory(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("criterion"))
            .configure_from_args();
        Self { criterion, rows: Vec::new() }
    }

    /// Runs `ours` and `floor` by turns, for about `seconds`, at least ten times each. Each times itself.
    ///
    /// `None` if the arguments leave this race out.
    pub fn race(
        &mut self,
        name: &str,
        seconds: f64,
        mut ours: impl FnMut() -> Duration,
        mut floor: impl FnMut() -> Duration,
    ) -> Option<Medians> {
        let (own, bound) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
        let mut group = self.criterion.benchmark_group("races");
        group
            .sample_size(10)
            .sampling_mode(SamplingMode::Flat)
            .warm_up_time(Duration::from_secs_f64(seconds / 10.0))
            .measurement_time(Duration::from_secs_f64(seconds));
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|times| {
                (0..times)
                    .map(|_| {
                        let took = ours();
                        own.borrow_mut().push(took);
                        bound.borrow_mut().push(floor());
                        took
                    })
                    .sum()
            });
        });
        group.finish();
        Some(Medians { ours: median(&mut own.into_inner())?, floor: median(&mut bound.into_inner())? })
    }

    /// Adds a line to the table.
    pub fn row(&mut self, name: &str, [ours, floor, ratio, target]: [String; 4]) {
        self.rows.push([name.to_owned(), ours, floor, ratio, target]);
    }

    /// Prints the table.
    pub fn finish(self) {
        let head = ["name", "ours", "floor or peer", "ratio", "target"].map(str::to_owned);
        let rows: Vec<_> = std::iter::once(&head).chain(&self.rows).collect();
        let widths: [usize; 5] =
            std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0));
        println!();
        for row in rows {
            let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
            println!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
        }
        println!();
    }
}

/// Writes a duration with the unit that suits it.
pub fn show(time: Duration) -> String {
    match time.as_secs_f64() {
        seconds if seconds >= 1.0 => format!("{seconds:.2} s"),
        seconds if seconds >= 1e-3 => format!("{:.2} ms", seconds * 1e3),
        seconds => format!("{:.1} us", seconds * 1e6),
    }
}

/// Says whether a target is met.
pub fn target(text: &str, met: bool) -> String {
    format!("{text}: {}", if met { "met" } else { "MISSED" })
}
