//! Pages that were printed, read by programs that are not ours.

use std::path::Path;
use std::process::{Command, Output};

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
    let arguments = [&["-q", "--raw", "-Sdisable", "-Sqrcode.enable"][..], &names].concat();
    let done = output(folder.path(), "zbarimg", &arguments);
    // It says 4 where a page has no code.
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(matches!(done.status.code(), Some(0 | 4)), "zbarimg {arguments:?}: {said}");
    String::from_utf8(done.stdout).unwrap().lines().map(str::to_owned).collect()
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

/// A word on a page, and where it stands, in points from the upper left corner.
#[derive(Clone, PartialEq, Debug)]
pub struct Word {
    /// On which page, from 1.
    pub page: usize,
    /// The letters of the word, in reading order.
    pub text: String,
    /// Left, top, right and bottom, without what a line of the font leaves above and below its letters.
    pub edges: [f32; 4],
}

impl Word {
    /// Whether two words stand on each other.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.page == other.page && self.is_within(other.edges)
    }

    /// Whether any of it stands within these edges.
    #[must_use]
    pub fn is_within(&self, [left, top, right, bottom]: [f32; 4]) -> bool {
        self.edges[0] < right && left < self.edges[2] && self.edges[1] < bottom && top < self.edges[3]
    }
}

/// Every word on the pages of a PDF.
///
/// # Panics
/// If it cannot be read.
#[must_use]
pub fn words(pdf: &[u8]) -> Vec<Word> {
    let folder = tempfile::TempDir::new().unwrap();
    std::fs::write(folder.path().join("paper.pdf"), pdf).unwrap();
    let boxes = run(folder.path(), "pdftotext", &["-bbox", "paper.pdf", "-"]);
    let mut page = 0;
    let mut words = Vec::new();
    for line in boxes.lines().map(str::trim) {
        page += usize::from(line.starts_with("<page "));
        let Some((attributes, text)) = line.strip_prefix("<word ").and_then(|rest| rest.split_once('>')) else {
            continue;
        };
        let edge = |name: &str| -> f32 {
            let (_, rest) = attributes.split_once(&format!("{name}=\"")).unwrap();
            rest.split('"').next().unwrap().parse().unwrap()
        };
        let [left, top, right, bottom] = ["xMin", "yMin", "xMax", "yMax"].map(edge);
        let blank = (bottom - top) / 4.0;
        let text = text.trim_end_matches("</word>").to_owned();
        words.push(Word { page, text, edges: [left, top + blank, right, bottom - blank] });
    }
    words
}

fn run(folder: &Path, program: &str, arguments: &[&str]) -> String {
    let done = output(folder, program, arguments);
    assert!(done.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

fn output(folder: &Path, program: &str, arguments: &[&str]) -> Output {
    let done = Command::new(program).args(arguments).current_dir(folder).env("HOME", folder).output();
    done.unwrap_or_else(|error| panic!("{program}: {error}; `.ci/setup test` installs it"))
}
