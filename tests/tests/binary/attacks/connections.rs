//! Connections and requests that take a place and give nothing.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};

use tests::hostile::{Attack, Target};
use tokio::net::TcpSocket;
use tokio::runtime::Builder;

/// Connections that are opened, held or flooded.
pub const ROWS: &[Attack] = &[
    Attack {
        name: "512 connections of two addresses, each with half a request",
        flags: &[],
        memory_limit_mib: 32,
        throw: half_requests,
    },
    Attack {
        name: "1,000 connections of four addresses, each with half a request",
        flags: &[],
        memory_limit_mib: 48,
        throw: every_connection,
    },
    Attack {
        name: "400 half-sent requests of one IPv6 network, each from another of its addresses, behind a proxy",
        flags: &["--behind-proxy"],
        memory_limit_mib: 48,
        throw: one_network,
    },
    Attack {
        name: "200 requests of an organizer for the stream of changes, all open at once",
        flags: &[],
        memory_limit_mib: 32,
        throw: streams,
    },
];

/// A connection to the server from an address of this machine.
pub fn connect(target: &Target<'_>, from: Ipv4Addr) -> TcpStream {
    let to: SocketAddr = target.home.url().trim_start_matches("http://").parse().unwrap();
    let connecting = async {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((from, 0).into()).unwrap();
        socket.connect(to).await.unwrap().into_std().unwrap()
    };
    let stream = Builder::new_current_thread().enable_io().build().unwrap().block_on(connecting);
    stream.set_nonblocking(false).unwrap();
    stream
}

fn half_requests(target: &mut Target<'_>) -> String {
    let half = b"POST /v1/enrol HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{";
    let attackers = [Ipv4Addr::new(127, 0, 0, 2), Ipv4Addr::new(127, 0, 0, 3)];
    let mut held = Vec::new();
    for from in attackers.iter().flat_map(|from| [*from; 256]) {
        let mut stream = connect(target, from);
        stream.write_all(half).unwrap();
        held.push(stream);
    }
    assert_eq!(target.somebody_exchanges(), 1);
    for probe in ["/health/live", "/health/ready"] {
        assert_eq!(target.wire().get(probe, &[]).status, 204);
    }
    let organizer = target.as_organizer();
    assert_eq!(target.wire().get("/v1/devices", &[("authorization", &organizer)]).status, 200);
    format!("{} connections, and no place", held.len())
}

fn every_connection(target: &mut Target<'_>) -> String {
    let half = b"POST /v1/enrol HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{";
    let attackers = [2, 3, 4, 5].map(|last| Ipv4Addr::new(127, 0, 0, last));
    let mut held = Vec::new();
    for from in attackers.iter().flat_map(|from| [*from; 250]) {
        let mut stream = connect(target, from);
        // One that is one too many may be closed already.
        drop(stream.write_all(half));
        held.push(stream);
    }
    assert_eq!(target.somebody_exchanges(), 1);
    for probe in ["/health/live", "/health/ready"] {
        assert_eq!(target.wire().get(probe, &[]).status, 204);
    }
    "768 connections, and makes way for others".to_owned()
}

fn one_network(target: &mut Target<'_>) -> String {
    let head = |address: &str| format!("POST /v1/enrol HTTP/1.1\r\nhost: a\r\nx-forwarded-for: {address}\r\n");
    let mut held = Vec::new();
    for n in 0..400 {
        let mut stream = connect(target, Ipv4Addr::LOCALHOST);
        let head = head(&format!("2001:db8:7:7:{n:x}::{n:x}"));
        // One that is one too many may be answered already.
        drop(stream.write_all(format!("{head}content-length: 100\r\n\r\n{{").as_bytes()));
        held.push(stream);
    }
    let asks = |address: &str| {
        let head = head(address);
        target.wire().send(format!("{head}connection: close\r\ncontent-length: 2\r\n\r\n{{}}").as_bytes()).unwrap()
    };
    asks("2001:db8:7:7:ffff::1").is_problem(503, "busy");
    for other in ["2001:db8:7:8::1", "203.0.113.7"] {
        assert_eq!(asks(other).status, 400, "{other} is another caller");
    }
    assert_eq!(target.somebody_exchanges(), 1);
    "256 half-sent requests, and no place".to_owned()
}

fn streams(target: &mut Target<'_>) -> String {
    let other = target.place.laptop("other");
    let invited = target.organizer.does(["invite", "--role", "organizer"]).done();
    other.joins(invited.lines().next().unwrap()).done();
    let other = target.wire().session_of(&other.open().unwrap());
    let organizer = target.as_organizer();
    let asks = |who: &str| {
        let mut stream = connect(target, Ipv4Addr::LOCALHOST);
        let path = format!("/v1/events/{}/changes", target.event);
        write!(stream, "GET {path} HTTP/1.1\r\nhost: a\r\nauthorization: {who}\r\n\r\n").unwrap();
        let mut head = [0; 12];
        std::io::Read::read_exact(&mut stream, &mut head).unwrap();
        (stream, String::from_utf8_lossy(&head[9..]).into_owned())
    };
    let opened: Vec<(TcpStream, String)> = (0..200).map(|_| asks(&organizer)).collect();
    let streams = opened.iter().filter(|(_, status)| status == "200").count();
    assert_eq!(streams, 16);
    assert!(opened.iter().all(|(_, status)| status == "200" || status == "503"));
    let (_others, status) = asks(&other);
    assert_eq!(status, "200", "others have their share");
    target.somebody_exchanges();
    format!("{streams} streams")
}
