//! Writes the table of the field app's files, as `make web` built them, for the program to carry. Without them the program says
//! how to build them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let app = Path::new(&env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("../web/field/dist");
    // Of a folder that is not there, cargo watches for its coming.
    println!("cargo::rerun-if-changed={}", app.display());
    let mut files = Vec::new();
    if app.is_dir() {
        list(&app.canonicalize()?, &mut files)?;
    }
    files.sort();
    let mut table = "&[\n".to_owned();
    for (path, file) in &files {
        let compressed = PathBuf::from(format!("{}.br", file.display()));
        let compressed =
            if compressed.is_file() { format!("Some(include_bytes!({compressed:?}))") } else { "None".to_owned() };
        writeln!(table, "    CarriedFile {{ path: {path:?}, bytes: include_bytes!({file:?}), brotli: {compressed} }},")
            .map_err(io::Error::other)?;
    }
    table.push_str("]\n");
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&out).join("field_app.rs"), table)
}

/// Lists the files below a folder with their addresses, without what is compressed of them.
fn list(folder: &Path, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    let mut folders = vec![folder.to_owned()];
    while let Some(below) = folders.pop() {
        for entry in fs::read_dir(below)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_none_or(|extension| extension != "br") {
                let address = path.strip_prefix(folder).map_err(io::Error::other)?.display().to_string();
                files.push((address, path));
            }
        }
    }
    Ok(())
}
