//! Connections over a pipe in memory, with a real client of HTTP/2 at the other end and time in the test's hand.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{any, get};
use futures_util::FutureExt;
use futures_util::stream::once;
use h2::client::SendRequest;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::task::JoinHandle;
use tokio::time::{Instant, advance};

use super::*;

const LIMITS: ConnectionLimits = ConnectionLimits {
    open: 768,
    open_per_address: Some(256),
    head: Duration::from_secs(20),
    request: Duration::from_secs(30),
};
/// In such a time some of an answer must be taken.
const WINDOW: Duration = Duration::from_secs(80);
const LARGE: usize = 1 << 20;

/// A server that answers one connection.
struct Server {
    running: JoinHandle<()>,
    began: Instant,
    asked: Arc<AtomicUsize>,
}

impl Server {
    /// Lets a client connect.
    fn connect(protocol: Protocol, limits: ConnectionLimits) -> (Self, DuplexStream) {
        let asked = Arc::<AtomicUsize>::default();
        let router = Router::new()
            .route("/late", get(|| async { Body::from_stream(once(async { late().await })) }))
            .route("/large", get(|| async { vec![7; LARGE] }))
            .route("/never", any(never))
            .route("/host", get(|headers: HeaderMap| async move { headers["host"].to_str().unwrap().to_owned() }))
            .with_state(Arc::clone(&asked));
        let (here, there) = duplex(64 << 10);
        let connection = Connection {
            router,
            limits,
            peer: Peer(IpAddr::from([192, 0, 2, 1])),
            places: StreamPlaces::new(limits),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            cut: CancellationToken::new(),
        };
        let running = tokio::spawn(connection.answer(here, protocol));
        (Self { running, began: Instant::now(), asked }, there)
    }

    /// How long it took until the server let go of the connection.
    async fn lets_go_after(self) -> Duration {
        self.running.await.unwrap();
        self.began.elapsed()
    }
}

/// The first piece of an answer that has nothing to say for ten times as long as one may take.
async fn late() -> Result<Bytes, Infallible> {
    sleep(10 * WINDOW).await;
    Ok(Bytes::from_static(b"now"))
}

/// Lets everything happen that can happen without time.
async fn yield_often() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

async fn never(State(asked): State<Arc<AtomicUsize>>) {
    asked.fetch_add(1, Ordering::SeqCst);
    std::future::pending().await
}

/// A client of HTTP/2 that is driven until it is dropped.
struct Client {
    send: SendRequest<Bytes>,
    pings: Option<h2::PingPong>,
    driving: JoinHandle<Result<(), h2::Error>>,
}

impl Client {
    async fn over(stream: DuplexStream) -> Self {
        Self::built(h2::client::Builder::new(), stream).await
    }

    async fn built(builder: h2::client::Builder, stream: DuplexStream) -> Self {
        let (send, mut connection) = builder.handshake(stream).await.unwrap();
        let pings = connection.ping_pong();
        Self { send, pings, driving: tokio::spawn(connection) }
    }

    /// Begins a request.
    async fn asks(&mut self, path: &str) -> h2::client::ResponseFuture {
        let request = Request::get(format!("https://home.test{path}")).body(()).unwrap();
        futures_util::future::poll_fn(|cx| self.send.poll_ready(cx)).await.unwrap();
        self.send.send_request(request, true).unwrap().0
    }

    /// Takes a whole answer.
    async fn reads(&mut self, path: &str) -> (StatusCode, Vec<u8>) {
        let (head, mut body) = self.asks(path).await.await.unwrap().into_parts();
        let mut read = Vec::new();
        while let Some(piece) = body.data().await {
            let piece = piece.unwrap();
            body.flow_control().release_capacity(piece.len()).unwrap();
            read.extend_from_slice(&piece);
        }
        (head.status, read)
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_has_nothing_to_say_outlives_every_limit_over_both_protocols() {
    let (_server, mut http1) = Server::connect(Protocol::Http1, LIMITS);
    http1.write_all(b"GET /late HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut read = String::new();
    http1.read_to_string(&mut read).await.unwrap();
    assert!(read.ends_with("now\r\n0\r\n\r\n"), "{read}");

    let (_server, http2) = Server::connect(Protocol::Http2, LIMITS);
    assert_eq!(Client::over(http2).await.reads("/late").await, (StatusCode::OK, b"now".to_vec()));
}

#[tokio::test(start_paused = true)]
async fn who_takes_nothing_of_an_answer_is_let_go_over_both_protocols() {
    let (server, mut http1) = Server::connect(Protocol::Http1, LIMITS);
    http1.write_all(b"GET /large HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    assert!((WINDOW..=2 * WINDOW).contains(&server.lets_go_after().await));

    // The client reads what comes, and lets nothing of the answer come.
    let (server, http2) = Server::connect(Protocol::Http2, LIMITS);
    let mut builder = h2::client::Builder::new();
    builder.initial_window_size(0);
    let mut client = Client::built(builder, http2).await;
    let answer = client.asks("/large").await.await.unwrap();
    assert!((WINDOW..=2 * WINDOW).contains(&server.lets_go_after().await));
    drop(answer);

    // It does not even read: not one byte gets through any more.
    let (server, mut http2) = Server::connect(Protocol::Http2, LIMITS);
    let wide = [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0x7f, 0xff, 0xff, 0xff];
    let of_connection = [0, 0, 4, 8, 0, 0, 0, 0, 0, 0x7f, 0, 0, 0];
    // GET https /large, with the names and values of HPACK's own table where it has them.
    let head = [0, 0, 13, 1, 5, 0, 0, 0, 1, 0x82, 0x87, 0x04, 6, b'/', b'l', b'a', b'r', b'g', b'e', 0x01, 1, b'a'];
    let all = [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &wide, &of_connection, &head].concat();
    http2.write_all(&all).await.unwrap();
    assert!((WINDOW..=2 * WINDOW).contains(&server.lets_go_after().await));
    let mut read = Vec::new();
    http2.read_to_end(&mut read).await.unwrap();
    assert!(read.len() > 32 << 10, "the pipe was full: {}", read.len());
}

#[tokio::test(start_paused = true)]
async fn who_takes_nothing_of_an_answer_and_has_pings_answered_meanwhile_is_let_go() {
    let (server, http2) = Server::connect(Protocol::Http2, LIMITS);
    let mut builder = h2::client::Builder::new();
    builder.initial_window_size(0);
    let mut client = Client::built(builder, http2).await;
    let _answer = client.asks("/large").await.await.unwrap();
    let mut pings = client.pings.take().unwrap();
    while pings.ping(h2::Ping::opaque()).await.is_ok() {
        sleep(Duration::from_secs(1)).await;
    }
    let slice = u64::try_from(SLICE_BYTES).unwrap();
    let longest = WINDOW * u32::try_from(slice / crate::pace::BYTES_IN_A_WINDOW + 2).unwrap();
    assert!((WINDOW..=longest).contains(&server.lets_go_after().await));
}

#[tokio::test(start_paused = true)]
async fn who_takes_an_answer_slowly_gets_all_of_it() {
    let (server, http2) = Server::connect(Protocol::Http2, LIMITS);
    let mut builder = h2::client::Builder::new();
    builder.initial_window_size(600);
    let mut client = Client::built(builder, http2).await;
    let mut body = client.asks("/large").await.await.unwrap().into_body();
    for _ in 0..40 {
        let mut taken = 0;
        while taken < 600 {
            taken += body.data().await.unwrap().unwrap().len();
        }
        sleep(WINDOW * 3 / 4).await;
        body.flow_control().release_capacity(taken).unwrap();
    }
    assert!(server.began.elapsed() > 20 * WINDOW && !server.running.is_finished());
}

#[tokio::test(start_paused = true)]
async fn a_connection_over_which_nothing_is_asked_is_closed() {
    let (server, _silent) = Server::connect(Protocol::Http2, LIMITS);
    assert!(server.lets_go_after().await <= 2 * LIMITS.head);

    let (server, http2) = Server::connect(Protocol::Http2, LIMITS);
    let mut client = Client::over(http2).await;
    assert_eq!(client.reads("/host").await, (StatusCode::OK, b"home.test".to_vec()), "as HTTP/1.1 would say it");
    sleep(LIMITS.head / 2).await;
    assert_eq!(client.reads("/host").await.0, StatusCode::OK, "a client that asks again finds it open");
    assert!(server.lets_go_after().await <= 3 * LIMITS.head);
    client.driving.await.unwrap().unwrap();

    // A head that comes a byte at a time, and never ends.
    let (server, mut http2) = Server::connect(Protocol::Http2, LIMITS);
    http2.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\x40\0\x01\x04\0\0\0\x01").await.unwrap();
    while http2.write_all(&[0x40]).await.is_ok() {
        sleep(Duration::from_secs(1)).await;
    }
    assert!(server.lets_go_after().await <= 3 * LIMITS.head);
}

#[tokio::test(start_paused = true)]
async fn who_begins_requests_only_to_give_them_up_is_let_go() {
    let (server, http2) = Server::connect(Protocol::Http2, LIMITS);
    let mut client = Client::over(http2).await;
    let mut begun = 0;
    while !server.running.is_finished() {
        let request = Request::get("https://home.test/never").body(()).unwrap();
        let ready = futures_util::future::poll_fn(|cx| client.send.poll_ready(cx)).await;
        let Ok((_, mut stream)) = ready.and_then(|()| client.send.send_request(request, true)) else { break };
        begun += 1;
        // Only when the server works on it: what is given up before costs nothing.
        let before = server.asked.load(Ordering::SeqCst);
        yield_often().await;
        assert!(server.asked.load(Ordering::SeqCst) > before || server.running.is_finished());
        stream.send_reset(h2::Reason::CANCEL);
        yield_often().await;
        assert!(begun < 1000, "the server goes on");
    }
    assert!((50..=150).contains(&begun), "{begun}");
    assert_eq!(server.lets_go_after().await, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn requests_over_one_connection_are_bounded_as_connections_are() {
    let (server, http2) = Server::connect(Protocol::Http2, ConnectionLimits { open_per_address: Some(2), ..LIMITS });
    let mut builder = h2::client::Builder::new();
    builder.initial_window_size(600);
    let mut client = Client::built(builder, http2).await;
    let first = client.asks("/never").await;
    // An answer that is not taken to its end keeps its place, too.
    let second = client.asks("/large").await.await.unwrap();
    let (status, body) = client.reads("/host").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(String::from_utf8(body).unwrap().contains("\"busy\""));
    drop(second);
    while client.reads("/host").await.0 != StatusCode::OK {
        advance(Duration::from_millis(1)).await;
        assert!(server.began.elapsed() < LIMITS.head, "the place was not given back");
    }
    drop(first);

    let (server, http2) = Server::connect(Protocol::Http2, LIMITS);
    let mut client = Client::over(http2).await;
    let mut waiting = Vec::new();
    for _ in 0..=STREAMS_LIMIT {
        waiting.push(client.asks("/never").await);
    }
    yield_often().await;
    assert_eq!(server.asked.load(Ordering::SeqCst), STREAMS_LIMIT as usize, "one more was asked for");
    drop(waiting.pop());
    drop(waiting.pop());
    assert_eq!(client.reads("/host").await.0, StatusCode::OK, "who goes makes room");
}

#[tokio::test(start_paused = true)]
async fn a_head_that_is_too_long_and_a_body_that_nobody_reads_take_no_memory() {
    let (_server, http2) = Server::connect(Protocol::Http2, LIMITS);
    let mut client = Client::over(http2).await;
    let long = "a".repeat(HEAD_LIMIT_BYTES + 1);
    let request = Request::get("https://home.test/host").header("x-long", long).body(()).unwrap();
    futures_util::future::poll_fn(|cx| client.send.poll_ready(cx)).await.unwrap();
    let answered = client.send.send_request(request, true).unwrap().0.await;
    let is_refused = |status| status == StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
    assert!(answered.is_ok_and(|response| is_refused(response.status())));

    let request = Request::post("https://home.test/never").body(()).unwrap();
    futures_util::future::poll_fn(|cx| client.send.poll_ready(cx)).await.unwrap();
    let (_, mut body) = client.send.send_request(request, false).unwrap();
    body.reserve_capacity(LARGE);
    let mut granted = 0;
    while let Some(Some(Ok(capacity))) = futures_util::future::poll_fn(|cx| body.poll_capacity(cx)).now_or_never() {
        granted += capacity;
        body.send_data(Bytes::from(vec![7; capacity]), false).unwrap();
        yield_often().await;
    }
    assert!(granted <= WINDOW_BYTES as usize, "{granted}");
}

#[test]
fn when_all_places_are_taken_the_oldest_connection_of_whoever_has_the_most_makes_way() {
    let [flood, camp, office] = ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(|text| text.parse().unwrap());
    let mut open = Open::default();
    let alone = open.add(flood);
    assert!(open.makes_way(flood) && !alone.is_cancelled(), "nobody else is there: it waits");
    let others = [open.add(flood), open.add(flood)];
    let quiet = [open.add(camp), open.add(camp)];
    assert!(!open.makes_way(flood));
    assert!(open.makes_way(office));
    assert!(alone.is_cancelled() && others.iter().chain(&quiet).all(|token| !token.is_cancelled()));
    open.forget_ended();
    assert_eq!(open.0.len(), 4);
}
