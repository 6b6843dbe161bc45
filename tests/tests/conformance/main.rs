//! The built program against the document of its API, by a tool that is not ours: schemathesis.
//!
//! It draws requests from the document, with a fixed seed, as an organizer at a browser; whatever is answered must be
//! documented, with that status, that media type and that form, and never be a failure of the server.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use server::client::{Http, Talk};
use server::wire::CreateInvite;
use tests::binary::{Home, Place, Wire, free_port, program};

/// Where `.ci/setup test` puts the tool.
fn schemathesis() -> PathBuf {
    let target = program().parent().and_then(|profile| profile.parent()).unwrap().to_owned();
    let tool = target.join("conformance/bin/schemathesis");
    assert!(tool.is_file(), "{} is missing: run `.ci/setup test` first (`make test` does)", tool.display());
    tool
}

/// The first would end the tool's own session, the second takes bytes that it cannot draw, the third goes on for a minute.
/// There is no stateful phase, either: the document has no links from which the tool could learn that one call follows from
/// another.
const TESTED_ELSEWHERE: &[&str] = &["delete_session", "post_events_event_exchange", "get_events_event_changes"];

fn answered(wire: &Wire, path: &str, headers: &[(&str, &str)], body: &Value) -> (Value, String) {
    let answer = wire.post(path, headers, body.to_string().as_bytes());
    assert!(answer.status < 300, "{path}: {}", String::from_utf8_lossy(&answer.body));
    (serde_json::from_slice(&answer.body).unwrap(), answer.raw_head.clone())
}

#[test]
fn whatever_is_drawn_from_the_document_is_answered_as_it_says() {
    let (tool, place, port) = (schemathesis(), Place::new(), free_port());
    let limits = ["--address-calls-per-minute", "0", "--device-calls-per-minute", "0"];
    let mut home = Home::start_with(&place, &place.path("data"), port, &limits);
    let office = place.laptop("office");
    office.joins(&home.first_invite()).done();
    let file = place.write("event.json", tests::desk::SHORE);
    let event = office.does([std::ffi::OsStr::new("event"), "create".as_ref(), file.as_ref()]).done();
    let event = event.split_whitespace().next().unwrap().to_owned();
    let list =
        place.write("list.csv", "Код,Фамилия,Телефон\r\nA-1,Ахметова,+7 701 555 01 02\r\nA-2,Чернова,+7 701 1\r\n");
    office
        .does([std::ffi::OsStr::new("import"), list.as_ref(), "--issuer".as_ref(), "list".as_ref(), "--apply".as_ref()])
        .done();

    let wire = home.wire();
    let token = wire.session_of(&office.open().unwrap());
    let offer = json!({ "access": "organizer", "name": "conformance", "event": event });
    let (offered, _) = answered(&wire, "/v1/sign-in-links", &[("authorization", &token)], &offer);
    let secret = offered["link"].as_str().unwrap().split_once('#').unwrap().1;
    let (session, head) =
        answered(&wire, "/v1/session", &[("content-type", "application/json")], &json!({ "secret": secret }));
    let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    let cookie = cookie.split(';').next().unwrap();
    let mut talk = Talk::over(Http::to(&home.url()), &home.url());
    talk.sign_in(&office.open().unwrap()).unwrap();
    talk.invite(&CreateInvite {
        role: "marker".to_owned(),
        event: Some(event.clone()),
        uses: 1,
        ..CreateInvite::default()
    })
    .unwrap();

    // Somebody to be turned out: a device and a session that the tool does not need itself.
    let link = office.does(["invite", "--role", "marker"]).done().lines().next().unwrap().to_owned();
    let gate = place.laptop("gate");
    gate.joins(&link).done();
    let devices = wire.get("/v1/devices", &[("authorization", &token)]);
    let devices: Value = serde_json::from_slice(&devices.body).unwrap();
    let device = devices["devices"].as_array().unwrap().iter().find(|device| device["role"] == "marker").unwrap();
    let (offered, _) = answered(&wire, "/v1/sign-in-links", &[("authorization", &token)], &offer);
    let secret = offered["link"].as_str().unwrap().split_once('#').unwrap().1;
    answered(&wire, "/v1/session", &[("content-type", "application/json")], &json!({ "secret": secret }));
    let sessions = wire.get("/v1/sessions", &[("cookie", cookie)]);
    let sessions: Value = serde_json::from_slice(&sessions.body).unwrap();
    let own = &session["session"];
    let other_session = sessions["sessions"].as_array().unwrap().iter().find(|one| one["session"] != *own).unwrap();

    let people = wire.get(&format!("/v1/events/{event}/people"), &[("cookie", cookie)]);
    let people: Value = serde_json::from_slice(&people.body).unwrap();
    let listed = |at: usize| people["items"][at]["person"].as_str().unwrap();
    let (person, other) = (listed(0), listed(1));
    let config = place.write(
        "schemathesis.toml",
        format!(
            "[parameters]\n\"path.event\" = \"{event}\"\n\"path.person\" = \"{person}\"\n\"path.other\" = \"{other}\"\n\
             \"path.number\" = 1\n\"path.device\" = {}\n\"path.session\" = {}\n",
            device["device"], other_session["session"]
        ),
    );
    let csrf = session["csrf"].as_str().unwrap();
    let mut command = Command::new(&tool);
    command.current_dir(place.path("."));
    command.arg("--config-file").arg(&config).args(["run", &format!("{}/v1/openapi.json", home.url())]);
    command.args(["-H", &format!("cookie: {cookie}"), "-H", &format!("x-saxaul-csrf: {csrf}")]);
    let checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                  response_schema_conformance";
    command.args(["--checks", checks, "--seed", "20260518", "--workers", "2", "--max-examples", "12"]);
    command.args(["--phases", "examples,coverage,fuzzing", "--generation-with-security-parameters", "false"]);
    for elsewhere in TESTED_ELSEWHERE {
        command.args(["--exclude-operation-id", elsewhere]);
    }
    command.args(["--request-timeout", "20", "--no-color"]);
    command.args(["--suppress-health-check", "all", "--warnings", "off"]);
    let run = command.output().unwrap();
    let told = format!("{}\n{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{told}\n{}", tail(&home.logged()));
    let log = home.logged();
    assert!(!log.contains("panicked"), "{}", tail(&log));
    let well: usize = ["status=200", "status=201", "status=204"].map(|status| log.matches(status).count()).iter().sum();
    assert!(well > 300, "of all that was drawn only {well} were let in:\n{told}");
}

/// The end of a log: enough to see what went wrong.
fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}
