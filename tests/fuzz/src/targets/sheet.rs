//! See `tests::fuzzing`.
#![no_main]

// The reader of workbooks panics on damaged ones, and is caught: a panic alone is nothing to stop for.
libfuzzer_sys::fuzz_target!(init: std::panic::set_hook(Box::new(|_| {})), |bytes: &[u8]| tests::fuzzing::run("sheet", bytes));
