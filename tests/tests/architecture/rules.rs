//! The rules, as data, and what breaks them.

use std::collections::BTreeSet;

use crate::paths::paths_in;

/// One source file of a crate.
pub struct Source {
    /// `sync-core` or `server`.
    pub of: &'static str,
    /// Below the crate's `src`, with `/`.
    pub file: String,
    /// What it says.
    pub text: String,
}

/// A module may name the modules of earlier layers, and itself.
pub const CORE_LAYERS: &[&[&str]] = &[
    &["canonical"],
    &["ids", "time"],
    &["spoken"],
    &["documents", "trust", "names"],
    &["admission", "command", "invite", "view", "wire"],
    &["exchange", "import", "scan"],
    &["error_codes", "replica", "words"],
    &["order", "storage"],
    &["journal", "meeting"],
    &["app"],
    &["bindings"],
];
/// The same for the server.
pub const SERVER_LAYERS: &[&[&str]] = &[
    &["line_queue"],
    &["out_file", "plain_text", "print", "progress", "secret_file", "single_flight", "workers"],
    &["clock", "event_plan", "invite", "last_seen", "reports", "store", "tables", "tree"],
    &["error", "first_invite", "home_key", "home_time", "probes", "typed"],
    &["auth", "changes", "forgotten_eras", "overwriting", "pace", "pending_imports", "rates", "wire"],
    &["desks", "holders", "long_work"],
    &["fair_queue"],
    &["views"],
    &["directory", "jobs", "places"],
    &["config"],
    &["app"],
    &["exchange"],
    &["api"],
    &["router"],
    &["client", "serve"],
    &["replay"],
    &["commands"],
];

/// A module that names another one out of turn, and why it may.
type Exception = (&'static str, &'static str, &'static str);

const CORE_EXCEPTIONS: &[Exception] = &[
    ("documents", "trust", "an author is a device and its key, from which its actors follow"),
    ("names", "documents", "what is folded is a name as it stands in the roster"),
];
const SERVER_EXCEPTIONS: &[Exception] = &[];

/// A name, the modules (or the parts of one, as `store/sqlite`) that alone may name it, and why.
type Ban = (&'static [&'static str], &'static [&'static str], &'static str);

const CORE_BANS: &[Ban] = &[
    (&["automerge"], &["documents", "admission"], "bytes from outside reach Automerge only through admission"),
    (&["rusqlite"], &["journal"], "IO is the journal's"),
    (&["std", "fs"], &["journal", "bindings"], "IO is the journal's"),
    (&["std", "net"], &["bindings"], "the core has no IO"),
    (&["std", "env"], &[], "what the core does follows from its arguments"),
    (&["std", "process"], &["journal"], "the core has no IO; a journal remembers which process holds it"),
    (&["std", "thread"], &["bindings"], "the core waits for nobody"),
    (&["ureq"], &["bindings"], "the core has no IO"),
    (&["SystemTime"], &["bindings"], "time is an argument"),
    (&["Instant"], &["bindings"], "time is an argument"),
    (&["tokio"], &["bindings"], "the core is not asynchronous"),
    (&["async"], &["bindings"], "the core is not asynchronous"),
    (&["rand"], &["bindings"], "entropy is an argument"),
    (&["getrandom"], &["bindings"], "entropy is an argument"),
    (&["RandomState"], &[], "entropy is an argument"),
    (&["server"], &[], "the core knows no server"),
    (&["tests"], &[], "nobody depends on the tests"),
];
const SERVER_BANS: &[Ban] = &[
    (&["automerge"], &[], "only the core knows Automerge"),
    (&["rusqlite"], &["store/sqlite"], "only this part of the store knows SQL"),
    (&["axum"], &["api", "config", "pace", "rates", "router", "serve"], "only what answers requests knows HTTP"),
    (
        &["sync_core", "documents"],
        &["api", "commands", "directory", "event_plan", "replay", "reports", "tables", "typed"],
        "home handles changes, not content; only its API, and what that searches, serve people who have no replica",
    ),
    (&["SystemTime"], &["clock"], "home's time comes from its clock alone"),
    (
        &["std", "time", "Instant"],
        &["commands", "replay"],
        "the time that passes is the runtime's, which a simulation stops",
    ),
    (&["getrandom"], &["clock"], "entropy comes from one place"),
    (&["tokio", "task", "spawn_blocking"], &["workers"], "the environment says how blocking work is run"),
    (&["tests"], &[], "nobody depends on the tests"),
];

/// Everything in `sources` that breaks a rule, and every exception that nobody needs.
pub fn violations(sources: &[Source]) -> Vec<String> {
    let mut broken = Vec::new();
    let mut used = BTreeSet::new();
    for source in sources {
        let (layers, exceptions, bans) = rules_of(source.of);
        let module = module_of(&source.file);
        for path in paths_in(&source.text) {
            let place = format!("{}/src/{}: {}", source.of, source.file, path.join("::"));
            if let Some(named) = own_module(&path, &source.file).filter(|named| *named != module) {
                match exceptions.iter().find(|(by, of, _)| (*by, *of) == (module, named)) {
                    Some(exception) => drop(used.insert((source.of, exception.0, exception.1))),
                    None if comes_before(layers, named, module) => {}
                    None => broken.push(format!("{place}: `{module}` may not name `{named}`")),
                }
            }
            let banned = bans.iter().filter(|(name, by, _)| path_names(&path, name) && !is_part_of(&source.file, by));
            broken.extend(banned.map(|(.., why)| format!("{place}: {why}")));
            if source.of == "sync-core" && is_now(&path) && module != "bindings" {
                broken.push(format!("{place}: time is an argument"));
            }
        }
    }
    broken.extend(unused(sources, &used));
    broken
}

const fn rules_of(of: &str) -> (&'static [&'static [&'static str]], &'static [Exception], &'static [Ban]) {
    match of.as_bytes() {
        b"sync-core" => (CORE_LAYERS, CORE_EXCEPTIONS, CORE_BANS),
        _ => (SERVER_LAYERS, SERVER_EXCEPTIONS, SERVER_BANS),
    }
}

/// The module of the crate's first level that a file belongs to.
fn module_of(file: &str) -> &str {
    file.split_once(['/', '.']).map_or(file, |(module, _)| module)
}

fn is_part_of(file: &str, modules: &[&str]) -> bool {
    modules.iter().any(|of| file.strip_prefix(of).is_some_and(|rest| rest.starts_with(['/', '.'])))
}

/// The module of the same crate that a path leads to, whether from the crate or up from where the file stands.
fn own_module<'a>(path: &'a [String], file: &str) -> Option<&'a str> {
    let depth = 1 + file.matches('/').count();
    let ups = path.iter().take_while(|segment| *segment == "super").count();
    let below_crate = if path[0] == "crate" { Some(1) } else { Some(ups).filter(|ups| *ups == depth) };
    below_crate.and_then(|at| path.get(at)).map(String::as_str)
}

/// The crate's roots, `lib` and `main`, name whatever they like and are named by nobody.
fn comes_before(layers: &[&[&str]], named: &str, module: &str) -> bool {
    let layer = |of: &str| layers.iter().position(|layer| layer.contains(&of));
    match (layer(named), layer(module)) {
        (Some(_), None) => module == "lib" || module == "main",
        (Some(named), Some(module)) => named < module,
        (None, _) => false,
    }
}

/// One segment is banned wherever it stands alone or first; several are banned at the beginning of a path.
fn path_names(path: &[String], name: &[&str]) -> bool {
    match name {
        [one] if one.starts_with(char::is_uppercase) => path.iter().any(|segment| segment == one),
        _ => path.len() >= name.len() && path.iter().zip(name).all(|(segment, name)| segment == name),
    }
}

fn is_now(path: &[String]) -> bool {
    path.len() > 1 && path.last().is_some_and(|last| last == "now")
}

fn unused(sources: &[Source], used: &BTreeSet<(&str, &str, &str)>) -> Vec<String> {
    let crates: BTreeSet<&'static str> = sources.iter().map(|source| source.of).collect();
    let known = crates.into_iter().flat_map(|of| rules_of(of).1.iter().map(move |(by, named, _)| (of, *by, *named)));
    let idle = known.filter(|exception| !used.contains(exception));
    idle.map(|(of, by, named)| format!("{of}: `{by}` no longer names `{named}`: forget the exception")).collect()
}
