//! The power is cut at every moment of a trace, and somebody looks at what is left.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use super::medium::Medium;
use super::{Promise, Step, Trace};
use crate::chance::Chance;
use crate::world::{Image, ground};

/// A directory that did not survive a power cut.
#[derive(Debug)]
pub struct Broken {
    step: usize,
    draw: u64,
    before: Vec<String>,
    what: String,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(out, "{}", self.what)?;
        writeln!(out, "after the power was cut at step {}, draw {}, after:", self.step, self.draw)?;
        self.before.iter().try_for_each(|step| writeln!(out, "  {step}"))
    }
}

/// How often the power is cut.
#[derive(Clone, Copy, Debug)]
pub struct Cuts {
    /// At one of so many steps.
    pub one_in: u64,
    /// So often there, each time with other luck.
    pub draws: u64,
}

impl Cuts {
    /// Cuts the power while a directory is written to, and has `check` look at what is left, with all that was promised
    /// until then. Returns how often it was cut.
    ///
    /// # Errors
    /// The first cut after which `check` finds something wrong.
    ///
    /// # Panics
    /// If the temporary directory cannot be written.
    pub fn through(
        self,
        trace: &Trace,
        check: impl Fn(&Path, &[Promise]) -> Result<(), String>,
    ) -> Result<usize, Box<Broken>> {
        let place = ground("saxaul-cut-");
        let left = place.path().join("left");
        std::fs::create_dir(&left).unwrap();
        let (mut medium, mut promises, mut seen) = (Medium::default(), Vec::new(), HashSet::new());
        let mut sampled = Chance::seeded(self.one_in);
        for (at, step) in trace.steps().iter().enumerate() {
            medium.take(step);
            if let Step::Note(promise) = step {
                promises.push(promise.clone());
            }
            if !sampled.one_in(self.one_in) {
                continue;
            }
            for draw in 0..self.draws {
                let image = Image::of_files(medium.cut(&mut Chance::seeded(((at as u64) << 16) | draw)));
                if !seen.insert(hash(&(&image, promises.len()))) {
                    continue;
                }
                image.put_back(&left);
                check(&left, &promises).map_err(|what| {
                    let before = trace.steps()[at.saturating_sub(12)..=at].iter().map(brief).collect();
                    Box::new(Broken { step: at, draw, before, what })
                })?;
            }
        }
        Ok(seen.len())
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn brief(step: &Step) -> String {
    match step {
        Step::Write { file, at, bytes } => format!("Write {{ file: {file}, at: {at}, {} bytes }}", bytes.len()),
        other => format!("{other:?}"),
    }
}
