//! The home server behind a proxy that somebody set up in a minute.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use tests::binary::{Home, PATIENCE, Place, free_port};

/// The defaults, and compression as many switch it on.
const NGINX: &str = r#"
pid PLACE/nginx.pid; error_log PLACE/error.log; daemon on;
events {}
http { access_log off; client_body_temp_path PLACE/b; proxy_temp_path PLACE/p; fastcgi_temp_path PLACE/f;
 uwsgi_temp_path PLACE/u; scgi_temp_path PLACE/s;
 gzip on; gzip_proxied any; gzip_types text/event-stream text/csv application/json;
 server { listen 127.0.0.1:FRONT; location / { proxy_pass http://127.0.0.1:BACK; } } }
"#;

/// An nginx that runs, until it is dropped.
struct Nginx {
    config: String,
}

impl Nginx {
    fn run(config: &str, more: &[&str]) {
        let told = Command::new("nginx").args(["-c", config]).args(more).output();
        let told = told.unwrap_or_else(|error| panic!("nginx: {error}; `.ci/setup test` installs it"));
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    }

    fn start(place: &Place, front: u16, back: u16) -> Self {
        let folder = place.path("nginx");
        std::fs::create_dir(&folder).unwrap();
        let text = NGINX.replace("PLACE", folder.to_str().unwrap());
        let text = text.replace("FRONT", &front.to_string()).replace("BACK", &back.to_string());
        place.write("nginx.conf", text);
        let config = place.path("nginx.conf").to_str().unwrap().to_owned();
        Self::run(&config, &[]);
        Self { config }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        drop(Command::new("nginx").args(["-c", &self.config, "-s", "stop"]).output());
    }
}

#[test]
fn changes_come_through_a_default_nginx_as_they_happen() {
    let place = Place::new();
    let (back, front) = (free_port(), free_port());
    let mut home = Home::start(&place, &place.path("data"), back);
    let organizer = place.laptop("organizer");
    organizer.joins(&home.first_invite()).done();
    place.write("event.json", crate::story::event_of_today().0);
    let created = organizer.does(["event", "create", "event.json"]).done();
    let event = created.split_whitespace().next().unwrap();
    let _nginx = Nginx::start(&place, front, back);
    let token = home.wire().session_of(&organizer.open().unwrap());

    for accepts in ["identity", "gzip"] {
        let mut stream = TcpStream::connect(("127.0.0.1", front)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let request = format!(
            "GET /v1/events/{event}/changes HTTP/1.1\r\nhost: a\r\naccept: text/event-stream\r\n\
             accept-encoding: {accepts}\r\nauthorization: {token}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        // A stream lasts for most of a minute: whatever comes before its end was not held back.
        let mut seen = Vec::new();
        let mut piece = [0; 4096];
        let end_of_head = |seen: &[u8]| seen.windows(4).position(|four| four == b"\r\n\r\n");
        while end_of_head(&seen).is_none_or(|end| seen.len() < end + 20) {
            let read = stream.read(&mut piece).unwrap();
            assert!(read > 0, "it ended: {}", String::from_utf8_lossy(&seen));
            seen.extend_from_slice(&piece[..read]);
        }
        let head = String::from_utf8_lossy(&seen).to_lowercase();
        assert!(head.starts_with("http/1.1 200 ") && head.contains("text/event-stream"), "{head}");
        assert!(!head.contains("\r\n0\r\n"), "the stream goes on: {head}");
        if accepts == "identity" {
            assert!(head.contains("event: stands") || head.contains("event:stands"), "{head}");
        }
    }
}
