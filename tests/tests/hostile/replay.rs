//! What a fuzzer begins with, and what it has found, through the same bodies that it runs.

use std::path::{Path, PathBuf};

use tests::fuzzing::{TARGETS, run, seeds};

/// What was found once, and what is worth beginning with, by target.
fn kept(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let Ok(files) = std::fs::read_dir(&directory) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

/// Runs what there is for a target, and every input with something cut off, added or flipped.
fn replay(name: &str) {
    for (path, bytes) in kept(name) {
        println!("{}", path.display());
        run(name, &bytes);
    }
    for (number, seed) in seeds(name).into_iter().enumerate() {
        println!("seed {number} of {name}");
        run(name, &seed);
        run(name, &seed[..seed.len() / 2]);
        run(name, &[&seed[..], &[0; 3]].concat());
        for at in [seed.len() / 3, seed.len() - 1] {
            let mut flipped = seed.clone();
            flipped[at] ^= 0x55;
            run(name, &flipped);
        }
    }
}

#[test]
fn a_request_is_read_and_judged_or_refused() {
    replay("request");
}

#[test]
fn an_answer_loses_nothing_that_was_recorded() {
    replay("response");
}

#[test]
fn a_change_of_any_bytes_is_refused_or_survives() {
    replay("change");
}

#[test]
fn what_is_built_on_honest_changes_is_refused_or_survives() {
    replay("admission");
}

#[test]
fn a_damaged_journal_works_or_says_that_it_is_damaged() {
    replay("journal");
}

#[test]
fn a_list_in_text_becomes_a_plan_or_a_typed_error() {
    replay("csv");
}

#[test]
fn a_workbook_becomes_a_plan_or_a_typed_error() {
    replay("xlsx");
}

#[test]
fn a_part_of_a_workbook_becomes_a_plan_or_a_typed_error() {
    replay("sheet");
}

#[test]
fn a_text_is_an_invite_link_or_a_typed_error() {
    replay("invite");
}

#[test]
fn every_target_is_one_that_a_fuzzer_runs() {
    let targets = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/src/targets");
    let mut files: Vec<String> = std::fs::read_dir(targets)
        .unwrap()
        .map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    files.sort();
    let mut names = TARGETS.map(|target| target.name.to_owned());
    names.sort();
    assert_eq!(files, names);
}
