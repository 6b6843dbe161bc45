//! Phones that meet without home, and somebody among them who does not run the app.

use server::client::Call;
use server::wire::{AskNonce, Enrolled, Nonce};
use sync_core::exchange::{OwnLog, PAGE_LIMIT_BYTES, Request, Response};
use sync_core::ids::Incarnation;
use sync_core::journal::JournalError;
use sync_core::meeting::enrol;
use sync_core::replica::Progress;
use sync_core::replica::answer::Asker;
use sync_core::trust::{Grant, KeyPair, Role, SessionProof, Signed};

use super::{Phone, World};

/// Somebody whom home let in and who says whatever they like.
#[derive(Clone)]
pub struct Impostor {
    /// Known to home.
    pub key: KeyPair,
    /// What home said.
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
    /// If that does not come to an end.
    pub fn meets(&mut self, asking: &Phone, answering: &Phone) {
        let other = self.device(answering);
        for phone in [asking, answering] {
            self.devices[phone.0].replica.as_mut().unwrap().act(|state| Ok::<_, JournalError>(state.seal())).unwrap();
        }
        self.note(format!("{} meets {}", self.name(asking), self.name(answering)));
        for _ in 0..1000 {
            let open = self.devices[asking.0].open();
            let grant = open.journal().membership().unwrap().grant_for(open.replica().event()).unwrap().clone();
            let asked = open.ask(other, u32::try_from(PAGE_LIMIT_BYTES).unwrap()).unwrap();
            let asker = Asker { grant: &grant, request: &asked.request };
            let answering = self.devices[answering.0].replica.as_mut().unwrap();
            let response = answering.answer(&asker).unwrap_or_else(|error| panic!("{error}"));
            let asking = self.devices[asking.0].replica.as_mut().unwrap();
            let progress =
                asking.act(|state| state.receive(other, &asked, response).map_err(|error| panic!("{error}")));
            if !progress.unwrap_or_else(|error: JournalError| panic!("{error}")).more {
                return;
            }
        }
        panic!("{} and {} never come to an end", self.name(asking), self.name(answering));
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
        let mut request = Request { event, cursor, snapshot, want_bytes: 100_000, items, witness, own_log };
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

struct Unfit;

impl From<JournalError> for Unfit {
    fn from(error: JournalError) -> Self {
        panic!("{error}")
    }
}
