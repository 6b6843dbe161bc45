//! Writes what a fuzzer begins with into a directory for each target.

use std::path::PathBuf;
use std::{env, fs};

use tests::fuzzing::{TARGETS, seeds};

fn main() -> std::io::Result<()> {
    let into = env::args_os().nth(1).map_or_else(|| PathBuf::from("target/fuzz/corpus"), PathBuf::from);
    for target in TARGETS {
        let directory = into.join(target.name);
        fs::create_dir_all(&directory)?;
        for (number, seed) in seeds(target.name).iter().enumerate() {
            fs::write(directory.join(format!("seed-{number}")), seed)?;
        }
    }
    Ok(())
}
