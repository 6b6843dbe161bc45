//! What hangs on a record: whoever is asked whether it is somebody else's must know what would go with it.

use std::fmt;

use sync_core::documents::rulings::{Decision, Rulings};
use sync_core::ids::Subject;
use sync_core::view::EventView;

/// What hangs on one record.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Attached {
    /// Verified time of the human being, in milliseconds.
    pub verified_ms: u64,
    /// How many dates the record has attendance on.
    pub days: usize,
    /// Rulings that name the record.
    pub rulings: usize,
}

impl Attached {
    /// Counts what hangs on a record.
    #[must_use]
    pub fn to(subject: Subject, view: &EventView, rulings: &Rulings) -> Self {
        let days = view.days_of(subject);
        let names = |decision: &Decision| match decision {
            Decision::Same(a, b) | Decision::NotSame(a, b) => *a == subject || *b == subject,
            Decision::Manual { subject: named, .. }
            | Decision::Confirm { subject: named, .. }
            | Decision::SameElsewhere { subject: named, .. } => *named == subject,
            _ => false,
        };
        let of_record = rulings.by_id.values().filter_map(|values| values.last());
        let of_record = of_record.filter(|ruling| names(&ruling.value.decision)).count();
        Self { verified_ms: days.iter().map(|day| day.verified_ms).sum(), days: days.len(), rulings: of_record }
    }
}

impl fmt::Display for Attached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hours, minutes) = (self.verified_ms / 3_600_000, self.verified_ms / 60_000 % 60);
        write!(f, "{hours}:{minutes:02} h verified on {} days, {} rulings", self.days, self.rulings)
    }
}
