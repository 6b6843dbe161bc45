//! How devices meet home.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use server::api::exchange::MEDIA_TYPE;
use server::client::{Answer, Carrier, Exchanged, Talk, TalkError};
use server::wire::{AskNonce, Nonce};
use sync_core::exchange::{PAGE_LIMIT_BYTES, Request, Response, read_message, write_message};
use sync_core::journal::JournalError;
use sync_core::replica::{DraftState, Progress};
use sync_core::trust::SessionProof;

use super::home::{Sent, URL};
use super::network::{Fate, Link};
use super::{Phone, Radio, World};

/// A world in which so many rounds bring news has something in it that goes round in circles.
const ROUNDS_LIMIT: usize = 30;

/// What a device moved without having recorded anything, over all pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// How many requests the exchange took.
    pub pages: usize,
    /// How many items the phone sent.
    pub sent: usize,
    /// New items that came.
    pub received: usize,
    /// Parts of a snapshot that came.
    pub snapshot_parts: usize,
    /// Codes of own items that home refused.
    pub refused: Vec<String>,
    /// Items that came and were not admitted.
    pub rejected: Vec<String>,
}

impl World {
    pub(super) fn link(&self, phone: Phone) -> Link {
        Link { network: std::rc::Rc::clone(&self.network), phone: phone.0 }
    }

    pub(super) fn talk(&self, phone: Phone) -> Talk<Link> {
        Talk::over(self.link(phone), URL)
    }

    /// Exchanges with home, as the app does.
    ///
    /// # Panics
    /// If it comes to nothing.
    pub fn exchange(&mut self, phone: &Phone) -> Exchanged {
        self.try_exchange(phone).unwrap_or_else(|error| panic!("{}: {error}", self.name(phone)))
    }

    /// Exchanges with home, if the network lets it.
    ///
    /// # Errors
    /// What the app reports.
    pub fn try_exchange(&mut self, phone: &Phone) -> Result<Exchanged, TalkError> {
        self.tick();
        let reading = self.clocks_of(phone);
        let kept = self.devices[phone.0].talk.take();
        let mut talk = kept.unwrap_or_else(|| self.talk(*phone));
        let was_cut = self.network.borrow().ways[phone.0].is_cut;
        let replica = self.devices[phone.0].replica.as_mut().unwrap();
        let exchanged = talk.exchange(replica, &|| reading, &mut |_| {});
        self.devices[phone.0].talk = self.keeps_sessions.then_some(talk);
        let took_ms = std::mem::take(&mut self.network.borrow_mut().ways[phone.0].took_ms);
        self.wait_ms(i64::try_from(took_ms).unwrap());
        let left = self.network.borrow_mut().ways[phone.0].left_on_disk.take();
        let exchanged = if let Some(left) = left {
            self.network.borrow_mut().ways[phone.0].is_cut = was_cut;
            self.comes_back_from(phone, &left);
            Err(TalkError::Unreachable { url: URL.to_owned(), cause: "the phone lost its power".to_owned() })
        } else {
            exchanged
        };
        self.note(format!("{} exchanges: {}", self.name(phone), outcome(&exchanged)));
        exchanged
    }

    /// From now on every app keeps what it agreed with home from one exchange to the next, until it is closed.
    pub fn keep_sessions(&mut self) {
        self.keeps_sessions = true;
    }

    /// Moves what is there between a device and home, without recording that they met.
    ///
    /// Every exchange of the app notes home's time in the device's log, so that there is always something new. Only
    /// without it can a world come to rest.
    ///
    /// # Errors
    /// What the network or home reports, in words.
    pub fn try_read_on(&mut self, phone: &Phone) -> Result<Moved, String> {
        let replica = self.devices[phone.0].replica.as_mut().unwrap();
        if replica.replica().drafts().any(|draft| draft.state == DraftState::Open) {
            replica.act(|state| Ok::<_, JournalError>(state.seal())).unwrap();
        }
        let mut authorization = self.proof(phone)?;
        let mut moved = Moved::default();
        while moved.pages < 10_000 {
            let (progress, sent, token) = self.page(phone, &authorization)?;
            moved.count(&progress, sent);
            if let Some(token) = token {
                authorization = format!("Bearer {token}");
            }
            if !progress.more {
                return Ok(moved);
            }
        }
        Err(format!("{} never comes to an end: {moved:?}", self.name(phone)))
    }

    /// The same, where the network and home are well.
    ///
    /// # Panics
    /// If it comes to nothing.
    pub fn read_on(&mut self, phone: &Phone) -> Moved {
        self.try_read_on(phone).unwrap_or_else(|error| panic!("{}: {error}", self.name(phone)))
    }

    fn page(&mut self, phone: &Phone, authorization: &str) -> Result<(Progress, usize, Option<String>), String> {
        let mut link = self.link(*phone);
        let path = format!("/v1/events/{}/exchange", self.event);
        let replica = self.devices[phone.0].replica.as_mut().unwrap();
        let home = replica.replica().home();
        let asked = replica.ask(home, u32::try_from(PAGE_LIMIT_BYTES).unwrap()).unwrap();
        let body = write_message(&asked.request);
        let answer = link.call(server::client::Call {
            method: "POST",
            path: &path,
            authorization: Some(authorization),
            content_type: MEDIA_TYPE,
            body: &body,
        })?;
        let (answer, token) = (well(&answer)?.to_vec(), answer.token);
        let response: Response = read_message(&answer).map_err(|error| error.to_string())?;
        let received =
            replica.act(|state| state.receive(home, &asked, response).map_err(|error| Unread(error.to_string())));
        let progress = received.map_err(|Unread(why)| why)?;
        Ok((progress, asked.request.items.len(), token))
    }

    pub(super) fn proof(&mut self, phone: &Phone) -> Result<String, String> {
        let journal = self.devices[phone.0].open().journal();
        let (key, home) = (journal.key().clone(), journal.membership().unwrap().home);
        let device = key.public().device();
        let body = serde_json::to_vec(&AskNonce { device: device.to_string() }).unwrap();
        let content_type = "application/json".to_owned();
        let (path, headers) = ("/v1/nonce".to_owned(), Vec::new());
        let sent = Sent { method: "POST", path, authorization: None, content_type, body, headers };
        let answer = self.network.borrow_mut().carry(phone.0, sent)?;
        let nonce: Nonce = serde_json::from_slice(well(&answer)?).unwrap();
        let nonce = nonce.nonce.0.try_into().unwrap();
        let proof = minicbor::to_vec(key.state(&SessionProof { device, home, nonce })).unwrap();
        Ok(format!("Proof {device}.{}", URL_SAFE_NO_PAD.encode(proof)))
    }

    /// Lets everyone exchange until nothing new is anywhere.
    ///
    /// # Panics
    /// If that does not come to an end.
    pub fn settle(&mut self) {
        for phone in self.everyone() {
            self.exchange(&phone);
        }
        for _ in 0..ROUNDS_LIMIT {
            let moved: Vec<Moved> = self.everyone().iter().map(|phone| self.read_on(phone)).collect();
            if moved.iter().all(Moved::is_nothing) {
                return;
            }
        }
        let moved: Vec<Moved> = self.everyone().iter().map(|phone| self.read_on(phone)).collect();
        panic!("the world does not settle: {moved:?}");
    }

    /// Cuts the way between a phone and home.
    pub fn cut(&mut self, phone: &Phone) {
        self.network.borrow_mut().ways[phone.0].is_cut = true;
        self.note(format!("{} is cut off", self.name(phone)));
    }

    /// Cuts the way between a phone and home after so many pages.
    pub fn cut_after_pages(&mut self, phone: &Phone, pages: u32) {
        self.network.borrow_mut().ways[phone.0].pages_left = Some(pages);
    }

    /// From now on, one page in so many meets a fault.
    pub fn make_lossy(&mut self, phone: &Phone, one_in: u64) {
        self.network.borrow_mut().ways[phone.0].faults_one_in = Some(one_in);
    }

    /// Decides what becomes of a phone's next page.
    pub fn next_page(&mut self, phone: &Phone, fate: Fate) {
        self.network.borrow_mut().ways[phone.0].fates.push_back(fate);
        self.note(format!("the next page of {} {fate:?}", self.name(phone)));
    }

    /// From now on a phone meets home over a radio.
    pub fn goes_by_radio(&mut self, phone: &Phone, radio: Radio) {
        self.network.borrow_mut().ways[phone.0].radio = Some(radio);
        self.note(format!("{} has {radio:?}", self.name(phone)));
    }

    /// From now on a phone asks for pages of about so many bytes.
    pub fn narrow(&mut self, phone: &Phone, want_bytes: u32) {
        self.network.borrow_mut().ways[phone.0].want_bytes = Some(want_bytes);
    }

    /// An earlier request of a phone arrives once more: 0 is the oldest that somebody on the way kept, of eight.
    pub fn arrives_again(&mut self, phone: &Phone, which: usize) {
        self.network.borrow_mut().bring_back(phone.0, which);
        self.note(format!("an old request of {} arrives again", self.name(phone)));
    }

    /// From now on somebody on the way alters what a phone says to home.
    pub fn on_the_way_there(&mut self, phone: &Phone, alter: impl FnMut(&mut Request) + 'static) {
        self.network.borrow_mut().ways[phone.0].liar.requests = Some(Box::new(alter));
        self.note(format!("what {} says is altered on the way", self.name(phone)));
    }

    /// From now on somebody on the way alters what home says to a phone.
    pub fn on_the_way_back(&mut self, phone: &Phone, alter: impl FnMut(&mut Response) + 'static) {
        self.network.borrow_mut().ways[phone.0].liar.answers = Some(Box::new(alter));
        self.note(format!("what {} hears is altered on the way", self.name(phone)));
    }

    /// Mends every link of the network.
    pub fn heal(&mut self) {
        self.network.borrow_mut().ways.iter_mut().for_each(super::network::Way::heal);
        self.note("all ways are mended".to_owned());
    }
}

struct Unread(String);

impl From<JournalError> for Unread {
    fn from(error: JournalError) -> Self {
        panic!("{error}")
    }
}

impl Moved {
    fn count(&mut self, progress: &Progress, sent: usize) {
        self.pages += 1;
        self.sent += sent;
        self.received += progress.received;
        self.snapshot_parts += usize::from(progress.snapshot.is_some());
        self.refused.extend(progress.refused.iter().cloned());
        self.rejected.extend(progress.rejected.iter().map(ToString::to_string));
    }

    fn is_nothing(&self) -> bool {
        *self == Self { pages: self.pages, ..Self::default() }
    }
}

fn well(answer: &Answer) -> Result<&[u8], String> {
    if answer.status < 300 { Ok(&answer.body) } else { Err(String::from_utf8_lossy(&answer.body).into_owned()) }
}

fn outcome(exchanged: &Result<Exchanged, TalkError>) -> String {
    match exchanged {
        Ok(exchanged) => format!("{exchanged:?}"),
        Err(error) => error.to_string(),
    }
}
