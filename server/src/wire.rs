//! The JSON bodies of the API, as home and its command line read and write them. Those that every device uses are the core's.
//!
//! Binary values are base64url without padding, ids hexadecimal.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sync_core::exchange::Verdict;
use sync_core::trust::{SessionProof, Signed};
pub use sync_core::wire::{AskNonce, Base64, Carried, Enrol, EnrolOutcome, Enrolled, Nonce, ProblemDetails};

use crate::tree::NodeKind;

/// `POST /v1/token`: the signed nonce.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct AskToken {
    /// The id of the device that begins a session.
    pub device: String,
    /// The nonce under the device's signature.
    pub proof: Carried<Signed<SessionProof>>,
}

/// Opens the rest of the API for a while.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Token {
    /// For the header `Authorization: Bearer …`.
    pub token: String,
    /// It holds so long, by the server's clock.
    pub expires_in_s: i64,
}

/// `POST /v1/events`: an organizer creates an event.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct CreateEvent {
    /// Drawn at random by the organizer's device.
    pub event: String,
    /// The office, region or organisation to which it belongs.
    #[serde(default)]
    pub node: Option<String>,
}

/// `POST /v1/nodes`: an organizer adds an office, a region or an organisation.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct AddNode {
    /// Drawn at random by the organizer's device.
    pub node: String,
    /// `national`, `region` or `organisation`.
    pub kind: NodeKind,
    /// What people call it; 1 to 100 characters.
    pub name: String,
    /// The node above it, of an earlier kind; none is the top.
    pub parent: Option<String>,
}

/// The answer of `GET /v1/nodes`.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct Nodes {
    /// Those above before those below.
    pub nodes: Vec<AddNode>,
}

/// The answer of `GET /v1/events`.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct Events {
    /// Ids of the events that are open to the device.
    pub events: Vec<String>,
}

/// `POST /v1/invites`: an organizer invites.
#[derive(Serialize, Deserialize, Debug, Default, JsonSchema)]
pub struct CreateInvite {
    /// `marker`, `lead` or `organizer`.
    pub role: String,
    /// The event; none for every event, which only an organizer of every event may give.
    pub event: Option<String>,
    /// Instead of an event, the office, region or organisation for whose events it is.
    #[serde(default)]
    pub node: Option<String>,
    /// How many devices it lets in.
    pub uses: u32,
    /// It holds so long, by the server's clock; none is for good.
    pub expires_in_s: Option<u32>,
    /// The site at which its devices stand: markers read the logs of their own site and team.
    #[serde(default)]
    pub site: Option<String>,
    /// The team with which its devices stand.
    #[serde(default)]
    pub team: Option<String>,
}

/// The invite as a link.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct CreatedInvite {
    /// To be shown as a code, or sent to one person.
    pub link: String,
    /// What could not be checked of it, such as a site of an event that states no sites yet.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// The answer of `GET /v1/devices`.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct Devices {
    /// In the order in which they were let in.
    pub devices: Vec<KnownDevice>,
}

/// A device that was let in.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownDevice {
    /// The id of the device.
    pub device: String,
    /// What people call it.
    pub name: String,
    /// `marker`, `lead` or `organizer`.
    pub role: String,
    /// The event it is for; none for more than one.
    pub event: Option<String>,
    /// The office, region or organisation for whose events it is.
    pub node: Option<String>,
    /// The site at which it stands.
    pub site: Option<String>,
    /// The team with which it stands.
    pub team: Option<String>,
    /// When it was let in, in milliseconds since 1970.
    pub issued_ms: i64,
    /// When it was last here, in milliseconds since 1970; none if it never came back.
    pub seen_ms: Option<i64>,
    /// When it was revoked, if it was.
    pub revoked_ms: Option<i64>,
    /// What happens to what a revoked device still brings: `hold`, `accept` or `refuse`.
    pub later: Option<String>,
    /// Whether it is to forget everything when it comes.
    pub wipe: bool,
    /// How often it wrote something else under a number that it had used: more than never means that it was cloned.
    pub cloned: u64,
    /// Its logs in one event, where an event was asked for.
    pub logs: Vec<KnownLog>,
}

/// One log of a device.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, JsonSchema)]
pub struct KnownLog {
    /// In which incarnation it was recorded.
    pub incarnation: String,
    /// How many entries are at home.
    pub entries: u64,
    /// How many more are here and wait for an organizer.
    pub held: u64,
    /// How many more an organizer discarded.
    pub discarded: u64,
    /// How many more the device said that it has.
    pub missing: u64,
}

/// The body of `POST /v1/devices/{device}/revoke`.
#[derive(Serialize, Deserialize, Debug, Default, JsonSchema)]
pub struct Revoke {
    /// What happens to what it still brings: `hold` (if nothing is said), `accept` or `refuse`.
    pub later: Option<String>,
    /// Whether it is to forget everything, once it has handed over what home does not have, and nothing is left of what it
    /// was let into.
    #[serde(default)]
    pub wipe: bool,
    /// The invites, links to sign in and sessions that go on although the device prepared them, by their ids; see
    /// `GET /v1/devices/{device}/prepared`. All others are withdrawn.
    #[serde(default)]
    pub keep: Vec<String>,
}

/// The body of `POST /v1/devices/{device}/rename`.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct Rename {
    /// 1 to 100 characters.
    pub name: String,
}

/// The answer of `GET /v1/invites`.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct Invites {
    /// The invites, the oldest first.
    pub invites: Vec<KnownInvite>,
}

/// An invite that was made. Its secret is known to nobody but its bearer.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownInvite {
    /// By which it is withdrawn.
    pub invite: String,
    /// `marker`, `lead` or `organizer`.
    pub role: String,
    /// The event it is for; none for more than one.
    pub event: Option<String>,
    /// The office, region or organisation for whose events it is.
    pub node: Option<String>,
    /// The site at which its devices stand.
    pub site: Option<String>,
    /// The team with which its devices stand.
    pub team: Option<String>,
    /// How many devices it lets in.
    pub uses: u32,
    /// How many more devices the invite lets in.
    pub uses_left: u32,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: i64,
    /// The device that made it; none is the server itself, or who runs it.
    pub made_by: Option<String>,
    /// What people call that device.
    pub made_by_name: Option<String>,
    /// Until when it holds; none is for good.
    pub expires_ms: Option<i64>,
    /// When it was withdrawn, if it was.
    pub withdrawn_ms: Option<i64>,
}

/// The answer of `GET /v1/events/{event}/held`.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct Held {
    /// The changes that wait, the oldest first.
    pub held: Vec<KnownHeld>,
}

/// A change that waits for an organizer.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct KnownHeld {
    /// Its hash, by which it is released or discarded.
    pub change: String,
    /// Which device wrote it.
    pub device: String,
    /// Which device brought it.
    pub brought_by: String,
    /// When it came, in milliseconds since 1970.
    pub at_ms: i64,
    /// Why it waits: a stable code.
    pub reason: String,
    /// `event`, `roster`, `rulings` or `log`.
    pub document: String,
    /// The length of the change, in bytes.
    pub bytes: u64,
}

/// `POST /v1/events/{event}/held/release` and `…/discard`.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct HeldChanges {
    /// Their hashes, from the list of what waits.
    pub changes: Vec<String>,
    /// Why, to be written down; at most 500 characters.
    pub reason: Option<String>,
}

/// The body of `POST /v1/events/{event}/erasures`.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct Erasure {
    /// Whom, by any of their ids; 1 to 10,000.
    pub people: Vec<String>,
}

/// Who was asked for is erased.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct Erased {
    /// How many human beings they are.
    pub people: u32,
}

/// What became of what waited.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct Outcomes {
    /// One for each change that waited.
    pub outcomes: Vec<Outcome>,
}

/// What became of one change that waited.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct Outcome {
    /// The hash of the change.
    pub change: String,
    /// `accepted`, `already_had`, `refused` or `not_yet`.
    #[schemars(with = "String")]
    pub verdict: Verdict,
    /// Why, as a stable code, unless it was taken.
    pub code: Option<String>,
}

/// `GET /v1/home`: who is there.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct Home {
    /// The home server's public key.
    pub key: Base64,
    /// The version of the program.
    pub version: String,
    /// The version of the exchange.
    pub exchange_version: u8,
    /// Home's time in milliseconds since 1970. Missing while home's clock cannot be right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home_ms: Option<i64>,
}
