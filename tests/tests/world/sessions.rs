//! How a session begins and ends, over the server's public interface and by its clock.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use server::api::device_caller::TOKEN_HEADER;
use server::client::{Answer, Call, Carrier, Talk};
use server::clock::Clock;
use server::config::Given;
use server::router::router;
use server::serve::Server;
use server::wire::{AskNonce, AskToken, Carried, Nonce, ProblemDetails, Token};
use sync_core::ids::DeviceId;
use sync_core::journal::Journal;
use sync_core::time::UnixMillis;
use sync_core::trust::{SessionProof, Signed};
use tests::binary::{Place, open_journal};
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

const NOW: UnixMillis = UnixMillis(1_790_000_000_000);

/// A server in this process, whose clock is in the test's hand.
pub struct Home {
    runtime: Runtime,
    server: Option<Server>,
    router: Router,
    clock: Clock,
}

impl Drop for Home {
    fn drop(&mut self) {
        self.router = Router::new();
        let stop = CancellationToken::new();
        stop.cancel();
        self.runtime.block_on(self.server.take().unwrap().run(stop)).unwrap();
    }
}

impl Carrier for &Home {
    fn call(&mut self, call: Call<'_>) -> Result<Answer, String> {
        let mut request = Request::builder().method(call.method).uri(call.path);
        if let Some(authorization) = call.authorization {
            request = request.header("authorization", authorization);
        }
        let request = request.body(Body::from(call.body.to_vec())).unwrap();
        let response = self.runtime.block_on(self.router.clone().oneshot(request)).unwrap();
        let status = response.status().as_u16();
        let token = response.headers().get(TOKEN_HEADER).map(|token| token.to_str().unwrap().to_owned());
        let body = self.runtime.block_on(to_bytes(response.into_body(), usize::MAX)).unwrap().to_vec();
        Ok(Answer { status, token, retry_after_s: None, body })
    }
}

impl Home {
    pub fn open(place: &Place) -> Self {
        let given = Given {
            data_dir: Some(place.path("data")),
            listen: Some(([127, 0, 0, 1], 0).into()),
            address_calls_per_minute: Some(0),
            ..Given::default()
        };
        let clock = Clock::set_to(NOW);
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let config = given.complete(Given::default()).unwrap();
        let server = runtime.block_on(Server::open(config, clock.clone())).unwrap();
        let router = router(server.app());
        Self { runtime, server: Some(server), router, clock }
    }

    pub fn lets_in(&mut self, place: &Place, name: &str) -> Journal {
        let link = self.server.as_mut().unwrap().first_invite.clone().unwrap();
        let mut journal = open_journal(&place.path(name)).unwrap();
        Talk::over(&*self, &link.url).join(&mut journal, &link, name).unwrap();
        journal
    }

    fn posts(&self, path: &str, body: &[u8]) -> Answer {
        let mut carrier = self;
        let content_type = "application/json";
        carrier.call(Call { method: "POST", path, authorization: None, content_type, body }).unwrap()
    }

    fn nonce_for(&self, device: DeviceId) -> [u8; 32] {
        let ask = serde_json::to_vec(&AskNonce { device: device.to_string() }).unwrap();
        let nonce: Nonce = serde_json::from_slice(&self.posts("/v1/nonce", &ask).body).unwrap();
        nonce.nonce.0.try_into().unwrap()
    }

    /// Asks for a token. Returns it, or the code of the problem.
    fn token_for(&self, device: DeviceId, proof: Signed<SessionProof>) -> Result<String, String> {
        let ask = serde_json::to_vec(&AskToken { device: device.to_string(), proof: Carried(proof) }).unwrap();
        let answer = self.posts("/v1/token", &ask);
        match answer.status {
            200 => Ok(serde_json::from_slice::<Token>(&answer.body).unwrap().token),
            _ => Err(serde_json::from_slice::<ProblemDetails>(&answer.body).unwrap().code),
        }
    }

    /// Makes a call with a token. Returns its status, and the code of the problem.
    fn calls_with(&self, token: &str) -> (u16, String) {
        let mut carrier = self;
        let authorization = format!("Bearer {token}");
        let call = Call {
            method: "GET",
            path: "/v1/events",
            authorization: Some(&authorization),
            content_type: "application/json",
            body: &[],
        };
        let answer = carrier.call(call).unwrap();
        let problem = serde_json::from_slice::<ProblemDetails>(&answer.body);
        (answer.status, problem.map(|problem| problem.code).unwrap_or_default())
    }

    pub fn passes(&self, seconds: i64) {
        self.clock.move_to(UnixMillis(self.clock.now().0 + seconds * 1000));
    }
}

fn sign(journal: &Journal, nonce: [u8; 32]) -> (DeviceId, Signed<SessionProof>) {
    let device = journal.public_key().device();
    let home = journal.membership().unwrap().home;
    (device, journal.key().state(&SessionProof { device, home, nonce }))
}

#[test]
fn a_flood_of_nonces_keeps_no_honest_device_from_its_session() {
    let place = Place::new();
    let mut home = Home::open(&place);
    let phone = home.lets_in(&place, "phone");
    let (device, proof) = sign(&phone, home.nonce_for(phone.public_key().device()));
    for stranger in 0..12_000_u128 {
        home.nonce_for(DeviceId(stranger.to_be_bytes()));
        home.nonce_for(device);
    }
    home.token_for(device, proof).unwrap();
}

#[test]
fn a_nonce_is_good_once_for_its_device_and_for_two_minutes() {
    let place = Place::new();
    let mut home = Home::open(&place);
    let phone = home.lets_in(&place, "phone");
    let device = phone.public_key().device();
    let refused = Err("bad_proof".to_owned());

    let (_, proof) = sign(&phone, home.nonce_for(device));
    home.token_for(device, proof.clone()).unwrap();
    assert_eq!(home.token_for(device, proof), refused, "a second time");
    let (_, proof) = sign(&phone, home.nonce_for(DeviceId([7; 16])));
    assert_eq!(home.token_for(device, proof), refused, "another device's");
    let (_, proof) = sign(&phone, [7; 32]);
    assert_eq!(home.token_for(device, proof), refused, "of one's own making");
    let (_, proof) = sign(&phone, home.nonce_for(device));
    home.passes(121);
    assert_eq!(home.token_for(device, proof), refused, "too late");
}

/// Whoever runs another home server cannot pass on what a device said or was given there.
#[test]
fn what_is_meant_for_one_home_is_worth_nothing_at_another() {
    let place = Place::new();
    let mut home = Home::open(&place);
    let phone = home.lets_in(&place, "phone");
    let device = phone.public_key().device();
    let elsewhere = Place::new();
    let mut other = Home::open(&elsewhere);
    other.lets_in(&elsewhere, "phone");
    let theirs = other.server.as_ref().unwrap().app().auth.home_key();

    let proof = SessionProof { device, home: theirs, nonce: home.nonce_for(device) };
    assert_eq!(home.token_for(device, phone.key().state(&proof)), Err("bad_proof".to_owned()));
    let token = home.token_for(device, sign(&phone, home.nonce_for(device)).1).unwrap();
    assert_eq!(home.calls_with(&token).0, 200);
    assert_eq!(other.calls_with(&token), (401, "unauthenticated".to_owned()), "signed by no key of this home");
}

#[test]
fn a_session_lasts_a_quarter_of_an_hour_also_while_the_keys_change() {
    let place = Place::new();
    let mut home = Home::open(&place);
    let phone = home.lets_in(&place, "phone");
    let device = phone.public_key().device();
    let begin = |home: &Home| home.token_for(device, sign(&phone, home.nonce_for(device)).1).unwrap();
    // A key signs for four hours: sessions of a whole day, a new one halfway through each.
    let mut halfway = begin(&home);
    home.passes(450);
    let mut last = begin(&home);
    for _ in 0..24 * 8 {
        assert_eq!(home.calls_with(&halfway).0, 200);
        home.passes(450);
        assert_eq!(home.calls_with(&halfway), (401, "expired_token".to_owned()));
        assert_eq!(home.calls_with(&last).0, 200);
        halfway = std::mem::replace(&mut last, begin(&home));
    }
}
