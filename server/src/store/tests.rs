//! The contract of a store, kept by every store: what is said here of one is said of all.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use proptest::prelude::*;
use sync_core::admission::SealedChange;
use sync_core::exchange::{Cursor, Item};
use sync_core::ids::{ChangeHash, DeviceId, DocumentRef, EventId, Incarnation, NodeId, Revision};
use sync_core::replica::ledger::StoredItem;
use sync_core::time::UnixMillis;
use sync_core::trust::{Grant, HomeKey, KeyPair, Post, Reading, Role, Scope, Signature, Signed, SnapshotStatement};
use tokio::runtime::{Builder, Runtime};

use super::audit::{Act, Deed, verify};
use super::batch::{Batch, Fate};
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

#[test]
fn a_batch_that_does_not_follow_on_or_rests_on_a_revoked_belief_leaves_nothing() {
    over_all(|subject| {
        assert_eq!(subject.says(create(0)), "Ok(Answer(true))");
        assert_eq!(subject.says(create(0)), "Ok(Answer(false))");
        assert_eq!(subject.says(Commit::Batch(subject.batch(event(1)))), "Err(UnknownEvent)");
        let good = Batch { items: vec![item(0, 1), item(1, 2)], held: vec![held(1, 5)], ..subject.batch(event(0)) };
        assert_eq!(subject.says(Commit::Batch(good.clone())), "Ok(Done)", "{}", subject.name);
        let before = subject.everything();
        assert_eq!(subject.says(Commit::Batch(good)), "Err(Conflict)");
        let believed = vec![Believed { device: device(0), revocations: 1 }];
        let stale = Batch { believed, items: vec![item(0, 3)], ..subject.batch(event(0)) };
        assert_eq!(subject.says(Commit::Batch(stale)), "Err(Revoked)");
        let twice = Batch { held: vec![held(2, 6)], items: vec![item(0, 3), item(0, 3)], ..subject.batch(event(0)) };
        assert_eq!(subject.says(Commit::Batch(twice)), "failed otherwise");
        assert_eq!(subject.everything(), before, "{}", subject.name);
        let page = subject.read(|store| store.items_after(event(0), Revision(0), 1));
        assert!(page.more && page.items.len() == 1, "{}", subject.name);
    });
}

#[test]
fn what_waits_is_let_in_or_refused_for_good_and_a_command_counts_once() {
    over_all(|subject| {
        subject.commit(create(0)).unwrap();
        let all = [0, 1, 2, 1].map(|number| held(number, 5)).to_vec();
        subject.commit(Commit::Batch(Batch { held: all, ..subject.batch(event(0)) })).unwrap();
        let changes = vec![ChangeHash([1; 32]), ChangeHash([8; 32])];
        let act = Act::Discarded { event: event(0).to_string(), changes: Vec::new(), reason: String::new() };
        let decided = Some(Decided { changes, deed: deed(9), act, verdict: Decision::Discard });
        let let_in = vec![ChangeHash([2; 32])];
        subject.commit(Commit::Batch(Batch { decided, let_in, ..subject.batch(event(0)) })).unwrap();
        let waiting = subject.read(|store| store.waiting(event(0)));
        assert_eq!(waiting.held.len(), 1, "{}", subject.name);
        assert_eq!(waiting.discarded, [ChangeHash([1; 32])], "{}", subject.name);
        let (device, command) = (device(0), "add".to_owned());
        let performed = Some(Performed { device, command, digest: [4; 32], revision: Revision(2) });
        let repeated = |subject: &Subject| Batch { performed: performed.clone(), ..subject.batch(event(0)) };
        assert_eq!(subject.says(Commit::Batch(repeated(subject))), "Ok(Done)");
        assert_eq!(subject.says(Commit::Batch(repeated(subject))), "failed otherwise");
        assert_eq!(subject.turn(event(0)), Turn(3), "{}", subject.name);
    });
}

#[test]
fn an_invite_lets_in_as_many_as_it_says_and_each_device_once() {
    over_all(|subject| {
        assert_eq!(subject.says(redeem(1, 0, 10)), "Ok(Answer(false))", "there is no such invite");
        let (invite, may) = (Box::new(invite(1, 2)), Box::new(|_: &[Signed<Grant>]| true));
        assert_eq!(subject.says(Commit::AddInvite { invite, deed: deed(2), may }), "Ok(Answer(true))");
        for number in [0, 0, 1, 2] {
            assert_eq!(subject.says(redeem(1, number, 10)), "Ok(Answer(true))", "{}", subject.name);
        }
        let registry = subject.read(|store| store.registry_since(RegistryNumber::default()));
        assert_eq!(registry.devices.len(), 2, "{}", subject.name);
        assert_eq!(subject.read(|store| store.invites())[0].uses_left, 0);
        let withdraw = || Commit::WithdrawInvite { secret_hash: [1; 32], deed: deed(11) };
        assert_eq!(subject.says(withdraw()), "Ok(Answer(true))");
        assert_eq!(subject.says(withdraw()), "Ok(Answer(false))");
        assert_eq!(verify(&subject.read(|store| store.audit()), None), Ok(()));
    });
}

#[test]
fn a_link_signs_in_once_and_a_revocation_ends_what_it_began() {
    over_all(|subject| {
        subject.commit(create(0)).unwrap();
        let add = Commit::AddInvite { invite: Box::new(invite(1, 1)), deed: deed(2), may: Box::new(|_| true) };
        subject.commit(add).unwrap();
        subject.commit(redeem(1, 0, 10)).unwrap();
        assert_eq!(subject.says(begin(4, 1, 30)), "Ok(Begun(Unknown))");
        assert_eq!(subject.says(offer(4, 0)), "Ok(Answer(true))");
        assert_eq!(subject.says(begin(4, 1, 30)), "Ok(Begun(Now))");
        assert_eq!(subject.says(begin(4, 2, 30)), "Ok(Begun(Over))");
        assert_eq!(subject.says(revoke(7, 40)), "Ok(Answer(false))", "nobody knows this device");
        subject.commit(revoke(0, 40)).unwrap();
        let registry = subject.read(|store| store.registry_since(RegistryNumber::default()));
        assert!(registry.sessions.iter().all(|session| session.ended.is_some()), "{}", subject.name);
        let revoked = registry.devices.iter().filter(|device| device.revocations > 0).count();
        assert_eq!(revoked, 2, "{}: the device, and the one that home held", subject.name);
    });
}

#[test]
fn whatever_changes_the_registry_moves_its_number_and_is_found_after_the_number_before_it() {
    over_all(|subject| {
        let changes = |commit: Commit| {
            let before = subject.store.registry_number();
            subject.commit(commit).unwrap();
            let found = subject.read(|store| store.registry_since(before));
            assert_eq!(subject.store.registry_number(), found.number, "{}: told without reading", subject.name);
            assert!(found.number >= before, "{}", subject.name);
            let RegistryChanges { number, nodes, placed, devices, sessions } = found;
            (number > before, [nodes.len(), placed.len(), devices.len(), sessions.len()])
        };
        let node = NodeRow { node: NodeId([1; 8]), kind: "region".to_owned(), name: "West".to_owned(), parent: None };
        let add_node = || Commit::AddNode { row: node.clone(), deed: deed(1) };
        let create_below = || Commit::CreateEvent { event: event(1), node: Some(node.node), deed: deed(1) };
        assert_eq!(changes(add_node()), (true, [1, 0, 0, 0]), "{}", subject.name);
        assert_eq!(changes(add_node()), (false, [0; 4]), "{}: repeated", subject.name);
        assert_eq!(changes(create_below()), (true, [0, 1, 0, 0]), "{}", subject.name);
        assert_eq!(changes(create(0)), (false, [0; 4]), "{}: an event below no node", subject.name);
        let add = Commit::AddInvite { invite: Box::new(invite(1, 1)), deed: deed(2), may: Box::new(|_| true) };
        assert_eq!(changes(add), (false, [0; 4]), "{}: an invite is looked up", subject.name);
        assert_eq!(changes(redeem(1, 0, 10)), (true, [0, 0, 1, 0]), "{}", subject.name);
        assert_eq!(changes(redeem(1, 1, 10)), (false, [0; 4]), "{}: the invite is used up", subject.name);
        assert_eq!(changes(Commit::NoteSeen { device: device(0), at: UnixMillis(11) }), (false, [0; 4]));
        assert_eq!(changes(offer(4, 0)), (false, [0; 4]), "{}: a link is looked up", subject.name);
        assert_eq!(changes(begin(4, 1, 30)), (true, [0, 0, 1, 1]), "{}", subject.name);
        let end = || Commit::EndSession { session: [1; 8], deed: deed(31) };
        assert_eq!(changes(end()), (true, [0, 0, 0, 1]), "{}", subject.name);
        assert_eq!(changes(end()), (false, [0; 4]), "{}: repeated", subject.name);
        assert_eq!(changes(revoke(0, 40)), (true, [0, 0, 1, 0]), "{}", subject.name);
        assert_eq!(changes(Commit::Batch(subject.batch(event(0)))), (false, [0; 4]), "{}", subject.name);
    });
}

#[test]
fn a_commit_that_is_refused_moves_no_number_of_the_registry() {
    over_all(|subject| {
        subject.commit(offer(4, 0)).unwrap();
        subject.commit(offer(5, 0)).unwrap();
        subject.commit(begin(4, 1, 30)).unwrap();
        let before = subject.store.registry_number();
        assert_eq!(subject.says(begin(5, 1, 31)), "failed otherwise", "there is such a session");
        assert_eq!(subject.store.registry_number(), before, "{}", subject.name);
        assert_eq!(subject.read(|store| store.registry_since(before)).number, before, "{}", subject.name);
    });
}

#[test]
fn a_nonce_is_spent_once_for_each_device_in_any_order() {
    over_all(|subject| {
        let name = subject.store.name_of_spent([1; 16]);
        assert_eq!((name, subject.store.name_of_spent([2; 16])), ([1; 16], [1; 16]), "{}", subject.name);
        let nonce = |at: i64, number| DrawnNonce { at: UnixMillis(at), number };
        let spend = |nonce: DrawnNonce| subject.store.spend(device(0), nonce, UnixMillis(1_000));
        for number in (0..64).rev() {
            assert!(spend(nonce(number, 7)), "{}: {number}", subject.name);
        }
        assert!(!(0..64).any(|number| spend(nonce(number, 7))), "{}", subject.name);
        assert!(spend(nonce(63, 8)), "{}: drawn at the same moment", subject.name);
        assert!(!spend(nonce(0, 7)), "{}: also when it is no longer kept", subject.name);
        assert!(subject.store.spend(device(1), nonce(0, 7), UnixMillis(1_000)), "{}", subject.name);
    });
}

#[test]
fn what_one_process_spends_or_keeps_counts_for_all_on_the_same_memory_and_is_forgotten_with_it() {
    let memory = Memory::default();
    let [(one, _), (other, _), (later, _)] = [&memory, &memory, &memory.copy()].map(Store::in_memory);
    let nonce = DrawnNonce { at: UnixMillis(1), number: 1 };
    assert!(one.spend(device(0), nonce, UnixMillis(2)) && !other.spend(device(0), nonce, UnixMillis(2)));
    assert_eq!((one.name_of_spent([1; 16]), other.name_of_spent([2; 16])), ([1; 16], [1; 16]));
    let (plan, by, file) = ("a".to_owned(), device(0), vec![1]);
    let list = PendingList { plan, event: event(0), by, at: UnixMillis(1), asked: vec![2], file, weight_bytes: 3 };
    one.keep_list(list).unwrap();
    let find = |store: &Store| store.pending_list("a", event(0), UnixMillis(2)).is_some();
    assert_eq!([&one, &other, &later].map(find), [true, true, false]);
    assert_eq!(later.name_of_spent([3; 16]), [3; 16], "what was spent before has no meaning under another name");
}

#[test]
fn a_list_is_kept_for_an_hour_until_its_event_forgets_it() {
    over_all(|subject| {
        let list = |plan: &str, of: u8, at: i64| {
            let (plan, asked, file) = (plan.to_owned(), b"{}".to_vec(), vec![of; 3]);
            PendingList { plan, event: event(of), by: device(0), at: UnixMillis(at), asked, file, weight_bytes: 9 }
        };
        let find = |plan: &str, of: u8, now: i64| subject.store.pending_list(plan, event(of), UnixMillis(now));
        subject.store.keep_list(list("a", 0, 10)).unwrap();
        subject.store.keep_list(list("a", 1, 20)).unwrap();
        subject.store.keep_list(list("a", 0, 30)).unwrap();
        assert_eq!(*find("a", 0, 3_600_029).unwrap(), list("a", 0, 30), "{}: the later of two", subject.name);
        assert_eq!(find("a", 0, 3_600_030), None, "{}", subject.name);
        assert_eq!(find("b", 0, 40), None, "{}", subject.name);
        subject.store.forget_lists_of(event(0));
        assert_eq!(find("a", 0, 40), None, "{}", subject.name);
        assert!(find("a", 1, 40).is_some(), "{}: another event's", subject.name);
    });
}

#[test]
fn an_older_snapshot_replaces_no_newer_one_and_an_erasure_leaves_nothing_of_before() {
    over_all(|subject| {
        subject.commit(create(0)).unwrap();
        subject
            .commit(Commit::Batch(Batch { items: vec![item(0, 1), item(1, 2)], ..subject.batch(event(0)) }))
            .unwrap();
        let partial = |revision| {
            let (reading, left_out) = (Reading([1; 8]), vec![device(1)]);
            let row = PartialSnapshotRow { reading, left_out, snapshot: snapshot(event(0), revision) };
            Commit::KeepPartialSnapshot(Box::new(row))
        };
        for revision in [2, 1] {
            subject.commit(Commit::KeepSnapshot(Box::new(snapshot(event(0), revision)))).unwrap();
            subject.commit(partial(revision)).unwrap();
        }
        let kept = subject.read(|store| store.snapshot_revision(event(0)));
        assert_eq!(kept, Some(Revision(2)), "{}", subject.name);
        let kept = subject.read(|store| store.partial_snapshot_kept(event(0), Reading([1; 8])));
        assert_eq!(kept.unwrap().revision, Revision(2), "{}", subject.name);

        let turn = subject.turn(event(0));
        subject.commit(Commit::FoundAgain(Box::new(founded(event(0), turn, 3)))).unwrap();
        let again = Commit::FoundAgain(Box::new(founded(event(0), turn, 4)));
        assert_eq!(subject.says(again), "Err(Conflict)");
        let page = subject.read(|store| store.items_after(event(0), Revision(0), usize::MAX));
        assert_eq!(page.items, [item(0, 3)], "{}", subject.name);
        assert_eq!(subject.read(|store| store.partial_snapshot_kept(event(0), Reading([1; 8]))), None);
        assert_eq!(subject.read(|store| store.overwriting_due()), Some((1, 1)));
        subject.commit(partial(2)).unwrap();
        assert_eq!(subject.read(|store| store.partial_snapshot_kept(event(0), Reading([1; 8]))), None);
        subject.commit(Commit::NoteOverwritten(1)).unwrap();
        assert_eq!(subject.read(|store| store.overwriting_due()), None);
    });
}

#[test]
fn the_last_word_of_a_log_counts_also_where_no_further_log_is_noted() {
    over_all(|subject| {
        subject.commit(create(0)).unwrap();
        let says = |number: u16, entries| {
            let [high, low] = number.to_be_bytes();
            let said = Said { device: device(0), incarnation: Incarnation([high, low, 0, 0, 0, 0, 0, 0]), entries };
            subject.commit(Commit::Batch(Batch { said: Some(said), ..subject.batch(event(0)) })).unwrap();
        };
        (0..300).for_each(|number| says(number, 1));
        says(5, 9);
        let said = subject.read(|store| store.said(event(0)));
        assert_eq!(said.len(), 256, "{}", subject.name);
        assert_eq!(said[5].entries, 9, "{}", subject.name);
    });
}

/// Remembers what became of a batch.
struct Heard(Arc<AtomicU8>);

impl Fate for Heard {
    fn kept(self: Box<Self>) {
        self.0.store(1, Ordering::SeqCst);
    }

    fn lost(self: Box<Self>) {
        self.0.store(2, Ordering::SeqCst);
    }
}

#[test]
fn what_is_held_back_waits_and_is_carried_out_in_order() {
    over_all(|subject| {
        subject.commit(create(0)).unwrap();
        let hold = subject.writer.hold().unwrap();
        hold.reach();
        let heard = Arc::new(AtomicU8::new(0));
        let batch = Batch { items: vec![item(0, 1)], ..subject.batch(event(0)) };
        let durable = subject.writer.reserve().unwrap().write(batch, Box::new(Heard(Arc::clone(&heard))));
        assert_eq!((heard.load(Ordering::SeqCst), subject.writer.waiting()), (0, 1), "{}", subject.name);
        assert_eq!(subject.next_revision(event(0)), 1, "{}", subject.name);
        drop(hold);
        subject.runtime.block_on(durable.kept()).unwrap();
        assert_eq!(heard.load(Ordering::SeqCst), 1, "{}", subject.name);
        assert_eq!(subject.next_revision(event(0)), 2, "{}", subject.name);
    });
}

#[test]
fn a_power_cut_keeps_what_was_acknowledged_and_never_acknowledges_what_was_held_back() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let memory = Memory::default();
    let (_, writer) = Store::in_memory(&memory);
    assert!(runtime.block_on(writer.commit(create(0))).is_ok());
    memory.fail_next(StoreError::Full);
    assert_eq!(told(runtime.block_on(writer.commit(create(1)))), "Err(Full)");
    let hold = writer.hold().unwrap();
    let (lost, left) = runtime.block_on(async {
        let asked = tokio::join!(writer.commit(create(2)), async { memory.cut_power() });
        drop(hold);
        asked
    });
    assert_eq!(told(lost), "failed otherwise", "nobody was told that it is durable");
    assert_eq!(told(runtime.block_on(writer.commit(create(3)))), "Err(Busy)");
    let (store, _) = Store::in_memory(&left);
    assert_eq!(store.read_here(|store| store.events()).unwrap(), [event(0)]);
}

/// Something that is done to every store, drawn at random.
#[derive(Clone, Copy, Debug)]
struct Step {
    what: u8,
    a: u8,
    b: u8,
    at: i64,
}

impl Step {
    fn commit(self, subject: &Subject) -> Commit {
        let Self { what, a, b, at } = self;
        let (of, revision) = (event(a), subject.next_revision(event(a)));
        let batch = subject.batch(of);
        let noted = |verdict| {
            let act = Act::Released { event: of.to_string(), changes: Vec::new() };
            Some(Decided { changes: vec![ChangeHash([b; 32])], deed: deed(at), act, verdict })
        };
        match what {
            0 => create(a),
            1 => Commit::Batch(Batch { items: vec![item(b, revision), item(a, revision + 1)], ..batch }),
            2 => Commit::Batch(Batch {
                turn: Turn(batch.turn.0 + u64::from(b)),
                items: vec![item(b, revision)],
                ..batch
            }),
            3 => {
                let believed = vec![Believed { device: device(b), revocations: u64::from(a) }];
                Commit::Batch(Batch { believed, held: vec![held(b, at)], ..batch })
            }
            4 => Commit::Batch(Batch { held: vec![held(b, at)], ..batch }),
            5 => Commit::Batch(Batch { let_in: vec![ChangeHash([b; 32])], ..batch }),
            6 => Commit::Batch(Batch { decided: noted(Decision::Discard), ..batch }),
            7 => Commit::Batch(Batch { decided: noted(Decision::Release), ..batch }),
            8 => {
                let cloned = Cloned { hash: ChangeHash([b; 32]), change: change(b), at: UnixMillis(at) };
                Commit::Batch(Batch { cloned: vec![cloned], ..batch })
            }
            9 => {
                let (device, command) = (device(b), "add".to_owned());
                let performed = Performed { device, command, digest: [b; 32], revision: Revision(revision) };
                Commit::Batch(Batch { performed: Some(performed), ..batch })
            }
            10 => {
                let said = Said { device: device(b), incarnation: Incarnation([a; 8]), entries: revision };
                Commit::Batch(Batch { said: Some(said), ..batch })
            }
            11 => Commit::KeepSnapshot(Box::new(snapshot(of, u64::from(b) * 2))),
            12 => {
                let snapshot = snapshot(of, u64::from(b) * 2);
                let row = PartialSnapshotRow { reading: Reading([1; 8]), left_out: vec![device(b)], snapshot };
                Commit::KeepPartialSnapshot(Box::new(row))
            }
            13 => Commit::FoundAgain(Box::new(founded(of, batch.turn, revision))),
            14 => Commit::AddInvite { invite: Box::new(invite(a, 2)), deed: deed(at), may: Box::new(move |_| b > 0) },
            15 => Commit::AddFirstInvite { invite: Box::new(invite(a, 1)), deed: deed(at) },
            16 => Commit::WithdrawInvite { secret_hash: [a; 32], deed: deed(at) },
            17 | 18 => redeem(a, b, at),
            19 => revoke(b, at),
            20 => offer(a, b),
            21 | 22 => begin(a, b, at),
            23 => Commit::EndSession { session: [b; 8], deed: deed(at) },
            24 => Commit::NoteSeen { device: device(b), at: UnixMillis(at) },
            25 => Commit::WithdrawSignIn { secret_hash: [a; 32], deed: deed(at) },
            26 => {
                let (seen, due) = (UnixMillis(at), UnixMillis(at + 1));
                let notice = RetentionNotice { seen, ran_ms: 1, due, people: 2, recorded: 3 };
                Commit::KeepRetentionNotice { event: of, notice: (b > 0).then_some(notice) }
            }
            27 => Commit::ForgetRetentionNotices,
            28 => Commit::TrustClock(deed(at)),
            29 => Commit::KeepHomeKey(key(b).public()),
            30 => Commit::NoteOverwritten(i64::from(b)),
            _ => Commit::ChangeGrants {
                device: device(b),
                deed: Deed { by: Some(device(a)), at: UnixMillis(at), revocations: Some(0) },
                decide: Box::new(move |_| GrantsDecided {
                    grants: vec![NewGrant {
                        scope: Scope::Event(event(a)),
                        grant: grant(b, Scope::Event(event(a)), at),
                    }],
                    act: Some(Act::DeviceRenamed { device: device(b).to_string() }),
                }),
            },
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0..32_u8, 0..3_u8, 0..3_u8, 1..1_000_i64).prop_map(|(what, a, b, at)| Step { what, a, b, at });
    // Most commits belong to an event.
    prop::collection::vec(step, 1..60)
        .prop_map(|steps| [Step { what: 0, a: 0, b: 0, at: 1 }].into_iter().chain(steps).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_stores_answer_the_same_to_the_same_commits(steps in steps()) {
        let all = Subject::all();
        for step in &steps {
            let [first, second] = all.each_ref().map(|subject| subject.says(step.commit(subject)));
            prop_assert_eq!(first, second, "{:?}", step);
        }
        let [first, second] = all.each_ref().map(Subject::everything);
        prop_assert_eq!(first, second);
        all.into_iter().for_each(|subject| subject.writer.close());
    }
}
