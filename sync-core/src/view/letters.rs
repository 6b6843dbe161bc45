//! What became of what a service letter says.
//!
//! Pure, and says no more of a person than their letter does: one name, and their verified time. Whoever is not
//! known here any more, because they were erased, has no name here either.

use std::collections::BTreeMap;

use super::{Classes, EventView, Published, ReportError, view_as_published};
use crate::documents::Documents;
use crate::documents::roster::{PersonName, Roster};
use crate::documents::rulings::{Decision, Rulings};
use crate::ids::Subject;
use crate::time::UnixMillis;
use crate::trust::Letter;

/// Whether a letter may be relied on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It says what the newest report says.
    Stands,
    /// A newer report was published since.
    Superseded,
    /// The report on which it rests was withdrawn.
    Withdrawn,
    /// It was printed before any report was published, and confirms nothing.
    Draft,
    /// The report on which it rests says something else.
    Contradicted,
    /// The report on which it rests has not come home yet.
    NotHereYet,
    /// The report on which it rests cannot be computed again, and whoever signed the letter is not relied on alone.
    Unproven,
    /// What is known of the person is no longer held.
    NotHeld,
}

/// Whoever signed a letter, as home knows them now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignedBy {
    /// Home, or a device whose word counts.
    Trusted,
    /// A device that was revoked: what it signed counts where the report says the same.
    Revoked,
}

/// The newest report, where it is not the one on which a letter rests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Newest {
    /// The number of the newest report.
    pub number: u32,
    /// The moment at which it was published.
    pub published: UnixMillis,
    /// The verified time that it gives the person, in whole seconds; `None` if it cannot be computed any more.
    pub verified_s: Option<u64>,
}

/// What became of what a letter says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LetterCheck {
    /// Whether it may be relied on.
    pub standing: Standing,
    /// Every spelling of the person's name, as the report knew them, the first one first; of a draft, as they are known
    /// now. Empty for whoever is not known any more.
    pub names: Vec<PersonName>,
    /// When the report on which it rests was published.
    pub published: Option<UnixMillis>,
    /// Whether that report was computed again, and not only the signature believed.
    pub recomputed: bool,
    /// The newest report, where it is another.
    pub newest: Option<Newest>,
}

/// What a report says of people, as far as letters say it: to be kept where a report is asked for often.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PublishedPeople {
    classes: Classes,
    verified_ms: BTreeMap<Subject, u64>,
    names: BTreeMap<Subject, Vec<PersonName>>,
}

impl PublishedPeople {
    /// Computes a published report again.
    ///
    /// # Errors
    /// See [`ReportError`].
    pub fn of(documents: &Documents, published: &Published) -> Result<Self, ReportError> {
        let view = view_as_published(documents, published)?;
        let past = documents.as_published(&published.publication)?;
        let mut verified_ms: BTreeMap<Subject, u64> = BTreeMap::new();
        for day in &view.days {
            let sum = verified_ms.entry(day.class).or_default();
            *sum = sum.saturating_add(day.verified_ms);
        }
        let names = verified_ms.keys().map(|class| (*class, names(&view, &past.roster, *class))).collect();
        Ok(Self { classes: view.classes, verified_ms, names })
    }

    /// The verified time of a person, in whole seconds.
    #[must_use]
    pub fn verified_s(&self, subject: Subject) -> u64 {
        self.verified_ms.get(&self.classes.leader_of(subject)).copied().unwrap_or_default() / 1000
    }

    fn names(&self, subject: Subject) -> Vec<PersonName> {
        self.names.get(&self.classes.leader_of(subject)).cloned().unwrap_or_default()
    }
}

/// Every spelling by which the human being is known who is also known as `subject`.
pub(super) fn names(view: &EventView, roster: &Roster, subject: Subject) -> Vec<PersonName> {
    let members = view.classes.members_of(subject).into_iter();
    let names = members.flat_map(|member| match member {
        Subject::Person(id) => roster.people.get(&id).map(|record| record.person().names).unwrap_or_default(),
        Subject::WalkIn(id) => view.walk_in(id).map(|found| found.what.names.clone()).unwrap_or_default(),
    });
    names.filter(|name| !name.to_string().is_empty()).collect()
}

/// Checks a letter whose signature fits against an event's documents.
///
/// `report` computes a published report again, or remembers what it said; `None` where it cannot be had.
pub fn check_letter<P: AsRef<PublishedPeople>>(
    letter: &Letter,
    signed_by: SignedBy,
    documents: &Documents,
    view: &EventView,
    mut report: impl FnMut(&Published) -> Option<P>,
) -> LetterCheck {
    let known_now = names(view, documents.roster(), letter.subject);
    let members = view.classes.members_of(letter.subject);
    let was_erased = members.iter().any(|member| documents.roster().erased.contains(member));
    let mut check = LetterCheck {
        standing: Standing::Draft,
        names: Vec::new(),
        published: None,
        recomputed: false,
        newest: view.publications.last().map(|newest| Newest {
            number: newest.publication.number,
            published: newest.time.at,
            verified_s: None,
        }),
    };
    if was_erased || known_now.is_empty() {
        return LetterCheck { standing: Standing::NotHeld, newest: None, ..check };
    }
    let Some(number) = letter.revision else { return LetterCheck { names: known_now, ..check } };
    let of_number = view.publications.iter().filter(|one| one.publication.number == number);
    let mut rests_on: Vec<(&Published, Option<P>)> = of_number.map(|one| (one, report(one))).collect();
    // Two organizers may have published under one number: the letter rests on whichever says the same.
    let says_so = |people: &Option<P>| {
        people.as_ref().is_some_and(|people| people.as_ref().verified_s(letter.subject) == letter.verified_s)
    };
    rests_on.sort_by_key(|(_, people)| (!says_so(people), people.is_some()));
    let Some((published, people)) = rests_on.first() else {
        let was_withdrawn = was_published(documents.rulings(), number);
        let standing = if was_withdrawn { Standing::Withdrawn } else { Standing::NotHereYet };
        return LetterCheck { standing, names: known_now, ..check };
    };
    check.published = Some(published.time.at);
    check.recomputed = people.is_some();
    check.names = people.as_ref().map_or(known_now, |people| people.as_ref().names(letter.subject));
    check.standing = match (people, published.superseded_by) {
        (Some(_), _) if !says_so(people) => Standing::Contradicted,
        (None, _) if signed_by == SignedBy::Revoked => Standing::Unproven,
        (_, Some(_)) => Standing::Superseded,
        (_, None) => Standing::Stands,
    };
    match (view.publications.last(), &mut check.newest) {
        (Some(newest), Some(said)) if published.superseded_by.is_some() => {
            said.verified_s = report(newest).map(|people| people.as_ref().verified_s(letter.subject));
        }
        _ => check.newest = None,
    }
    check
}

/// Whether a report of this number was ever published, also if it was withdrawn since.
fn was_published(rulings: &Rulings, number: u32) -> bool {
    let mut decisions = rulings.by_id.values().flatten().map(|ruling| &ruling.value.decision);
    decisions.any(|decision| matches!(decision, Decision::Publish(publication) if publication.number == number))
}
