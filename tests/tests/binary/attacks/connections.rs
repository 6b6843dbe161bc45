//! Connections and requests that take a place and give nothing.

use std::io::Write;
use std::net::TcpStream;

use tests::hostile::{Attack, Target};

/// The rows.
pub const ROWS: &[Attack] = &[Attack {
    name: "200 connections of one address, each with half a request",
    flags: &[],
    memory_limit_mib: 32,
    throw: half_requests_of_one_address,
}];

fn half_requests_of_one_address(target: &mut Target<'_>) -> String {
    let address = target.home.url();
    let half = b"POST /v1/enrol HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{";
    let held: Vec<TcpStream> = (0..200)
        .map(|_| {
            let mut stream = TcpStream::connect(address.trim_start_matches("http://")).unwrap();
            stream.write_all(half).unwrap();
            stream
        })
        .collect();
    assert_eq!(target.somebody_exchanges(), 1);
    format!("{} connections, until they are let go of", held.len())
}
