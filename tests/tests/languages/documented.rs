//! The code of `docs/embedding.md` runs as it stands, block after block, against a real server. What the page names and does not
//! define (the link, a scanned text, a function that draws) is defined here. Not run: Swift, for which no compiler is here, and the
//! lines for React and for a worker.

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sync_core::app::{Action, App};
use sync_core::documents::log::Method;
use sync_core::ids::{Incarnation, Subject};
use sync_core::journal::Journal;
use sync_core::meeting::Answer;
use sync_core::time::{ClockReading, UnixMillis};
use tests::binary::{Home, Place, free_port, open_journal, run};
use tests::conformance::introduced;

use super::{Language, class_path, facade, python, repository};

/// The blocks of code of the page that are in this language.
fn blocks(language: &str) -> Vec<String> {
    let page = std::fs::read_to_string(repository().join("docs/embedding.md")).unwrap();
    let fenced = page.split("\n```").skip(1).step_by(2);
    fenced.filter_map(|block| block.strip_prefix(&format!("{language}\n")).map(|code| format!("{code}\n"))).collect()
}

/// A server and an invite, made by the shell blocks of the page.
struct Scene {
    place: Place,
    _home: Home,
    link: String,
}

impl Scene {
    fn set() -> Self {
        let place = Place::new();
        std::os::unix::fs::symlink(repository().join("server"), place.path("server")).unwrap();
        let port = free_port();
        let [serve, invite]: [String; 2] = blocks("sh").try_into().unwrap();
        let mut serving = shell(&place, &serve);
        serving.env("SAXAUL_LISTEN", format!("127.0.0.1:{port}"));
        serving.env("SAXAUL_PUBLIC_URL", format!("http://127.0.0.1:{port}"));
        // The shell becomes the server, because it has nothing else to do.
        let home = Home::start_by(&place, serving, port, false);
        let mut organizer = shell(&place, &invite).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let first = std::fs::read_to_string(place.path("home/first-invite.txt")).unwrap();
        writeln!(organizer.stdin.take().unwrap(), "{}", first.trim()).unwrap();
        let made = organizer.wait_with_output().unwrap();
        let said = String::from_utf8(made.stdout).unwrap();
        assert!(made.status.success(), "{said}");
        let link = said.lines().rfind(|line| line.starts_with("http")).unwrap().to_owned();
        Self { place, _home: home, link }
    }

    /// What a scanner reads on somebody's badge.
    fn badge(&self) -> String {
        run(&mut shell(&self.place, "SAXAUL_JOURNAL=office.db saxaul report badges --person A-0002 --out badges.pdf"))
            .done();
        let codes = tests::paper::codes(&std::fs::read(self.place.path("badges.pdf")).unwrap());
        codes.into_iter().find(|code| code.starts_with("SAXAUL1:")).unwrap()
    }

    fn write(&self, name: &str, program: &str) -> PathBuf {
        self.place.write(name, program)
    }

    /// Runs a program in the directory of the scene.
    fn runs(&self, command: &mut Command) -> String {
        run(command.current_dir(self.place.path(""))).done()
    }
}

/// What a shell does in a directory, with the program on its path.
fn shell(place: &Place, script: &str) -> Command {
    let mut bash = Command::new("bash");
    let path = std::env::var_os("PATH").unwrap();
    let programs = std::iter::once(repository().join("target/debug")).chain(std::env::split_paths(&path));
    bash.args(["-e", "-c", script.trim_end()])
        .current_dir(place.path(""))
        .env("PATH", std::env::join_paths(programs).unwrap());
    bash
}

#[test]
fn the_python_of_the_page_runs_as_it_stands() {
    let scene = Scene::set();
    let mut program = format!("LINK = {:?}\n", scene.link);
    let mut is_open = false;
    for block in blocks("python") {
        // The page goes on with a journal that is open.
        if !is_open && !block.contains("open(") {
            write!(program, "journal = saxaul.open(\"gate.db\")\ntext = {:?}\n", scene.badge()).unwrap();
            is_open = true;
        }
        program += &block;
    }
    program += "journal.shut_down()\nprint(\"the end\")\n";
    let path = scene.write("page.py", &program);
    let said = scene.runs(python::python().arg(path));
    assert!(said.contains("Ахметова") && said.ends_with("the end\n"), "{said}");
}

#[test]
fn the_kotlin_and_the_java_of_the_page_run_as_they_stand() {
    Language::Kotlin.package();
    let scene = Scene::set();
    let [gate, sync]: [String; 2] = blocks("kotlin").try_into().unwrap();
    let program = format!(
        "import kotlinx.coroutines.flow.*\nimport kotlinx.coroutines.runBlocking\nimport saxaul.*\n\n\
         val drawn = mutableListOf<Any>()\nfun draw(what: Any) {{ drawn += what }}\n\n\
         suspend fun gate(link: String) {{\n{gate}}}\n\nsuspend fun sync(journal: Saxaul) {{\n{sync}}}\n\n\
         fun main(args: Array<String>) = runBlocking {{\n    gate(args[0])\n    \
         Saxaul.open(\"gate.db\").use {{ sync(it) }}\n    println(drawn)\n}}\n"
    );
    let source = scene.write("Page.kt", &program);
    let jar = scene.place.path("page.jar");
    let tools = repository().join("target/tools/kotlin/node_modules/kotlin-compiler");
    let mut compiler = Command::new("bash");
    compiler.arg(tools.join("bin/kotlinc")).args(["-no-reflect", "-nowarn", "-cp"]).arg(class_path(&[]));
    scene.runs(compiler.env("JAVA_OPTS", "-XX:TieredStopAtLevel=1").arg("-d").arg(&jar).arg(source));
    let said = scene.runs(java(&jar).arg("PageKt").arg(&scene.link));
    assert!(said.contains("Changes(") && said.contains("state=WAITING"), "{said}");

    let [java_block]: [String; 1] = blocks("java").try_into().unwrap();
    let program = format!(
        "import saxaul.*;\n\nclass Page {{\n    public static void main(String[] args) throws SaxaulException {{\n{java_block}    }}\n}}\n"
    );
    let source = scene.write("Page.java", &program);
    let classes = scene.place.path("classes");
    scene.runs(Command::new("javac").arg("-cp").arg(class_path(&[])).arg("-d").arg(&classes).arg(source));
    scene.runs(java(&classes).arg("Page"));
}

/// Java, with these classes beside the package.
fn java(classes: &Path) -> Command {
    let mut java = Command::new("java");
    java.args(["-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp"]).arg(class_path(&[classes]));
    java
}

#[test]
fn the_javascript_of_the_page_runs_in_node_as_it_stands() {
    Language::Node.package();
    let scene = Scene::set();
    std::fs::create_dir(scene.place.path("node_modules")).unwrap();
    let package = repository().join("target/bindings/web");
    std::os::unix::fs::symlink(package, scene.place.path("node_modules/saxaul")).unwrap();
    let blocks = blocks("js").into_iter().filter(|block| !block.contains("saxaul/worker"));
    // In Node the package and the call have other names, as the first block says.
    let in_node =
        |block: String| block.replace("from \"saxaul\";", "from \"saxaul/node\";").replace("openShared", "open");
    let code: String = blocks.map(in_node).collect();
    let program = format!(
        "const link = process.argv[2];\nlet drawn = 0;\nfunction draw() {{ drawn += 1; }}\n{code}\n\
         syncing.stop();\nawait journal.shutDown();\nconsole.log(drawn > 0 ? \"the end\" : \"nothing\");\n"
    );
    let path = scene.write("page.mjs", &program);
    let said = scene.runs(Command::new("node").arg("--preserve-symlinks").arg(path).arg(&scene.link));
    assert!(said.ends_with("the end\n"), "{said}");
}

/// The Rust of the page, in a function.
fn as_documented(journal: Journal, entered: Entered) -> Result<Journal, Box<dyn Error>> {
    let Entered { link, answer, subject, site, reading } = entered;
    let next_incarnation = Incarnation([9; 8]);
    let mut app = App::open(journal, next_incarnation)?;
    app.take_enrolled(&link, &answer)?; // the answer to app.enrol_call(&link, "gate")
    app.perform(Action::CheckIn { subject, site, method: Method::Search }, reading)?;
    Ok(app.into_storage().expect("it is open"))
}

/// What an app knows when it does what the page shows.
struct Entered {
    link: String,
    answer: Answer,
    subject: Subject,
    site: String,
    reading: ClockReading,
}

#[test]
fn the_rust_of_the_page_runs_as_it_stands() {
    let [block]: [String; 1] = blocks("rust").try_into().unwrap();
    let in_words = |code: &str| code.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(in_words(include_str!("documented.rs")).contains(&in_words(&block)), "{block}");
    let place = Place::new();
    let path = place.path("gate.db");
    let before = facade::joined(&path, "office", "07");
    facade::does(&before, &serde_json::json!({"do": "add_site", "key": "north", "name": {"en": "North"}})).unwrap();
    facade::does(&before, &facade::add_person(2, "Ann")).unwrap();
    before.shut_down();
    let told = facade::story("07");
    let (link, enrolled) = introduced(&told, &told["devices"]["office"]);
    let answer = Answer { status: 200, token: None, retry_after_s: None, body: enrolled.into_bytes() };
    let reading = ClockReading { boot: 1, mono_ms: 2, wall_ms: UnixMillis(2) };
    let subject = "0000000000000002".parse().unwrap();
    let entered = Entered { link, answer, subject, site: "north".to_owned(), reading };
    drop(as_documented(open_journal(&path).unwrap(), entered).unwrap());
    let again = facade::open(&path, "09").unwrap();
    assert_eq!(again.person(subject).unwrap().unwrap().inside_at.as_deref(), Some("north"));
}

#[test]
fn every_block_of_the_page_is_run_or_named_as_one_that_is_not() {
    let page = std::fs::read_to_string(repository().join("docs/embedding.md")).unwrap();
    let languages: Vec<&str> =
        page.lines().filter_map(|line| line.strip_prefix("```")).filter(|at| !at.is_empty()).collect();
    let run = ["sh", "python", "kotlin", "java", "js", "rust"];
    assert!(
        languages.iter().all(|language| run.contains(language) || ["swift", "jsx"].contains(language)),
        "{languages:?}"
    );
    assert!(page.contains("only the Swift, and the\nlines for React and for a worker, are read and not run there"));
}
