//! Completes a story for `tests/conformance`: what home says to its devices, and the digests of the views it asks for.
//!
//! `cargo run -p tests --example conformance STORY.json` rewrites the file. Look at the difference: a digest that changes
//! is another answer to the same question.

use tests::conformance::{Player, introduced};

fn main() {
    let path = std::env::args().nth(1).expect("name a story");
    let mut story: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let names: Vec<String> = story["devices"].as_object().unwrap().keys().cloned().collect();
    for name in names {
        let (link, enrolled) = introduced(&story, &story["devices"][&name]);
        story["devices"][&name]["link"] = link.into();
        story["devices"][&name]["enrolled"] = enrolled.into();
    }
    let directory = tempfile::tempdir().unwrap();
    let mut digests = Vec::new();
    Player::of(&story, directory.path()).play(|step, digest| digests.push((step, digest.to_owned())));
    for (step, digest) in digests {
        story["steps"][step]["view_sha256"] = digest.into();
    }
    std::fs::write(&path, serde_json::to_string_pretty(&story).unwrap() + "\n").unwrap();
}
