//! A home server, or whoever sits before it, that hardly answers: a device gives up and says what to do.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use server::client::{Http, Talk, TalkError};

/// As long as a device waits here, instead of a minute.
const PATIENCE: Duration = Duration::from_millis(300);

/// Answers one request: with `at_once`, and then with a byte now and then until the device has gone.
fn trickling(at_once: &'static str) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answering = std::thread::spawn(move || {
        let (mut device, _) = listener.accept().unwrap();
        device.write_all(at_once.as_bytes()).unwrap();
        device.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        while device.write_all(b"a").is_ok() && !has_gone(&mut device) {}
        drop(device.shutdown(Shutdown::Both));
    });
    (url, answering)
}

/// Waits for a moment; answers whether the other end has closed the connection meanwhile.
fn has_gone(stream: &mut TcpStream) -> bool {
    match stream.read(&mut [0; 4096]) {
        Ok(0) => true,
        Ok(_) => false,
        Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
    }
}

#[test]
fn a_home_that_sends_a_byte_now_and_then_is_not_waited_for() {
    for (at_once, says) in [
        ("HTTP/1.1 200 OK\r\nx-slow: ", "no answer came within"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n", "the answer comes too slowly"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n10000\r\n", "the answer comes too slowly"),
    ] {
        let (url, answering) = trickling(at_once);
        let mut talk = Talk::over(Http::to(&url).with_patience(PATIENCE), &url);
        let error = talk.home_key().unwrap_err();
        let TalkError::Unreachable { cause, .. } = &error else { panic!("{at_once:?}: {error}") };
        assert!(cause.starts_with(says) && cause.ends_with("try again"), "{at_once:?}: {error}");
        drop(talk);
        answering.join().unwrap();
    }
}
