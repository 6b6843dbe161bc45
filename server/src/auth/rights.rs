//! What a device may do, and where: what home said of it, one grant for each scope.
//!
//! A device may hold several grants, and what it may do is what any of them allows. Every replica believes the newest
//! grant that covers its event; so of two grants that can cover one event, home keeps the one that gives more the newer
//! one, and states it anew where it is not. Grants are never deleted: a revoked one stays, older than those that hold.

use std::cmp::Ordering;
use std::sync::Arc;

use sync_core::ids::EventId;
use sync_core::time::UnixMillis;
use sync_core::trust::{Grant, HomeKey, Post, Revoked, Role, Scope, Signed};

use crate::store::devices::NewGrant;
use crate::tree::Tree;

/// One grant of home, and what it says.
#[derive(Clone, Debug)]
pub struct Right {
    /// The grant, as it was verified.
    pub grant: Grant,
    /// The same, signed, to be passed on.
    pub signed: Signed<Grant>,
}

/// Everything that home said of one device: those that give more after those that give less, revoked ones first.
#[derive(Clone, Debug, Default)]
pub struct Rights(Vec<Right>);

/// Whether a grant gives at least what is asked, in the same place.
fn gives(grant: &Grant, role: Role, post: &Post) -> bool {
    grant.role >= role && (grant.role > Role::Marker || grant.post.is_anywhere() || grant.post == *post)
}

/// The order in which the grants of a device were stated, where that matters.
fn by_strength(one: &Grant, other: &Grant) -> Ordering {
    let is_narrow = |grant: &Grant| matches!(grant.scope, Scope::Event(_));
    let rank = |grant: &Grant| (grant.revoked.is_none(), grant.role, grant.post.is_anywhere(), is_narrow(grant));
    rank(one).cmp(&rank(other)).then(one.issued.cmp(&other.issued))
}

/// Whether one event can lie in both scopes. Of two nodes nobody has to ask the tree: what is said twice does no harm.
fn may_overlap(one: &Scope, other: &Scope) -> bool {
    match (one, other) {
        (Scope::Event(one), Scope::Event(other)) => one == other,
        _ => true,
    }
}

impl Rights {
    /// Those that stand in what the store keeps, as far as home signed them.
    #[must_use]
    pub fn read(home: &HomeKey, grants: &[Signed<Grant>]) -> Self {
        let read = |signed: &Signed<Grant>| match signed.verify(&home.public()) {
            Ok(grant) => Some(Right { grant, signed: signed.clone() }),
            Err(error) => {
                tracing::error!(%error, "a stored grant is not of this home key");
                None
            }
        };
        let mut rights: Vec<Right> = grants.iter().filter_map(read).collect();
        rights.sort_by(|one, other| by_strength(&one.grant, &other.grant));
        Self(rights)
    }

    /// All of them, those that give most last.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &Right> {
        self.0.iter()
    }

    /// Those that were not revoked.
    pub fn holding(&self) -> impl DoubleEndedIterator<Item = &Right> {
        self.0.iter().filter(|right| right.grant.revoked.is_none())
    }

    /// Whether nothing is left of what the device was let into.
    #[must_use]
    pub fn are_revoked(&self) -> bool {
        self.holding().next().is_none()
    }

    /// The scopes in which the device has this role, or a higher one.
    #[must_use]
    pub fn scopes_of(&self, role: Role) -> Vec<Scope> {
        self.holding().filter(|right| right.grant.role >= role).map(|right| right.grant.scope).collect()
    }

    /// The grant that counts in an event: what gives most of what holds, otherwise what was revoked.
    #[must_use]
    pub fn in_event(&self, event: EventId, tree: &Tree) -> Option<&Right> {
        self.0.iter().rfind(|right| tree.includes(&right.grant.scope, &Scope::Event(event)))
    }

    /// The same with grants that were stated just now.
    #[must_use]
    pub fn with(&self, new: Vec<Right>) -> Self {
        self.merged(&Self(new))
    }

    fn at(&self, scope: &Scope) -> Option<&Right> {
        self.0.iter().find(|right| right.grant.scope == *scope)
    }

    /// The same with what is newer in `other`. What was revoked stays revoked.
    #[must_use]
    pub fn merged(&self, other: &Self) -> Self {
        let mut rights = self.clone();
        for right in &other.0 {
            rights.put_newer(right.clone());
        }
        rights
    }

    fn put_newer(&mut self, right: Right) {
        match self.0.iter_mut().find(|known| known.grant.scope == right.grant.scope) {
            Some(known) if known.grant.issued >= right.grant.issued => {}
            Some(known) if known.grant.revoked.is_some() && right.grant.revoked.is_none() => {}
            Some(known) => *known = right,
            None => self.0.push(right),
        }
        self.0.sort_by(|one, other| by_strength(&one.grant, &other.grant));
    }
}

/// Grants as the store keeps them.
#[must_use]
pub fn new_grants(rights: &[Right]) -> Vec<NewGrant> {
    rights.iter().map(|right| NewGrant { scope: right.grant.scope, grant: right.signed.clone() }).collect()
}

/// A device uses an invite.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What the invite gives, and to whom.
    pub grant: Grant,
    /// The grant that the device agrees to lose, by its time of issue.
    pub replaces: Option<UnixMillis>,
}

/// What an invite does for a device.
#[derive(Clone, Debug)]
pub enum Enrolment {
    /// It gives something: these grants are new.
    Gives(Vec<Right>),
    /// The device may do all of that already: the invite is not used.
    Covered,
    /// The device would lose something, and did not agree to that.
    Loses(Box<Grant>),
    /// The device was revoked there, and stays so.
    Revoked,
}

/// States grants: the only place that decides what a device may do.
#[derive(Clone)]
pub struct Registrar {
    home: Arc<HomeKey>,
    tree: Arc<Tree>,
}

impl Registrar {
    /// States in the name of home.
    #[must_use]
    pub const fn new(home: Arc<HomeKey>, tree: Arc<Tree>) -> Self {
        Self { home, tree }
    }

    /// What the store keeps of a device.
    #[must_use]
    pub fn read(&self, grants: &[Signed<Grant>]) -> Rights {
        Rights::read(&self.home, grants)
    }

    /// Who belongs to whom.
    #[must_use]
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The home server's keys.
    #[must_use]
    pub fn home(&self) -> &HomeKey {
        &self.home
    }

    /// Judges what an invite does for a device that holds `rights`. It adds, and never takes away unless the device
    /// agrees: what a wider grant gives stays in any case.
    #[must_use]
    pub fn enrol(&self, rights: &Rights, asked: Asked) -> Enrolment {
        let Asked { grant, replaces } = asked;
        let includes = |right: &&Right| self.tree.includes(&right.grant.scope, &grant.scope);
        let mut covering = rights.holding().filter(includes);
        if covering.any(|right| right.grant.scope != grant.scope && gives(&right.grant, grant.role, &grant.post)) {
            return Enrolment::Covered;
        }
        let is_known = !rights.0.is_empty();
        let was_revoked = |right: &Right| right.grant.revoked.is_some();
        if is_known && (rights.are_revoked() || rights.all().filter(includes).any(was_revoked)) {
            return Enrolment::Revoked;
        }
        if let Some(known) = rights.at(&grant.scope).map(|right| &right.grant) {
            if (known.role, &known.post) == (grant.role, &grant.post) {
                return Enrolment::Covered;
            }
            let is_raised = grant.role > known.role || (grant.role == known.role && grant.post.is_anywhere());
            if !is_raised && replaces != Some(known.issued) {
                return Enrolment::Loses(Box::new(known.clone()));
            }
        }
        let now = grant.issued;
        Enrolment::Gives(self.restate(rights, vec![grant], now))
    }

    /// The grants that are new when an organizer of `within` revokes a device there; none if nothing of it lies there.
    #[must_use]
    pub fn revoke(&self, rights: &Rights, within: &[Scope], how: Revoked) -> Vec<Right> {
        let revoke = |grant: &Grant| {
            let since = grant.revoked.map_or(how.since, |revoked| revoked.since);
            Grant { revoked: Some(Revoked { since, ..how }), ..grant.clone() }
        };
        let changed = self.within(rights, within).map(revoke).collect();
        self.restate(rights, changed, how.since)
    }

    /// The grants that are new when an organizer of `within` calls a device by another name; none if nothing of it lies
    /// there.
    #[must_use]
    pub fn rename(&self, rights: &Rights, within: &[Scope], name: &str, now: UnixMillis) -> Vec<Right> {
        let rename = |grant: &Grant| Grant { name: name.to_owned(), ..grant.clone() };
        let changed = self.within(rights, within).map(rename).collect();
        self.restate(rights, changed, now)
    }

    /// The grants that are new when another device gives back what home said and lost; none if that is no news.
    #[must_use]
    pub fn recall(&self, rights: &Rights, signed: &Signed<Grant>) -> Vec<Right> {
        let Ok(said) = signed.verify(&self.home.public()) else { return Vec::new() };
        let whole = said.whole();
        let is_old = |known: &Right| {
            known.grant.issued >= whole.issued || (known.grant.revoked.is_some() && whole.revoked.is_none())
        };
        // Home writes itself when it founds an event again. It is no device.
        if said.key == self.home.public() || rights.at(&whole.scope).is_some_and(is_old) {
            return Vec::new();
        }
        let recalled = Right { signed: self.home.state(&whole), grant: whole };
        let now = recalled.grant.issued;
        let mut known = rights.clone();
        known.put_newer(recalled.clone());
        let mut changed = self.restate(&known, Vec::new(), now);
        if changed.iter().all(|right| right.grant.scope != recalled.grant.scope) {
            changed.push(recalled);
        }
        changed
    }

    fn within<'a>(&self, rights: &'a Rights, within: &'a [Scope]) -> impl Iterator<Item = &'a Grant> {
        let tree = Arc::clone(&self.tree);
        rights.all().map(|right| &right.grant).filter(move |grant| tree.is_within(within, &grant.scope))
    }

    /// Signs what changed, newer than what it replaces and than everything that gives less; and again whatever gives more
    /// and would now be older.
    fn restate(&self, rights: &Rights, changed: Vec<Grant>, now: UnixMillis) -> Vec<Right> {
        let is_replaced = |known: &Grant| changed.iter().any(|grant| grant.scope == known.scope);
        let kept = rights.0.iter().filter(|right| !is_replaced(&right.grant)).map(|right| (&right.grant, None));
        let before = |grant: &Grant| rights.at(&grant.scope).map(|right| right.grant.issued);
        let altered = changed.iter().map(|grant| (grant, Some(before(grant))));
        let mut all: Vec<(&Grant, Option<Option<UnixMillis>>)> = kept.chain(altered).collect();
        all.sort_by(|(one, _), (other, _)| by_strength(one, other));
        let mut stated: Vec<(Scope, UnixMillis)> = Vec::with_capacity(all.len());
        let mut new = Vec::new();
        for (grant, altered) in all {
            let overlapping = stated.iter().filter(|(scope, _)| may_overlap(scope, &grant.scope));
            let floor = overlapping.map(|(_, issued)| *issued).max();
            let is_in_order = floor.is_none_or(|floor| grant.issued > floor);
            let issued = match altered {
                None if is_in_order => grant.issued,
                None => after(now, [Some(grant.issued), floor]),
                Some(before) => after(now, [before, floor]),
            };
            stated.push((grant.scope, issued));
            if altered.is_some() || issued != grant.issued {
                let grant = Grant { issued, ..grant.clone() };
                new.push(Right { signed: self.home.state(&grant), grant });
            }
        }
        new
    }
}

/// The time, or where home's clock stands still or was set back the first moment after all of these.
fn after(now: UnixMillis, earlier: [Option<UnixMillis>; 2]) -> UnixMillis {
    let next = earlier.into_iter().flatten().map(|at| at.0.saturating_add(1)).max();
    UnixMillis(next.map_or(now.0, |next| next.max(now.0)))
}

#[cfg(test)]
mod tests {
    use sync_core::trust::{KeyPair, Later};

    use super::*;

    const SHORE: Scope = Scope::Event(EventId([1; 16]));
    const FOREST: Scope = Scope::Event(EventId([2; 16]));

    fn registrar() -> Registrar {
        Registrar::new(Arc::new(HomeKey::from_seed(&[9; 32])), Arc::default())
    }

    fn asked(role: Role, scope: Scope, at: i64) -> Asked {
        let key = KeyPair::from_seed(&[1; 32]).public();
        let (name, post, issued) = ("north".to_owned(), Post::default(), UnixMillis(at));
        let grant = Grant { key, name, role, scope, issued, post, revoked: None, vouched: None, out_of: None };
        Asked { grant, replaces: None }
    }

    fn posted(role: Role, site: &str, at: i64) -> Asked {
        let Asked { grant, replaces } = asked(role, SHORE, at);
        Asked { grant: Grant { post: Post { site: Some(site.to_owned()), team: None }, ..grant }, replaces }
    }

    /// What the device holds after it used invites, each of which gave something.
    fn after_all(invites: impl IntoIterator<Item = Asked>) -> Rights {
        invites.into_iter().fold(Rights::default(), |rights, asked| match registrar().enrol(&rights, asked) {
            Enrolment::Gives(new) => rights.merged(&Rights(new)),
            other => panic!("{other:?}"),
        })
    }

    fn how(later: Later, at: i64) -> Revoked {
        Revoked { since: UnixMillis(at), later, wipe: false }
    }

    fn role_in(rights: &Rights, event: Scope) -> Option<Role> {
        let right = rights.in_event(event.event().unwrap(), &Tree::default())?;
        // What replicas believe is the newest grant that covers the event.
        let covering = rights.all().filter(|right| right.grant.scope.covers(event.event().unwrap()));
        let newest = covering.max_by_key(|right| right.grant.issued).unwrap();
        assert_eq!(newest.grant, right.grant);
        right.grant.revoked.is_none().then_some(right.grant.role)
    }

    #[test]
    fn a_second_event_is_added_to_the_first() {
        let rights = after_all([asked(Role::Lead, SHORE, 1), asked(Role::Marker, FOREST, 2)]);
        assert_eq!(role_in(&rights, SHORE), Some(Role::Lead));
        assert_eq!(role_in(&rights, FOREST), Some(Role::Marker));
        assert_eq!(rights.all().map(|right| right.grant.issued.0).max(), Some(2), "nothing was stated again");
    }

    #[test]
    fn a_wider_right_makes_a_narrower_invite_superfluous() {
        let rights = after_all([asked(Role::Organizer, Scope::Home, 1)]);
        assert!(matches!(registrar().enrol(&rights, asked(Role::Marker, SHORE, 2)), Enrolment::Covered));
        assert!(matches!(registrar().enrol(&rights, posted(Role::Organizer, "north", 2)), Enrolment::Covered));
    }

    #[test]
    fn a_wider_right_that_gives_less_takes_nothing_away() {
        let rights = after_all([asked(Role::Lead, SHORE, 5), asked(Role::Marker, Scope::Home, 5)]);
        assert_eq!(role_in(&rights, SHORE), Some(Role::Lead));
        assert_eq!(role_in(&rights, FOREST), Some(Role::Marker));
    }

    #[test]
    fn less_is_given_only_to_who_agrees_to_lose_the_very_grant() {
        let rights = after_all([asked(Role::Organizer, SHORE, 7)]);
        let less = |replaces| Asked { replaces, ..asked(Role::Marker, SHORE, 3) };
        for replaces in [None, Some(UnixMillis(6)), Some(UnixMillis(8))] {
            let Enrolment::Loses(known) = registrar().enrol(&rights, less(replaces)) else { panic!() };
            assert_eq!((known.role, known.issued), (Role::Organizer, UnixMillis(7)));
        }
        let Enrolment::Gives(new) = registrar().enrol(&rights, less(Some(UnixMillis(7)))) else { panic!() };
        assert_eq!(
            (new[0].grant.role, new[0].grant.issued),
            (Role::Marker, UnixMillis(8)),
            "although home's clock is back"
        );
    }

    #[test]
    fn a_device_is_moved_only_if_it_agrees_and_set_free_without_being_asked() {
        let north = after_all([posted(Role::Marker, "north", 1)]);
        assert!(matches!(registrar().enrol(&north, posted(Role::Marker, "harbour", 2)), Enrolment::Loses(_)));
        assert!(matches!(registrar().enrol(&north, asked(Role::Marker, SHORE, 2)), Enrolment::Gives(_)));
        assert!(matches!(registrar().enrol(&north, posted(Role::Lead, "harbour", 2)), Enrolment::Gives(_)));
        assert!(matches!(registrar().enrol(&north, posted(Role::Marker, "north", 2)), Enrolment::Covered));
    }

    #[test]
    fn who_revokes_takes_away_what_lies_in_their_scope_alone() {
        let rights = after_all([asked(Role::Lead, SHORE, 1), asked(Role::Marker, FOREST, 2)]);
        let new = registrar().revoke(&rights, &[SHORE], how(Later::Hold, 3));
        let rights = rights.merged(&Rights(new));
        assert_eq!(role_in(&rights, SHORE), None);
        assert_eq!(role_in(&rights, FOREST), Some(Role::Marker));
        assert!(!rights.are_revoked());
        assert!(matches!(registrar().enrol(&rights, asked(Role::Marker, SHORE, 4)), Enrolment::Revoked));
        assert!(registrar().revoke(&rights, &[Scope::Event(EventId([3; 16]))], how(Later::Hold, 5)).is_empty());
    }

    #[test]
    fn what_was_revoked_never_comes_back_by_an_older_or_a_milder_word() {
        let before = after_all([asked(Role::Lead, SHORE, 1)]);
        let revoked = before.merged(&Rights(registrar().revoke(&before, &[Scope::Home], how(Later::Refuse, 2))));
        assert!(revoked.merged(&before).are_revoked());
        let renamed = registrar().rename(&before, &[Scope::Home], "south", UnixMillis(9));
        assert!(revoked.merged(&Rights(renamed)).are_revoked(), "although it is newer");
        assert!(matches!(registrar().enrol(&revoked, asked(Role::Marker, FOREST, 3)), Enrolment::Revoked));
    }

    #[test]
    fn a_wide_right_that_holds_counts_where_a_narrow_one_was_revoked() {
        let rights = after_all([asked(Role::Lead, SHORE, 1), asked(Role::Marker, Scope::Home, 2)]);
        let rights = rights.merged(&Rights(registrar().revoke(&rights, &[SHORE], how(Later::Hold, 3))));
        assert_eq!(role_in(&rights, SHORE), Some(Role::Marker));
    }

    #[test]
    fn home_is_reminded_of_what_it_forgot_and_of_nothing_else() {
        let known = after_all([asked(Role::Lead, SHORE, 1)]);
        let later = known.merged(&Rights(registrar().revoke(&known, &[SHORE], how(Later::Hold, 2))));
        let revoked = later.all().next().unwrap().signed.clone();
        let reminded = known.merged(&Rights(registrar().recall(&known, &revoked)));
        assert!(reminded.are_revoked());
        assert!(registrar().recall(&reminded, &known.all().next().unwrap().signed).is_empty());
        let strangers = HomeKey::from_seed(&[5; 32]).state(&asked(Role::Organizer, SHORE, 9).grant);
        assert!(registrar().recall(&known, &strangers).is_empty());
        let itself = Grant { key: registrar().home().public(), ..asked(Role::Organizer, SHORE, 9).grant };
        assert!(registrar().recall(&Rights::default(), &registrar().home().state(&itself)).is_empty());
    }
}
