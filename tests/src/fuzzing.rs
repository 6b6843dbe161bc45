//! What fuzz targets do with bytes: one body for each, for a fuzzer to search and for tests to replay.
//!
//! A body panics where a promise is broken, and only there. Whatever it begins with is the same every time, so that
//! what was found once is found again. Owns no corpus and no fuzzer: see the crate `fuzz`.

mod admission;
mod damage;
mod deeds;
mod home;
mod links;
mod messages;
mod scene;
mod seeds;
mod tables;

pub use self::seeds::seeds;

/// Something that reads bytes from outside.
pub struct Target {
    /// Under this name it is run, and its corpus is kept.
    pub name: &'static str,
    /// Gives the target bytes; it panics where it does not survive them.
    pub run: fn(&[u8]),
}

/// Everything that reads bytes from outside.
pub const TARGETS: [Target; 9] = [
    Target { name: "request", run: messages::request },
    Target { name: "response", run: messages::response },
    Target { name: "change", run: admission::change },
    Target { name: "admission", run: admission::story },
    Target { name: "journal", run: damage::journal },
    Target { name: "csv", run: tables::csv },
    Target { name: "xlsx", run: tables::xlsx },
    Target { name: "sheet", run: tables::sheet },
    Target { name: "invite", run: links::invite },
];

/// Gives bytes to the target of a name.
///
/// # Panics
/// If there is none of this name; or where a promise is broken.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target's name");
    (target.run)(bytes);
}
