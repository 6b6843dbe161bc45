//! Python as its developers expect it: signals and cancelled tasks end what waits, the app's own exceptions come back, and type
//! checkers know every call.

use std::path::PathBuf;
use std::process::Command;

use tests::binary::{Place, Told, run};
use tests::conformance::introduced;

use super::{Language, facade, repository};

/// Python, with the package.
pub(super) fn python() -> Command {
    Language::Python.package();
    let root = repository();
    let mut python = Command::new(root.join("target/tools/python/bin/python"));
    python.env("PYTHONPATH", root.join("target/bindings/python"));
    python
}

/// Runs a story of `tests/languages/python/waits.py` with a journal that has joined.
fn waits(story: &str) {
    let place = Place::new();
    let journal = place.path("gate.db");
    facade::joined(&journal, "office", "07").shut_down();
    let told = facade::story("07");
    let (link, _) = introduced(&told, &told["devices"]["office"]);
    let program = repository().join("tests/languages/python/waits.py");
    let ended = run(python().arg(program).arg(&journal).args([&link, story]));
    assert!(!ended.err.contains("panicked"), "{}", ended.err);
    ended.done();
}

#[test]
fn control_c_ends_a_call_that_waits_for_a_silent_home() {
    waits("interrupted_by_control_c");
}

#[test]
fn a_signal_is_handled_while_a_call_waits() {
    waits("a_signal_that_raises_nothing");
}

#[test]
fn what_an_app_in_python_throws_comes_back_or_is_reported_and_never_a_bug() {
    waits("what_the_app_throws");
}

#[test]
fn ids_that_are_none_are_refused_in_python() {
    waits("nonsense_is_refused");
}

#[test]
fn asyncio_has_every_call_and_cancels_what_waits() {
    waits("every_call_has_a_twin");
    waits("awaited");
}

/// What a type checker says of a program in a directory of its own.
fn checked(checker: Checker, program: &str) -> Told {
    let place = Place::new();
    let path = place.write("program.py", program);
    let root = repository();
    let mut command = match checker {
        Checker::Mypy => {
            let mut mypy = python();
            mypy.args(["-m", "mypy", "--strict", "--cache-dir"]).arg(root.join("target/tools/mypy-cache"));
            mypy.env("MYPYPATH", root.join("target/bindings/python"));
            mypy
        }
        Checker::Pyright => {
            Language::Python.package();
            let settings = serde_json::json!({
                "typeCheckingMode": "strict",
                "extraPaths": [root.join("target/bindings/python")],
                "venvPath": root.join("target/tools"),
                "venv": "python",
            });
            place.write("pyrightconfig.json", settings.to_string());
            let mut node = Command::new("node");
            node.arg(root.join("target/tools/pyright/node_modules/pyright/index.js"));
            node
        }
    };
    run(command.arg(path).current_dir(place.path("")))
}

#[derive(Clone, Copy, Debug)]
enum Checker {
    Mypy,
    Pyright,
}

fn documented() -> (PathBuf, String) {
    let path = repository().join("tests/languages/python/documented.py");
    let text = std::fs::read_to_string(&path).unwrap();
    (path, text)
}

#[test]
fn type_checkers_accept_the_documented_program_and_find_each_typo() {
    let (_, program) = documented();
    let typos = [
        ("journal.perform(Action.CHECK_IN(subject=person", "journal.perfrom(Action.CHECK_IN(subject=person", "perfrom"),
        ("PeopleQuery(text=\"akhm\")).rows[0]", "PeopleQuery(txt=\"akhm\")).rows[0]", "txt"),
        ("row.inside_at", "row.inside_att", "inside_att"),
        ("await journal.exchange_http()", "await journal.exchange_htp()", "exchange_htp"),
    ];
    for checker in [Checker::Mypy, Checker::Pyright] {
        let told = checked(checker, &program);
        assert_eq!(told.code, Some(0), "{checker:?}: {told:?}");
        for (right, wrong, named) in typos {
            assert!(program.contains(right), "{right}");
            let told = checked(checker, &program.replacen(right, wrong, 1));
            assert!(told.code == Some(1) && format!("{told:?}").contains(named), "{checker:?} {wrong}: {told:?}");
        }
    }
}

#[test]
fn the_package_itself_is_typed() {
    let root = repository();
    let mut mypy = python();
    mypy.args(["-m", "mypy", "--strict", "--cache-dir"]).arg(root.join("target/tools/mypy-cache"));
    let told = run(mypy.arg(root.join("target/bindings/python/saxaul")).current_dir(&root));
    assert_eq!(told.code, Some(0), "{told:?}");
}

#[test]
fn the_wheel_is_one_for_a_platform_and_has_its_types_and_its_licence() {
    Language::Python.package();
    let list = "import glob, zipfile; print(*zipfile.ZipFile(glob.glob('target/bindings/wheels/*.whl')[0]).namelist())";
    let names = run(python().args(["-c", list]).current_dir(repository())).done();
    for file in ["saxaul/libsaxaul_core.so", "saxaul/py.typed", "saxaul/sync_core.pyi", "licenses/LICENSE"] {
        assert!(
            names.split_whitespace().any(|name| name == file || name.ends_with(&format!("dist-info/{file}"))),
            "{names}"
        );
    }
    assert!(!names.contains(".data/"), "auditwheel takes no native library from there: {names}");
}

#[test]
fn the_documentation_of_the_package_is_in_the_words_of_python() {
    Language::Python.package();
    for file in ["sync_core.py", "sync_core.pyi", "_calls.py"] {
        let text = std::fs::read_to_string(repository().join("target/bindings/python/saxaul").join(file)).unwrap();
        for word in ["crate::", "super::", "SaxaulError::", "Saxaul::", "# Errors"] {
            assert!(!text.contains(word), "{file}: {word}");
        }
    }
    let help =
        run(python().args(["-c", "import saxaul; help(saxaul.Journal.exchange_http); print(dir(saxaul.Journal))"]));
    let help = help.done();
    assert!(help.contains("Ctrl-C ends it") && help.contains("'perform'"), "{help}");
}
