//! What somebody says to home who does not use the app: with another's words, without an invite, too late.

use server::api::exchange::MEDIA_TYPE;
use server::client::{Answer, Call};
use server::invite::InviteLink;
use server::wire::{CreateInvite, ProblemDetails};
use sync_core::exchange::{Item, OwnLog, Receipt, Request, Response, read_message, write_message};
use sync_core::ids::{EventId, Incarnation};
use sync_core::meeting::enrol;
use sync_core::trust::{KeyPair, Role};

use super::{Phone, World};

impl World {
    /// The keys of a phone, in the hands of whoever reads its storage.
    #[must_use]
    pub fn keys_of(&self, phone: &Phone) -> KeyPair {
        self.devices[phone.0].open().journal().key().clone()
    }

    /// The organizer begins another event, which nobody else is let into.
    pub fn begins_another_event(&mut self) -> EventId {
        let event = EventId(self.chance.bytes());
        let laptop = self.laptop();
        let mut talk = self.talk(laptop);
        talk.sign_in(self.devices[laptop.0].open().journal()).unwrap();
        talk.create_event(event, None).unwrap();
        event
    }

    /// An invite to the event for so many devices that holds so many minutes.
    pub fn invite_for(&mut self, uses: u32, minutes: u32) -> InviteLink {
        let laptop = self.laptop();
        let mut talk = self.talk(laptop);
        talk.sign_in(self.devices[laptop.0].open().journal()).unwrap();
        let (role, event) = (Role::Marker.key().to_owned(), Some(self.event.to_string()));
        talk.invite(&CreateInvite { role, event, uses, expires_in_s: Some(minutes * 60), ..CreateInvite::default() })
            .unwrap()
    }

    /// A device that nobody knows uses an invite. Returns the code of home's refusal, if it is refused.
    pub fn stranger_uses(&mut self, link: &InviteLink) -> Option<String> {
        let key = KeyPair::from_seed(&self.chance.bytes());
        problem(&self.says_to_home(enrol(&key, link, "stranger", None).call()))
    }

    /// A phone's proof of who it is, good once.
    pub fn proof_of(&mut self, phone: &Phone) -> String {
        self.proof(phone).unwrap()
    }

    /// Somebody brings items to an event, and asks for what is there.
    #[must_use]
    pub fn brings(&self, event: EventId, authorization: &str, items: Vec<Item>) -> Answer {
        let own_log = OwnLog { incarnation: Incarnation([1; 8]), entries: 0 };
        let request = Request {
            event,
            cursor: None,
            snapshot: None,
            want_bytes: 100_000,
            items,
            witness: None,
            own_log,
            era: None,
            versions: None,
        };
        self.says(event, authorization, &write_message(&request))
    }

    /// Somebody sends bytes in the place of an exchange.
    #[must_use]
    pub fn says(&self, event: EventId, authorization: &str, body: &[u8]) -> Answer {
        self.says_to_home(Call {
            method: "POST",
            path: &format!("/v1/events/{event}/exchange"),
            authorization: Some(authorization),
            content_type: MEDIA_TYPE,
            body,
        })
    }

    /// A phone that does not run the app brings items.
    pub fn offers(&mut self, phone: &Phone, items: Vec<Item>) -> Vec<Receipt> {
        let proof = self.proof_of(phone);
        let answer = self.brings(self.event, &proof, items);
        read_message::<Response>(&answer.body).unwrap().receipts
    }
}

/// The code under which home refuses a request; `None` where it does not.
#[must_use]
pub fn problem(answer: &Answer) -> Option<String> {
    let refused = answer.status >= 300;
    refused.then(|| serde_json::from_slice::<ProblemDetails>(&answer.body).unwrap().code)
}
