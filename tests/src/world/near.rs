//! Phones that meet without home, and somebody among them who does not run the app.

use server::client::Call;
use server::wire::{AskNonce, Enrolled, Nonce};
use sync_core::app::{App, AppError, Brought};
use sync_core::exchange::{OwnLog, Request, Response};
use sync_core::ids::Incarnation;
use sync_core::journal::{JournalError, JournalFile, OpenReplica};
use sync_core::meeting::enrol;
use sync_core::replica::Progress;
use sync_core::replica::answer::Asker;
use sync_core::trust::{Grant, KeyPair, Role, SessionProof, Signed};

use super::{Phone, World};

/// Somebody whom home let in and who says whatever they like.
#[derive(Clone)]
pub struct Impostor {
    /// The key of a device that home let in.
    pub key: KeyPair,
    /// The grant that home gave it.
    pub grant: Signed<Grant>,
}

impl World {
    /// Lets somebody in who does not run the app.
    pub fn impostor(&mut self, role: Role) -> Impostor {
        let link = self.invite(role);
        let key = KeyPair::from_seed(&self.chance.bytes());
        let said = self.says_to_home(enrol(&key, &link, "impostor", None).call()).body;
        let mut enrolled: Enrolled = serde_json::from_slice(&said).unwrap();
        Impostor { key, grant: enrolled.grants.remove(0).0 }
    }

    fn post(&self, path: &str, body: &[u8]) -> Vec<u8> {
        let content_type = "application/json";
        self.says_to_home(Call { method: "POST", path, authorization: None, content_type, body }).body
    }

    /// An impostor's proof of who it is, good once.
    #[must_use]
    pub fn proof_of_impostor(&self, impostor: &Impostor) -> String {
        use base64::Engine;
        let device = impostor.key.public().device();
        let said = self.post("/v1/nonce", &serde_json::to_vec(&AskNonce { device: device.to_string() }).unwrap());
        let nonce: Nonce = serde_json::from_slice(&said).unwrap();
        let nonce = nonce.nonce.0.try_into().unwrap();
        let proof = impostor.key.state(&SessionProof { device, home: self.home_key(), nonce });
        let proof = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(minicbor::to_vec(&proof).unwrap());
        format!("Proof {device}.{proof}")
    }

    /// One phone reads another, and gives it what it has, until neither has more.
    ///
    /// # Panics
    /// If they do not let each other in, or it does not come to an end.
    pub fn meets(&mut self, asking: &Phone, answering: &Phone) {
        self.try_to_meet(asking, answering).unwrap_or_else(|error| panic!("{error}"));
    }

    /// The same for phones that may refuse each other.
    ///
    /// # Errors
    /// Why one of them refused.
    ///
    /// # Panics
    /// If a journal fails, or it does not come to an end.
    pub fn try_to_meet(&mut self, asking: &Phone, answering: &Phone) -> Result<(), String> {
        self.note(format!("{} meets {}", self.name(asking), self.name(answering)));
        let nonces = [self.chance.bytes(), self.chance.bytes()];
        let (mut asks, mut answers) = (self.lend(asking), self.lend(answering));
        let met = talk(&mut asks, &mut answers, nonces);
        self.take_back(asking, asks);
        self.take_back(answering, answers);
        met.map_err(refusal)
    }

    /// What a phone puts on a memory card for everybody.
    ///
    /// # Errors
    /// Why the phone writes none.
    pub fn try_to_write_a_card(&mut self, phone: &Phone) -> Result<Vec<u8>, String> {
        self.note(format!("{} writes a card", self.name(phone)));
        let mut app = self.lend(phone);
        let written = app.export_bundle(None);
        self.take_back(phone, app);
        written.map_err(refusal)
    }

    /// A phone reads a memory card.
    ///
    /// # Errors
    /// Why the phone takes nothing more of it.
    pub fn try_to_read_a_card(&mut self, phone: &Phone, card: &[u8]) -> Result<Brought, String> {
        let mut app = self.lend(phone);
        let brought = app.import_bundle(card);
        self.take_back(phone, app);
        self.note(format!("{} reads a card: {brought:?}", self.name(phone)));
        brought.map_err(refusal)
    }

    /// A memory card goes from one phone to another.
    ///
    /// # Panics
    /// If the card is not written, or not read.
    pub fn carries_a_card(&mut self, from: &Phone, to: &Phone) -> Brought {
        let card = self.try_to_write_a_card(from).unwrap_or_else(|error| panic!("{error}"));
        self.try_to_read_a_card(to, &card).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Lends a phone's journal to the app, for what the app alone does.
    pub(super) fn lend(&mut self, phone: &Phone) -> App<JournalFile> {
        let journal = self.devices[phone.0].replica.take().unwrap().into_journal();
        let mut app = App::open(journal, Incarnation(self.chance.bytes())).unwrap();
        if app.standing().unwrap().event != Some(self.event) {
            app.choose(self.event).unwrap();
        }
        app
    }

    pub(super) fn take_back(&mut self, phone: &Phone, app: App<JournalFile>) {
        let journal = app.into_storage().expect("a journal that fails is opened anew");
        let next = Incarnation(self.chance.bytes());
        self.devices[phone.0].replica = Some(OpenReplica::open(journal, self.event, next).unwrap());
    }

    /// An impostor asks a phone, and brings whatever it likes. Returns what the phone answers, if it does.
    pub fn is_asked_by(
        &mut self,
        phone: &Phone,
        impostor: &Impostor,
        alter: impl FnOnce(&mut Request),
    ) -> Option<Response> {
        let own_log = OwnLog { incarnation: Incarnation([1; 8]), entries: 0 };
        let event = self.event;
        let (cursor, snapshot, witness, items) = (None, None, None, Vec::new());
        let mut request = Request {
            event,
            cursor,
            snapshot,
            want_bytes: 100_000,
            items,
            witness,
            own_log,
            era: None,
            versions: None,
        };
        alter(&mut request);
        let asker = Asker { grant: &impostor.grant, request: &request };
        self.note(format!("an impostor brings {} {} items", self.name(phone), request.items.len()));
        self.devices[phone.0].replica.as_mut().unwrap().answer(&asker).ok()
    }

    /// A phone asks an impostor, who answers whatever it likes. Returns what the phone made of it, if it took it.
    pub fn asks_impostor(
        &mut self,
        phone: &Phone,
        impostor: &Impostor,
        answer: impl FnOnce(&Request) -> Response,
    ) -> Option<Progress> {
        let peer = impostor.key.public().device();
        let replica = self.devices[phone.0].replica.as_mut().unwrap();
        replica.act(|state| Ok::<_, JournalError>(state.seal())).unwrap();
        let asked = replica.ask(peer, 100_000).unwrap();
        let response = answer(&asked.request);
        let received = replica.act(|state| state.receive(peer, &asked, response).map_err(|_| Unfit));
        self.note(format!("{} asks an impostor: {}", self.name(phone), received.is_ok()));
        received.ok()
    }
}

fn refusal(error: AppError<JournalError>) -> String {
    assert!(!matches!(error, AppError::Storage(_) | AppError::Lost), "{error}");
    error.to_string()
}

/// Asks until neither has more.
fn talk(
    asks: &mut App<JournalFile>,
    answers: &mut App<JournalFile>,
    nonces: [[u8; 32]; 2],
) -> Result<(), AppError<JournalError>> {
    let greeting = answers.greet(nonces[0])?;
    for _ in 0..1000 {
        let asking = asks.ask_near(&greeting, nonces[1])?;
        let giving = answers.answer_near(&asking)?;
        if !asks.take_near(&giving)?.more {
            return Ok(());
        }
    }
    panic!("two phones never come to an end")
}

struct Unfit;

impl From<JournalError> for Unfit {
    fn from(error: JournalError) -> Self {
        panic!("{error}")
    }
}
