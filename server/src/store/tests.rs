//! The contract of a store, kept by every store: what is said here of one is said of all.

use sync_core::admission::SealedChange;
use sync_core::exchange::{Cursor, Item};
use sync_core::ids::{ChangeHash, DeviceId, DocumentRef, EventId, Incarnation, NodeId, Revision};
use sync_core::replica::ledger::StoredItem;
use sync_core::time::UnixMillis;
use sync_core::trust::{Grant, HomeKey, KeyPair, Post, Reading, Role, Scope, Signature, Signed, SnapshotStatement};
use tokio::runtime::{Builder, Runtime};

use super::audit::{Act, Deed, verify};
use super::batch::Batch;
use super::commit::{Commit, Outcome, PartialSnapshotRow};
use super::devices::{Believed, GrantsDecided, NewGrant, Redemption, Standing};
use super::erasing::FoundedRow;
use super::home::RetentionNotice;
use super::invites::Invite;
use super::items::{Said, SnapshotRow, Turn};
use super::memory::Memory;
use super::pending_lists::PendingList;
use super::prepared::{Revocation, Rules};
use super::quarantine::{Cloned, Decided, Decision, HeldChange};
use super::reads::{Part, Reads};
use super::registry::{RegistryChanges, RegistryNumber};
use super::sessions::{Beginning, Performed, SessionRow, SignIn};
use super::spent::DrawnNonce;
use super::tree::NodeRow;
use super::{Store, StoreError, Writer};

mod crashes;
mod drawn_commits;
mod shared_memory;
mod stories;

/// A store under test, with what it needs to run.
struct Subject {
    name: &'static str,
    store: Store,
    writer: Writer,
    runtime: Runtime,
    _directory: Option<tempfile::TempDir>,
}

impl Subject {
    /// One of each kind.
    fn all() -> [Self; 2] {
        let runtime = || Builder::new_current_thread().enable_all().build().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let (store, writer) = Store::open(directory.path()).unwrap();
        let sqlite = Self { name: "SQLite", store, writer, runtime: runtime(), _directory: Some(directory) };
        let (store, writer) = Store::in_memory(&Memory::default());
        [sqlite, Self { name: "memory", store, writer, runtime: runtime(), _directory: None }]
    }

    fn commit(&self, commit: Commit) -> Result<Outcome, StoreError> {
        self.runtime.block_on(self.writer.commit(commit))
    }

    fn says(&self, commit: Commit) -> String {
        told(self.commit(commit))
    }

    fn read<T>(&self, read: impl FnOnce(&dyn Reads) -> Result<T, StoreError>) -> T {
        self.store.read_here(read).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    fn turn(&self, event: EventId) -> Turn {
        self.store.read_here(|store| store.turn(event)).unwrap_or_default()
    }

    fn next_revision(&self, event: EventId) -> u64 {
        let stands = self.store.read_here(|store| store.standing(event, &[])).ok().flatten();
        stands.unwrap_or_default().revision.0 + 1
    }

    fn batch(&self, event: EventId) -> Batch {
        Batch {
            event,
            turn: self.turn(event),
            believed: Vec::new(),
            items: Vec::new(),
            said: None,
            held: Vec::new(),
            let_in: Vec::new(),
            late: Vec::new(),
            cloned: Vec::new(),
            decided: None,
            performed: None,
        }
    }

    /// Everything that can be read.
    fn everything(&self) -> Vec<String> {
        self.read(|store| {
            let now = UnixMillis(5_000);
            let mut all = vec![
                format!("{:?} {:?}", store.events()?, store.standings()?),
                format!("{} {:?} {:?}", store.has_anyone()?, store.seen()?, store.cloned()?),
                format!("{:?}", store.invites()?),
                format!("{:?}", store.sign_ins()?),
                format!("{:?} {:?}", store.audit()?, store.newest_audited(now)?),
                format!("{:?} {:?}", store.belongs_to()?, store.overwriting_due()?),
            ];
            for since in [0, 1, 4, 9, u64::MAX >> 1] {
                all.push(format!("{:?}", store.registry_since(RegistryNumber(since))?));
            }
            for number in 0..3 {
                all.push(format!("{:?}", store.prepared(device(number), now, &|_| true)?));
            }
            for event in store.events()? {
                let reading = Reading([1; 8]);
                all.push(format!("{:?} {:?}", store.turn(event)?, store.floor(event)?));
                all.push(format!("{:?}", store.items_after(event, Revision(0), usize::MAX)?));
                all.push(format!("{:?}", store.items_after(event, Revision(1), 1)?));
                all.push(format!("{:?}", store.snapshot_part(event, None, Part { offset: 1, limit_bytes: 2 })?));
                all.push(format!("{:?} {:?}", store.snapshot_revision(event)?, store.snapshot(event)?));
                all.push(format!("{:?}", store.partial_snapshot_kept(event, reading)?));
                all.push(format!("{:?}", store.partial_snapshot_part(event, reading, None, Part::WHOLE)?));
                all.push(format!("{:?} {:?} {:?}", store.late(event)?, store.erased_marks(event)?, store.said(event)?));
                all.push(format!("{:?} {:?}", store.held(event)?, store.waiting(event)?));
                all.push(format!("{:?} {:?}", store.set_aside(event)?, store.retention_notice(event)?));
                for number in 0..3 {
                    all.push(format!("{:?}", store.performed(event, device(number), "add")?));
                }
            }
            Ok(all)
        })
    }
}

/// An outcome as all stores say it: of another failure only that it is one.
fn told(became: Result<Outcome, StoreError>) -> String {
    match became {
        Err(StoreError::Medium(_)) => "failed otherwise".to_owned(),
        other => format!("{other:?}"),
    }
}

fn home() -> HomeKey {
    HomeKey::from_seed(&[9; 32])
}

fn key(number: u8) -> KeyPair {
    KeyPair::from_seed(&[number + 1; 32])
}

fn device(number: u8) -> DeviceId {
    key(number).public().device()
}

fn event(number: u8) -> EventId {
    EventId([number; 16])
}

fn deed(at: i64) -> Deed {
    Deed::of_server(UnixMillis(at))
}

fn grant(number: u8, scope: Scope, issued: i64) -> Signed<Grant> {
    home().state(&Grant {
        key: key(number).public(),
        name: format!("device {number}"),
        role: Role::Marker,
        scope,
        issued: UnixMillis(issued),
        post: Post::default(),
        revoked: None,
        vouched: None,
        out_of: None,
    })
}

fn item(number: u8, revision: u64) -> StoredItem {
    let digest = [u8::try_from(revision % 251).unwrap(); 32];
    let item = Item::Grant(grant(number, Scope::Home, 1));
    StoredItem { cursor: Cursor { revision: Revision(revision), digest }, origin: Some(device(number)), item }
}

fn change(number: u8) -> SealedChange {
    SealedChange {
        document: DocumentRef::Log { device: device(number), incarnation: Incarnation([number; 8]) },
        device: device(number),
        incarnation: Incarnation([number; 8]),
        change: vec![number; 10],
        seal: Signature([0; 64]),
    }
}

fn held(number: u8, at: i64) -> HeldChange {
    let (hash, origin) = (ChangeHash([number; 32]), device(number));
    HeldChange { hash, change: change(number), origin, at: UnixMillis(at), reason: "revoked_device", entries: 3 }
}

fn snapshot(of: EventId, revision: u64) -> SnapshotRow {
    let bytes = revision.to_be_bytes().to_vec();
    let digest = [u8::try_from(revision % 251).unwrap(); 32];
    let revision = Revision(revision);
    let statement = home().state(&SnapshotStatement { event: of, revision, digest, reading: Reading::default() });
    SnapshotRow { event: of, cursor: Cursor { revision, digest }, statement, bytes }
}

fn founded(of: EventId, turn: Turn, revision: u64) -> FoundedRow {
    FoundedRow {
        turn,
        believed: Vec::new(),
        item: item(0, revision),
        snapshot: snapshot(of, revision),
        marks: vec![[7; 16]],
        deed: deed(70),
        act: Act::Erased { event: of.to_string(), people: 1 },
    }
}

fn invite(number: u8, uses: u32) -> Invite {
    let (role, post) = (Role::Marker, Post::default());
    Invite { secret_hash: [number; 32], role, scope: Scope::Home, post, uses, expires: Some(UnixMillis(900)) }
}

/// Lets a device in as long as the invite lets anybody in.
fn redeem(invite: u8, number: u8, at: i64) -> Commit {
    let redemption = Redemption { secret_hash: [invite; 32], device: device(number), now: UnixMillis(at) };
    Commit::Redeem {
        redemption,
        judge: Box::new(move |presented| {
            let is_new = presented.over.is_none() && presented.earlier.is_none();
            is_new.then(|| vec![NewGrant { scope: presented.invite.scope, grant: grant(number, Scope::Home, at) }])
        }),
    }
}

struct Everything(u8);

impl Rules for Everything {
    fn is_within(&self, _: &[Signed<Grant>], _: &Scope) -> bool {
        true
    }

    fn revoke(&self, standing: Standing<'_>) -> Vec<NewGrant> {
        let new = NewGrant { scope: Scope::Home, grant: grant(self.0, Scope::Home, 800) };
        if standing.of.is_empty() { Vec::new() } else { vec![new] }
    }

    fn revoke_session(&self, standing: Standing<'_>) -> Vec<NewGrant> {
        self.revoke(standing)
    }
}

fn revoke(number: u8, at: i64) -> Commit {
    let act = Act::DeviceRevoked { device: device(number).to_string(), later: "hold".to_owned(), wipe: false };
    let rules = Box::new(Everything(number));
    Commit::Revoke(Box::new(Revocation { device: device(number), act, deed: deed(at), keep: Vec::new(), rules }))
}

fn offer(number: u8, by: u8) -> Commit {
    let (access, name) = ("organizer".to_owned(), "A".to_owned());
    let offer = SignIn { secret_hash: [number; 32], access, scope: Scope::Home, name, expires: UnixMillis(900) };
    let deed = Deed::of_itself(device(by), UnixMillis(20));
    Commit::OfferSignIn { offer: Box::new(offer), deed, may: Box::new(|_| true) }
}

fn begin(link: u8, session: u8, at: i64) -> Commit {
    let holds = 10 + session;
    let session = SessionRow {
        session: [session; 8],
        cookie_hash: [session; 32],
        access: "organizer".to_owned(),
        scope: Scope::Home,
        name: "A".to_owned(),
        began: UnixMillis(at),
        expires: UnixMillis(at + 10_000),
        ended: None,
        held: Some((device(holds), [3; 32])),
        offered_by: None,
    };
    let grant = Some(grant(holds, Scope::Home, at));
    Commit::BeginSession(Box::new(Beginning { secret_hash: [link; 32], session, grant }))
}

fn create(number: u8) -> Commit {
    Commit::CreateEvent { event: event(number), node: None, deed: deed(1) }
}

/// Runs a story over every store, and expects them to hold the same at its end.
fn over_all(story: impl Fn(&Subject)) {
    let all = Subject::all();
    let [first, second] = all.each_ref().map(|subject| {
        story(subject);
        subject.everything()
    });
    assert_eq!(first, second);
    for subject in all {
        subject.writer.close();
    }
}
