//! `docs/architecture.md` and `docs/protocol.md`, held against the rules and the sources: who reads them finds what they
//! speak of. The bytes on the page of the protocol are checked in `sync-core/tests/protocol.rs`.

use std::collections::BTreeSet;

use crate::rules::{CORE_LAYERS, SERVER_LAYERS};

const PROTOCOL: &str = include_str!("../../../docs/protocol.md");
const PAGE: &str = include_str!("../../../docs/architecture.md");

/// The part of the page between one heading and the next.
fn section(heading: &str) -> &'static str {
    let (_, rest) = PAGE.split_once(heading).unwrap_or_else(|| panic!("the page has no section `{heading}`"));
    rest.split("\n## ").next().unwrap_or(rest)
}

/// What stands between backticks, in order.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn the_page_has_every_module_on_its_floor() {
    for (heading, layers) in
        [("## The floors of sync-core", CORE_LAYERS), ("## The floors of the server", SERVER_LAYERS)]
    {
        let mut said: Vec<(usize, &str)> = Vec::new();
        for row in section(heading).lines().filter(|line| line.starts_with('|')) {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let Ok(floor) = cells[1].parse() else { continue };
            said.extend(quoted(cells[2]).map(|module| (floor, module)));
        }
        let mut ruled: Vec<(usize, &str)> = Vec::new();
        for (floor, layer) in (1..).zip(layers) {
            ruled.extend(layer.iter().map(|module| (floor, *module)));
        }
        said.sort_unstable();
        ruled.sort_unstable();
        assert_eq!(said, ruled, "{heading}: the page on the left, the rules on the right");
    }
}

#[test]
fn every_file_that_the_page_names_is_there() {
    let root = crate::repository();
    let named = quoted(PAGE).filter(|name| name.ends_with(".rs") && name.contains('/'));
    // Lists below one module name its files from its crate's `src` on.
    let is_there =
        |name: &&str| [root.join(name), root.join("sync-core/src").join(name)].iter().any(|path| path.is_file());
    let gone: Vec<&str> = named.filter(|name| !is_there(name)).collect();
    assert!(gone.is_empty(), "docs/architecture.md names what is not there: {gone:?}");
}

/// The files to which a page leads, as it names them.
fn links(page: &str) -> impl Iterator<Item = &str> {
    let markdown = page.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let pictures = page.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next());
    markdown.chain(pictures).filter(|link| !link.contains("://")).filter_map(|link| link.split('#').next())
}

#[test]
fn every_link_between_pages_leads_to_a_file() {
    let root = crate::repository();
    let pages = std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = pages.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let at_root = ["README.md", "CONTRIBUTING.md", "SECURITY.md"].map(|name| root.join(name));
    let mut read = 0;
    for path in pages.chain(at_root) {
        let page = std::fs::read_to_string(&path).unwrap();
        for link in links(&page).filter(|link| !link.is_empty()) {
            let target = path.with_file_name(link);
            assert!(target.exists(), "{} leads to {link}, which is not there", path.display());
            read += 1;
        }
    }
    assert!(read > 20, "only {read} links were read");
}

/// The texts of a source that begin so, without what a program adds to them.
fn texts_with<'a>(source: &'a str, beginning: &'a str) -> impl Iterator<Item = &'a str> {
    let texts = source.split('"').skip(1).step_by(2);
    texts.filter(move |text| text.starts_with(beginning)).map(|text| text.trim_end_matches("\\0"))
}

#[test]
fn the_protocol_page_has_every_domain_under_which_the_core_signs_or_hashes() {
    let sources = crate::sources_of("sync-core");
    let domains: BTreeSet<&str> = sources
        .iter()
        .flat_map(|source| texts_with(&source.text, "saxaul/"))
        .filter(|text| *text != "saxaul/")
        .collect();
    assert!(domains.len() > 20, "only {domains:?} were found");
    let missing: Vec<&str> = domains.into_iter().filter(|domain| !PROTOCOL.contains(&format!("`{domain}`"))).collect();
    assert!(missing.is_empty(), "docs/protocol.md does not name {missing:?}");
}

#[test]
fn the_protocol_page_has_the_code_of_every_rejection() {
    let source = std::fs::read_to_string(crate::repository().join("sync-core/src/admission.rs")).unwrap();
    let codes: Vec<&str> = source.split("=> \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(codes.len() > 20, "only {codes:?} were found");
    let missing: Vec<&&str> = codes.iter().filter(|code| !PROTOCOL.contains(&format!("`{code}`"))).collect();
    assert!(missing.is_empty(), "docs/protocol.md does not name {missing:?}");
}
