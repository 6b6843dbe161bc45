//! The built server over TLS, under an authority that only the camp knows.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
#[cfg(target_os = "linux")]
use tests::binary::WrongClock;
use tests::binary::{Home, Place, free_port};

const EVENT: &str = r#"{"name": {"en": "Shore day"}, "time_zone": "Asia/Aqtau", "sites": [{"key": "pier"}],
    "days": [{"date": "2026-09-19", "opens": "09:00", "closes": "18:00"}]}"#;

/// An authority, and its certificate in a file.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: PathBuf,
}

impl Authority {
    fn found(place: &Place, name: &str) -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let file = place.write(&format!("{name}.pem"), issuer.pem());
        Self { issuer, file }
    }

    /// A certificate and a key for a server on loopback.
    fn certifies(&self) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let cert = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &self.issuer).unwrap();
        (cert.pem(), key.serialize_pem())
    }

    fn writes(&self, place: &Place) {
        let (cert, key) = self.certifies();
        place.write("cert.pem", cert);
        place.write("key.pem", key);
    }
}

const TLS: [&str; 4] = ["--tls-cert", "cert.pem", "--tls-key", "key.pem"];

#[test]
fn a_device_joins_and_exchanges_over_tls_and_a_renewed_certificate_is_taken_up() {
    let place = Place::new();
    let (camp, stranger) = (Authority::found(&place, "camp"), Authority::found(&place, "stranger"));
    camp.writes(&place);
    let mut home = Home::start_with(&place, &place.path("data"), free_port(), &TLS);
    let invite = home.first_invite();
    assert!(invite.starts_with("https://127.0.0.1:"), "{invite}");
    let mut laptop = place.laptop("organizer");
    // Neither the authorities that browsers know nor another one have signed for it.
    let unknown = laptop.joins(&invite);
    unknown.refused(4, &["cannot reach https://127.0.0.1", "an authority that this device does not know", "--ca FILE"]);
    assert!(!unknown.err.contains("when there is a network"), "{}", unknown.err);
    laptop.ca = Some(stranger.file.clone());
    laptop.joins(&invite).refused(4, &["cannot reach https://127.0.0.1"]);
    laptop.ca = Some(camp.file.clone());
    laptop.joins(&invite).done();
    place.write("event.json", EVENT);
    laptop.does(["event", "create", "event.json"]).done();
    laptop.does(["field", "exchange"]).done();

    // Somebody spoils the file: what was read before stays.
    place.write("cert.pem", "-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----\n");
    home.signal("HUP");
    home.wait_for_log("the new certificate is not used");
    laptop.does(["field", "exchange"]).done();

    // The certificate is renewed under another authority, and nobody says so: the next connection sees it.
    stranger.writes(&place);
    home.wait_for_log("the new certificate is in use");
    laptop.does(["field", "exchange"]).refused(4, &["cannot reach https://127.0.0.1"]);
    laptop.ca = Some(stranger.file.clone());
    laptop.does(["field", "exchange"]).done();
    assert!(home.stop().done().contains("Everything that was answered is on disk."));
}

/// A client of HTTP/2 that is none of ours, as a browser is.
fn curl(place: &Place, args: &[&str]) -> Command {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--fail", "--max-time", "60", "--cacert"]).arg(place.path("camp.pem"));
    command.args(["--cookie-jar", "cookies", "--cookie", "cookies"]).args(args).current_dir(place.path(""));
    command
}

#[test]
fn who_can_speaks_http_2_over_tls_and_changes_come_over_it_as_they_happen() {
    let place = Place::new();
    let camp = Authority::found(&place, "camp");
    camp.writes(&place);
    let mut home = Home::start_with(&place, &place.path("data"), free_port(), &TLS);
    let url = home.url().replace("http://", "https://");
    let asked = |args: &[&str]| {
        let run =
            curl(&place, args).output().unwrap_or_else(|error| panic!("curl: {error}; `.ci/setup test` installs it"));
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        String::from_utf8(run.stdout).unwrap()
    };
    let live = format!("{url}/health/live");
    for (flag, version) in [("--http2", "2"), ("--http1.1", "1.1")] {
        assert_eq!(asked(&[flag, "--write-out", "%{http_version}", &live]), version);
    }

    let mut laptop = place.laptop("organizer");
    laptop.ca = Some(camp.file);
    laptop.joins(&home.first_invite()).done();
    place.write("event.json", EVENT);
    let created = laptop.does(["event", "create", "event.json"]).done();
    let event = created.split_whitespace().next().unwrap();
    let offered = laptop.does(["sign-in", "Office"]).done();
    let secret = offered.split_once('#').unwrap().1.split_whitespace().next().unwrap();
    let body = format!(r#"{{"secret": "{secret}"}}"#);
    // A page of the server's own says from where it comes.
    let (origin, session) = (format!("origin: {url}"), format!("{url}/v1/session"));
    let headers = ["--header", "content-type: application/json", "--header", &origin];
    asked(&[&["--http2", "--data", &body, &session][..], &headers].concat());

    let changes = format!("{url}/v1/events/{event}/changes");
    let mut listening = curl(&place, &["--http2", "--no-buffer", &changes]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(listening.stdout.take().unwrap()).lines();
    let mut next = |wanted: &str| lines.any(|line| line.unwrap().replace(' ', "") == wanted);
    assert!(next("event:stands"));
    laptop.does(["field", "walk-in", "Ann Lee", "--site", "pier"]).done();
    laptop.does(["field", "exchange"]).done();
    assert!(next("event:changed"));
    listening.kill().unwrap();
    listening.wait().unwrap();
    assert!(home.stop().done().contains("Everything that was answered is on disk."));
}

#[test]
fn a_certificate_that_cannot_be_used_is_named_at_the_start() {
    let place = Place::new();
    let camp = Authority::found(&place, "camp");
    let (cert, key) = camp.certifies();
    let refused = |cert: Option<&str>, key: Option<&str>, said: &[&str]| {
        for (name, content) in [("cert.pem", cert), ("key.pem", key)] {
            match content {
                Some(content) => drop(place.write(name, content)),
                None => drop(std::fs::remove_file(place.path(name))),
            }
        }
        place.saxaul(["serve", "--listen", "127.0.0.1:0"].into_iter().chain(TLS)).refused(3, said);
    };
    refused(None, Some(&key), &["cannot read cert.pem: "]);
    refused(Some(&cert), None, &["cannot read key.pem: "]);
    refused(Some("milk, bread, tea"), Some(&key), &["cert.pem does not hold a certificate in PEM"]);
    refused(Some(&cert), Some(&cert), &["key.pem does not hold a private key in PEM"]);
    refused(Some(&cert), Some(&camp.certifies().1), &["the key in key.pem is not the one of", "in cert.pem"]);
    let damaged = cert.replace("\nMII", "\nAAA");
    assert_ne!(damaged, cert);
    refused(Some(&damaged), Some(&key), &["cert.pem does not hold a certificate in PEM: "]);
    assert!(!place.path("saxaul-data").exists(), "nothing is made before the settings are right");

    place.write("cert.pem", &cert);
    place.saxaul(["serve", "--tls-cert", "cert.pem"]).refused(3, &["tls-key: a certificate needs its key"]);
    place.saxaul(["serve", "--tls-key", "key.pem"]).refused(3, &["tls-cert: a key needs its certificate"]);
    let mut laptop = place.laptop("laptop");
    for (file, said) in [("none.pem", "cannot read "), ("key.pem", "key.pem does not hold a certificate in PEM")] {
        laptop.ca = Some(place.path(file));
        laptop.joins(&link_to_nowhere()).refused(3, &[said]);
    }
}

fn link_to_nowhere() -> String {
    server::invite::InviteLink {
        url: "https://127.0.0.1:1".to_owned(),
        home: sync_core::trust::PublicKey([3; 32]),
        secret: [4; 16],
        event: None,
    }
    .to_string()
}

#[test]
fn who_listens_to_other_machines_without_tls_is_warned() {
    let place = Place::new();
    let warning = "can be reached from other machines without TLS";
    for (flag, warned) in [("--log-format=text", true), ("--behind-proxy", false)] {
        let port = free_port();
        let listen = format!("0.0.0.0:{port}");
        let home = Home::start_with(&place, &place.path("data"), port, &["--listen", &listen, flag]);
        assert_eq!(home.stop().err.contains(warning), warned, "{flag}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_device_whose_clock_is_outside_the_certificate_is_told_that_its_clock_is_wrong() {
    let place = Place::new();
    let (camp, clock) = (Authority::found(&place, "camp"), WrongClock::built_in(&place));
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    (params.not_before, params.not_after) = (rcgen::date_time_ymd(2026, 1, 1), rcgen::date_time_ymd(2039, 1, 1));
    place.write("cert.pem", params.signed_by(&key, &camp.issuer).unwrap().pem());
    place.write("key.pem", key.serialize_pem());
    let mut home = Home::start_with(&place, &place.path("data"), free_port(), &TLS);
    let mut laptop = place.laptop("organizer");
    laptop.ca = Some(camp.file.clone());
    laptop.joins(&home.first_invite()).done();
    place.write("event.json", EVENT);
    laptop.does(["event", "create", "event.json"]).done();
    for (year, says) in [
        (1970, ["shows 1970-01-01", "not valid that early", "set it and try again"]),
        (2001, ["shows 2001-01-01", "not valid that early", "set it and try again"]),
        (2025, ["shows 2025-01-01", "not valid that early", "set it and try again"]),
        (2060, ["shows 2060-01-01", "no longer valid then", "set the clock and try again"]),
    ] {
        let mut command = laptop.command(["field", "exchange"]);
        clock.show(&mut command, year);
        let told = tests::binary::run(&mut command);
        told.refused(4, &["the clock of this device", "Nothing is lost"]);
        told.refused(4, &says);
    }
    // With a right clock it goes on.
    laptop.does(["field", "exchange"]).done();
}
