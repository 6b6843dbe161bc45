//! Writes the JavaScript side of `sync-core`'s facade: `webgen IN.wasm DIRECTORY`.
//!
//! It is `wasm-bindgen`'s own program without its test runner, and of the version that the workspace's lock names for
//! both halves, which must be equal.

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let (module, directory) = args.next().zip(args.next()).context("usage: webgen IN.wasm DIRECTORY")?;
    Bindgen::new()
        .input_path(module)
        .out_name("core")
        .web(true)?
        .omit_default_module_path(false)
        .typescript(true)
        // A module that panicked is not used again: the package takes a fresh one.
        .reset_state_function(true)
        .remove_producers_section(true)
        .generate(directory)
}
