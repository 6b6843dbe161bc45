//! The document of the API says what the server does: every address, every status, every problem.

use std::collections::BTreeSet;

use serde_json::Value;
use tests::desk::{Desk, Reply};

/// Every operation of the document: method, path and what is said of it.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let all = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().iter();
        methods.map(move |(method, operation)| (method.to_uppercase(), path.clone(), operation.clone()))
    });
    all.collect()
}

/// Puts something of the right form for each parameter of a path.
fn filled(path: &str, value: &str) -> String {
    let mut parts = path.split('/').map(|part| if part.starts_with('{') { value } else { part });
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |path, part| format!("{path}/{part}"))
}

#[track_caller]
fn is_documented(reply: &Reply, method: &str, path: &str, operation: &Value) {
    let answer = &operation["responses"][reply.status.to_string()];
    assert!(answer.is_object(), "{method} {path}: {} is not documented: {}", reply.status, reply.text());
    if let Some(content) = answer["content"].as_object() {
        let media_type = reply.header("content-type").split(';').next().unwrap();
        assert!(content.contains_key(media_type) || content.contains_key("*/*"), "{method} {path}: {media_type}");
    }
    if reply.status >= 400 {
        let problem = reply.json();
        let described = answer["description"].as_str().unwrap();
        assert!(described.contains(problem["code"].as_str().unwrap()), "{method} {path}: {problem} in {described}");
    }
}

#[test]
fn whatever_a_stranger_asks_is_answered_as_documented() {
    let desk = Desk::open();
    let document = desk.call("GET", "/v1/openapi.json", &[], "").json();
    let operations = operations(&document);
    assert!(operations.len() >= 25, "only {} operations are documented", operations.len());
    for (method, path, operation) in &operations {
        for value in ["0123456789abcdef0123456789abcdef", "x", "%ff"] {
            for body in ["", "{}", "[]"] {
                let reply = desk.call(method, &filled(path, value), &[("content-type", "application/json")], body);
                is_documented(&reply, method, path, operation);
            }
        }
    }
}

#[test]
fn every_operation_has_a_name_of_its_own_and_a_sentence_and_every_reference_leads_somewhere() {
    let desk = Desk::open();
    let reply = desk.call("GET", "/v1/openapi.json", &[], "");
    assert_eq!(reply.header("content-type"), "application/json");
    let document = reply.json();
    let operations = operations(&document);
    let names: BTreeSet<&str> = operations.iter().map(|(.., it)| it["operationId"].as_str().unwrap()).collect();
    assert_eq!(names.len(), operations.len());
    for (method, path, operation) in &operations {
        assert!(operation["summary"].as_str().unwrap().ends_with('.'), "{method} {path}");
        let named: BTreeSet<&str> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        let standing: BTreeSet<&str> =
            path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        assert_eq!(named, standing, "{method} {path}");
    }
    let text = reply.text();
    for reference in text.split("\"$ref\":\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(document["components"]["schemas"][name].is_object(), "{name} is not in the document");
    }
}

#[test]
fn an_address_that_is_not_in_the_document_does_not_exist() {
    let desk = Desk::open();
    let document = desk.call("GET", "/v1/openapi.json", &[], "").json();
    for (_, path, _) in operations(&document) {
        let known = document["paths"][&path].as_object().unwrap();
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            if !known.contains_key(&method.to_lowercase()) {
                desk.call(method, &filled(&path, "x"), &[], "").is_problem(405, "method_not_allowed");
            }
        }
    }
    // The list in the router is the only way in: it documents what it routes.
    let router = include_str!("../../../server/src/router.rs");
    let undocumented = router.matches(".route(").count() + router.matches("_service(").count();
    assert_eq!(undocumented, 0, "an address was added without documenting it");
    desk.call("GET", "/v1/other", &[], "").is_problem(404, "not_found");
}

#[test]
fn the_page_that_draws_the_document_needs_nothing_from_elsewhere() {
    let desk = Desk::open();
    let page = desk.call("GET", "/v1/docs", &[], "");
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
    for carried in ["/v1/docs/page.css", "/v1/docs/page.js", "/v1/openapi.json"] {
        assert!(page.text().contains(carried));
        let file = desk.call("GET", carried, &[], "");
        assert_eq!(file.status, 200);
        assert!(!file.text().contains("https://") && !file.text().contains("http://"), "{carried} reaches out");
    }
}

#[test]
fn a_body_that_cannot_be_read_is_told_where() {
    let desk = Desk::open();
    let reply = desk.call("POST", "/v1/nonce", &[], "{\n \"device\": 7\n}");
    reply.is_problem(400, "bad_body");
    let problem = reply.json();
    assert_eq!((&problem["field"], &problem["line"]), (&"device".into(), &2.into()), "{problem}");
    let cut_off = desk.call("POST", "/v1/nonce", &[], "{\"device\": \"a\"} {");
    cut_off.is_problem(400, "bad_body");
}
