//! Whose badges are believed.

use super::Ledger;
use crate::ids::Subject;
use crate::trust::{Badge, Grant, Role, Signed};

/// Why a badge is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadgeError {
    /// It is for another event.
    OtherEvent,
    /// Nobody who may sign badges of this event signed it: it is damaged or forged.
    Forged,
}

impl Ledger {
    /// The bearer of a badge of this event, if home or the device of one of its organizers signed it.
    ///
    /// Which event a badge is for is asked first: the organizers of another event are not known here. What a device signed that
    /// was revoked since counts for people who are known here: their badges were printed before, and whoever has the key now
    /// can make nobody up with it.
    ///
    /// # Errors
    /// See [`BadgeError`].
    pub fn believe(&self, badge: &Signed<Badge>) -> Result<Subject, BadgeError> {
        let claimed = badge.recall().map_err(|_| BadgeError::Forged)?;
        if claimed.event != self.documents.event() {
            return Err(BadgeError::OtherEvent);
        }
        let is_known = match claimed.subject {
            Subject::Person(id) => self.documents.roster().people.contains_key(&id),
            Subject::WalkIn(id) => self.documents.walk_in(id).is_some(),
        };
        let may_sign = |grant: &Grant| grant.role == Role::Organizer && (grant.revoked.is_none() || is_known);
        let organizers = self.grants().map(|(_, grant)| grant).filter(|grant| may_sign(grant));
        let mut keys = std::iter::once(self.home).chain(organizers.map(|grant| grant.key));
        if keys.any(|key| badge.verify(&key).is_ok()) { Ok(claimed.subject) } else { Err(BadgeError::Forged) }
    }
}
