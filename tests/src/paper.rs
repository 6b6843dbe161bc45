//! Pages that were printed, read by programs that are not ours.

use std::path::Path;
use std::process::Command;

/// What the codes on the pages of a PDF say, page by page, as a phone's camera would read them.
///
/// # Panics
/// If the pages cannot be drawn; a page without a code that can be read is left out.
#[must_use]
pub fn codes(pdf: &[u8]) -> Vec<String> {
    let folder = tempfile::TempDir::new().unwrap();
    std::fs::write(folder.path().join("paper.pdf"), pdf).unwrap();
    run(folder.path(), "pdftoppm", &["-r", "200", "-gray", "paper.pdf", "page"]);
    let mut pages: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.retain(|path| path.extension().is_some_and(|extension| extension == "pgm"));
    pages.sort();
    let names: Vec<&str> = pages.iter().map(|page| page.to_str().unwrap()).collect();
    let read = run(folder.path(), "zbarimg", &[&["-q", "--raw", "-Sdisable", "-Sqrcode.enable"][..], &names].concat());
    read.lines().map(str::to_owned).collect()
}

/// The text on the pages of a PDF, as it is laid out; a form feed ends each page.
///
/// # Panics
/// If it cannot be read.
#[must_use]
pub fn text(pdf: &[u8]) -> String {
    let folder = tempfile::TempDir::new().unwrap();
    std::fs::write(folder.path().join("paper.pdf"), pdf).unwrap();
    run(folder.path(), "pdftotext", &["-layout", "paper.pdf", "-"])
}

fn run(folder: &Path, program: &str, arguments: &[&str]) -> String {
    let done = Command::new(program).args(arguments).current_dir(folder).env("HOME", folder).output();
    let done = done.unwrap_or_else(|error| panic!("{program}: {error}; `.ci/setup test` installs it"));
    assert!(done.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}
