//! Remembers that somebody like this was erased, and not who it was.
//!
//! Of the name, the telephone numbers and the ids of whoever is erased a mark is kept: a code over each that only the home
//! key can make. The marks say nothing by themselves; with the key, names and numbers can be tried. A list that brings the
//! same human being back is asked about by them.

use std::collections::BTreeSet;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sync_core::ids::EventId;
use sync_core::import::Likeness;
use sync_core::trust::HomeKey;

use super::Desks;
use crate::error::Problem;

const PURPOSE: &str = "marks of people who were erased";

/// What is kept of one thing by which somebody was known.
pub(super) type Mark = [u8; 16];

/// Makes the marks of one event.
pub(super) struct Marker {
    secret: [u8; 32],
    event: EventId,
}

impl Marker {
    pub(super) fn new(home: &HomeKey, event: EventId) -> Self {
        Self { secret: home.derived_secret(PURPOSE), event }
    }

    pub(super) fn mark(&self, likeness: Likeness, value: &str) -> Mark {
        let mut code = Hmac::<Sha256>::new_from_slice(&self.secret).expect("a key of any length will do");
        code.update(&self.event.0);
        code.update(likeness.words().as_bytes());
        code.update(b"\0");
        code.update(value.as_bytes());
        let mut mark = Mark::default();
        mark.copy_from_slice(&code.finalize().into_bytes()[..16]);
        mark
    }
}

/// Who was erased from an event, as far as it is remembered.
pub struct ErasedPeople {
    marker: Marker,
    marks: BTreeSet<Mark>,
}

impl ErasedPeople {
    /// In what somebody is like people who were erased.
    #[must_use]
    pub fn like(&self, known_by: &[(Likeness, String)]) -> Vec<Likeness> {
        if self.marks.is_empty() {
            return Vec::new();
        }
        let is_marked =
            |(likeness, value): &&(Likeness, String)| self.marks.contains(&self.marker.mark(*likeness, value));
        let alike: BTreeSet<Likeness> = known_by.iter().filter(is_marked).map(|(likeness, _)| *likeness).collect();
        alike.into_iter().collect()
    }
}

impl Desks {
    /// Reads who was erased from an event.
    ///
    /// # Errors
    /// [`Problem::UNKNOWN_EVENT`], or what the store reports.
    pub async fn erased_people(&self, event: EventId) -> Result<ErasedPeople, Problem> {
        let marks = self.office.store.read(move |store| store.erased_marks(event)).await?;
        Ok(ErasedPeople { marker: Marker::new(&self.office.home, event), marks })
    }
}
