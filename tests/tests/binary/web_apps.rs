//! Pages of web apps at other addresses: a browser lets them call a server that names them.

use tests::binary::{Home, Place, free_port};

const APP: &str = "https://app.example.org";

#[test]
fn a_page_of_a_named_origin_may_call_and_read_why_not_and_no_other_may() {
    let place = Place::new();
    let flags = ["--web-origin", "http://localhost:5173,https://app.example.org/"];
    let home = Home::start_with(&place, &place.path("data"), free_port(), &flags);
    let wire = home.wire();
    let refused = wire.post("/v1/token", &[("origin", APP)], b"no proof");
    refused.is_problem(400, "bad_body");
    for header in [&format!("access-control-allow-origin: {APP}"), "access-control-expose-headers: "] {
        assert!(refused.head.contains(header), "{}", refused.head);
    }
    let preflight = |origin: &str| {
        let asked = format!(
            "OPTIONS /v1/token HTTP/1.1\r\nhost: home\r\nconnection: close\r\norigin: {origin}\r\n\
             access-control-request-method: POST\r\naccess-control-request-headers: authorization\r\n\r\n"
        );
        wire.send(asked.as_bytes()).unwrap().head
    };
    for allowed in [APP, "http://localhost:5173"] {
        assert!(preflight(allowed).contains(&format!("access-control-allow-origin: {allowed}")));
        assert!(preflight(allowed).contains("authorization"));
    }
    for stranger in ["https://app.example.org.evil.example", "http://app.example.org", "null"] {
        assert!(!preflight(stranger).contains("access-control-allow-origin"), "{stranger}");
        assert!(!wire.get("/v1/home", &[("origin", stranger)]).head.contains("access-control-allow-origin"));
    }
    assert!(!refused.head.contains("access-control-allow-credentials"), "no cookie goes along: {}", refused.head);
}

#[test]
fn a_server_that_names_nobody_sends_nothing_of_the_kind() {
    let place = Place::new();
    let home = Home::start(&place, &place.path("data"), free_port());
    let answer = home.wire().get("/v1/home", &[("origin", APP)]);
    assert_eq!(answer.status, 200);
    assert!(!answer.head.contains("access-control"), "{}", answer.head);
}
