//! What an organizer asks of home: invites, devices, and what waits for a decision.

use serde::de::DeserializeOwned;
use sync_core::ids::{DeviceId, EventId};

use super::{Carrier, Talk, TalkError};
use crate::api::devices::KnownPrepared;
use crate::api::erasures::{Alike, AlikeIn, AskAlike, Newcomer};
use crate::api::jobs::{KnownJob, KnownJobState};
use crate::api::sign_in::{KnownSignInLink, OfferSignIn, OfferedSignIn, SignInLinks};
use crate::event_plan::EventPlan;
use crate::wire::{
    AddNode, Devices, Erased, Erasure, Held, HeldChanges, Invites, KnownDevice, KnownHeld, KnownInvite, Nodes, Outcome,
    Outcomes, Rename, Revoke,
};

impl<C: Carrier> Talk<C> {
    /// The offices, regions and organisations within this device's rights. Needs [`Talk::sign_in`].
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn nodes(&mut self) -> Result<Vec<AddNode>, TalkError> {
        self.json::<_, Nodes>("GET", "/v1/nodes", &()).map(|answer| answer.nodes)
    }

    /// Adds an office, a region or an organisation. Needs [`Talk::sign_in`]; repeating it is harmless.
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn add_node(&mut self, node: &AddNode) -> Result<(), TalkError> {
        self.json::<_, Option<()>>("POST", "/v1/nodes", node).map(drop)
    }

    /// What an event says of itself. Needs [`Talk::sign_in`].
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn event_plan(&mut self, event: EventId) -> Result<EventPlan, TalkError> {
        self.json("GET", &format!("/v1/events/{event}/plan"), &())
    }

    /// The invites that lie within this device's rights. Needs [`Talk::sign_in`].
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn invites(&mut self) -> Result<Vec<KnownInvite>, TalkError> {
        self.json::<_, Invites>("GET", "/v1/invites", &()).map(|answer| answer.invites)
    }

    /// Withdraws an invite. Needs [`Talk::sign_in`]; repeating it is harmless.
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn withdraw_invite(&mut self, invite: &str) -> Result<(), TalkError> {
        self.json::<_, Option<()>>("POST", &format!("/v1/invites/{invite}/withdraw"), &()).map(drop)
    }

    /// Makes a link with which a browser signs in once. Needs [`Talk::sign_in`].
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn offer_sign_in(&mut self, offer: &OfferSignIn) -> Result<OfferedSignIn, TalkError> {
        self.json("POST", "/v1/sign-in-links", offer)
    }

    /// The links to sign in that lie within this device's rights. Needs [`Talk::sign_in`].
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn sign_in_links(&mut self) -> Result<Vec<KnownSignInLink>, TalkError> {
        self.json::<_, SignInLinks>("GET", "/v1/sign-in-links", &()).map(|answer| answer.links)
    }

    /// Withdraws a link to sign in. Needs [`Talk::sign_in`]; repeating it is harmless.
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn withdraw_sign_in_link(&mut self, link: &str) -> Result<(), TalkError> {
        self.json::<_, Option<()>>("POST", &format!("/v1/sign-in-links/{link}/withdraw"), &()).map(drop)
    }

    /// What a device prepared that lets somebody in, and what revoking it withdraws. Needs [`Talk::sign_in`].
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn prepared_by(&mut self, device: DeviceId) -> Result<KnownPrepared, TalkError> {
        self.json("GET", &format!("/v1/devices/{device}/prepared"), &())
    }

    /// The devices whose rights lie within this one's; with their logs, if an event is named. Needs [`Talk::sign_in`].
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn devices(&mut self, event: Option<EventId>) -> Result<Vec<KnownDevice>, TalkError> {
        let path = event.map_or_else(|| "/v1/devices".to_owned(), |event| format!("/v1/events/{event}/devices"));
        self.json::<_, Devices>("GET", &path, &()).map(|answer| answer.devices)
    }

    /// Revokes a device. Needs [`Talk::sign_in`]; repeating it is harmless.
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn revoke(&mut self, device: DeviceId, how: &Revoke) -> Result<(), TalkError> {
        self.json::<_, Option<()>>("POST", &format!("/v1/devices/{device}/revoke"), how).map(drop)
    }

    /// Calls a device by another name. Needs [`Talk::sign_in`]; repeating it is harmless.
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn rename(&mut self, device: DeviceId, name: &str) -> Result<(), TalkError> {
        let body = Rename { name: name.to_owned() };
        self.json::<_, Option<()>>("POST", &format!("/v1/devices/{device}/rename"), &body).map(drop)
    }

    /// What waits in an event for an organizer. Needs [`Talk::sign_in`].
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn held(&mut self, event: EventId) -> Result<Vec<KnownHeld>, TalkError> {
        self.json::<_, Held>("GET", &format!("/v1/events/{event}/held"), &()).map(|answer| answer.held)
    }

    /// Lets in what waits. Needs [`Talk::sign_in`]; repeating it is harmless.
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn release(&mut self, event: EventId, changes: &HeldChanges) -> Result<Vec<Outcome>, TalkError> {
        self.json::<_, Outcomes>("POST", &format!("/v1/events/{event}/held/release"), changes).map(|it| it.outcomes)
    }

    /// Erases people, by any of their ids; answers how many human beings they are. Needs [`Talk::sign_in`]; repeating it is
    /// harmless.
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn erase(&mut self, event: EventId, people: Vec<String>) -> Result<u32, TalkError> {
        let path = format!("/v1/events/{event}/erasures");
        self.json::<_, Erased>("POST", &path, &Erasure { people }).map(|answer| answer.people)
    }

    /// The same as a job: `tell` hears how far it is, and waits before it is asked again.
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn erase_as_job(
        &mut self,
        event: EventId,
        people: Vec<String>,
        tell: impl FnMut(&KnownJob),
    ) -> Result<u32, TalkError> {
        let path = format!("/v1/events/{event}/erasures?job=true");
        let job = self.json("POST", &path, &Erasure { people })?;
        self.finish::<Erased>(job, tell).map(|answer| answer.people)
    }

    /// Asks after a job until it has ended, and fetches its result.
    fn finish<T: DeserializeOwned>(
        &mut self,
        mut job: KnownJob,
        mut tell: impl FnMut(&KnownJob),
    ) -> Result<T, TalkError> {
        let address = format!("/v1/jobs/{}", job.job);
        while job.state == KnownJobState::UnderWay {
            tell(&job);
            job = self.json("GET", &address, &())?;
        }
        self.json("GET", &format!("{address}/result"), &())
    }

    /// In what each of these people is like somebody who was erased from an event. Needs [`Talk::sign_in`].
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn erased_alike(&mut self, event: EventId, people: Vec<Newcomer>) -> Result<Vec<Vec<AlikeIn>>, TalkError> {
        let path = format!("/v1/events/{event}/erasures/alike");
        self.json::<_, Alike>("POST", &path, &AskAlike { people }).map(|answer| answer.alike)
    }

    /// Refuses for good what waits. Needs [`Talk::sign_in`]; repeating it is harmless.
    ///
    /// # Errors
    /// See [`TalkError`].
    pub fn discard(&mut self, event: EventId, changes: &HeldChanges) -> Result<Vec<Outcome>, TalkError> {
        self.json::<_, Outcomes>("POST", &format!("/v1/events/{event}/held/discard"), changes).map(|it| it.outcomes)
    }
}
