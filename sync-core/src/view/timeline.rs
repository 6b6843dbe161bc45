//! Everything that was recorded of one human being, and what became of each record.
//!
//! Hours name the entries that they rest on. A timeline starts from the entries, those without effect too, so that somebody
//! who asks why their hours are what they are can be answered.

use std::collections::BTreeSet;

use super::clock::CorrectedTime;
use super::ledger::Fate;
use super::{EventView, Known, Sources};
use crate::documents::log::{Method, Record};
use crate::ids::{EntryRef, Subject};
use crate::time::UnixMillis;

/// One record of a human being.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// The entry that records it.
    pub entry: EntryRef,
    /// Whom it names: one record of the human being.
    pub subject: Subject,
    /// When it was recorded, by home's clock.
    pub time: CorrectedTime,
    /// What the device took for the time of day.
    pub wall_ms: UnixMillis,
    /// What was recorded.
    pub what: Noted,
    /// The key of the site, if the record names one.
    pub site: Option<String>,
    /// How they were found at the gate, if they were.
    pub method: Option<Method>,
    /// What became of it.
    pub effect: Effect,
}

/// What a record says of a human being.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Noted {
    /// They came.
    CheckIn,
    /// They left.
    CheckOut,
    /// They were expected and did not come.
    NoShow,
    /// They were registered at a gate.
    WalkIn,
    /// They heard a briefing.
    Briefing {
        /// The edition of the text.
        version: String,
    },
    /// A guardian consented.
    GuardianConsent {
        /// The name of the guardian.
        guardian: String,
    },
    /// Something happened to them.
    Incident {
        /// What happened.
        text: String,
    },
    /// They took part in a deed of many.
    Deed {
        /// What was done.
        title: String,
    },
    /// They worked from somewhere else.
    RemoteWork {
        /// The key of the remote task.
        task: String,
    },
    /// An organizer is asked for a correction.
    Request {
        /// What is asked for.
        text: String,
    },
}

/// What became of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Enum))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// A session that counts begins with it.
    Opens,
    /// A session that counts ends with it.
    Closes,
    /// It shows a session that counts, and gives neither its beginning nor its end.
    Shows,
    /// No session rests on it.
    Unmatched,
    /// It is no check-in or check-out, and stands.
    Stands,
    /// Its device took it back.
    Undone,
    /// An organizer voided it.
    Voided,
}

/// Lists what was recorded of whoever is known as `subject`, the newest first. `view` was projected from `sources`.
#[must_use]
pub fn timeline(sources: &Sources<'_>, view: &EventView, subject: Subject) -> Vec<Step> {
    let known = Known::of(sources.event, sources.logs.clone(), sources.rulings);
    let class = known.classes.leader_of(subject);
    let places = Places::of(view, class);
    let is_theirs = |other: &Subject| known.classes.leader_of(*other) == class;
    let mut steps: Vec<Step> = Vec::new();
    for (standing, fate) in known.ledger.all() {
        let Some((subject, what)) = noted(&standing.entry.record, is_theirs) else { continue };
        let (site, method) = place(&standing.entry.record);
        let is_passage = matches!(what, Noted::CheckIn | Noted::CheckOut);
        let effect = match fate {
            Fate::Undone => Effect::Undone,
            Fate::Voided => Effect::Voided,
            Fate::Stands if is_passage => places.effect(&standing.at, &what),
            Fate::Stands => Effect::Stands,
        };
        let (time, wall_ms) = (known.clocks.time_of(&standing), standing.entry.reading.wall_ms);
        steps.push(Step { entry: standing.at, subject, time, wall_ms, what, site, method, effect });
    }
    steps.sort_by_key(|step| std::cmp::Reverse((step.time.at, step.entry)));
    steps
}

/// Where the check-ins and check-outs of a class stand among the evidence of its sessions.
#[derive(Default)]
struct Places {
    first: BTreeSet<EntryRef>,
    /// Behind the first of a session.
    later: BTreeSet<EntryRef>,
    last: BTreeSet<EntryRef>,
}

impl Places {
    fn of(view: &EventView, class: Subject) -> Self {
        let mut places = Self::default();
        // A session that another one cut stands in several parts, each with all the evidence.
        for session in view.days_of(class).iter().flat_map(|day| &day.sessions) {
            places.first.extend(session.evidence.first());
            places.later.extend(session.evidence.iter().skip(1));
            places.last.extend(session.evidence.last());
        }
        places
    }

    /// Somebody comes where a session begins and goes where it ends. What shows a session and is neither, such as a second
    /// scan, shows it.
    fn effect(&self, entry: &EntryRef, what: &Noted) -> Effect {
        match what {
            Noted::CheckIn if self.first.contains(entry) && !self.later.contains(entry) => Effect::Opens,
            Noted::CheckOut if self.last.contains(entry) => Effect::Closes,
            _ if self.first.contains(entry) || self.later.contains(entry) => Effect::Shows,
            _ => Effect::Unmatched,
        }
    }
}

/// Whom of the human being a record names, and what it says of them.
fn noted(record: &Record, is_theirs: impl Fn(&Subject) -> bool) -> Option<(Subject, Noted)> {
    let (subject, what) = match record {
        Record::CheckIn(presence) => (presence.subject, Noted::CheckIn),
        Record::CheckOut(presence) => (presence.subject, Noted::CheckOut),
        Record::NoShow(presence) => (presence.subject, Noted::NoShow),
        Record::WalkIn(walk_in) => (Subject::WalkIn(walk_in.id), Noted::WalkIn),
        Record::Briefing(briefing) => (briefing.subject, Noted::Briefing { version: briefing.version.clone() }),
        Record::GuardianConsent(consent) => {
            (consent.subject, Noted::GuardianConsent { guardian: consent.guardian.clone() })
        }
        Record::Incident(incident) => (incident.subject?, Noted::Incident { text: incident.text.clone() }),
        Record::Deed(deed) => {
            let who = deed.participants.iter().copied().find(|one| is_theirs(one))?;
            (who, Noted::Deed { title: deed.title.clone() })
        }
        Record::RemoteWork(work) => (work.subject, Noted::RemoteWork { task: work.task.clone() }),
        Record::Request(request) => (request.subject?, Noted::Request { text: request.text.clone() }),
        _ => return None,
    };
    is_theirs(&subject).then_some((subject, what))
}

fn place(record: &Record) -> (Option<String>, Option<Method>) {
    match record {
        Record::CheckIn(at) | Record::CheckOut(at) | Record::NoShow(at) => (Some(at.site.clone()), Some(at.method)),
        Record::Incident(incident) => (Some(incident.site.clone()), None),
        Record::Deed(deed) => (Some(deed.site.clone()), None),
        _ => (None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::log::{Briefing, Presence};
    use crate::documents::roster::Roster;
    use crate::documents::rulings::Decision;
    use crate::view::fixtures::{AIDA, BOLAT, GUEST, Office, Phone, event};
    use crate::view::{ClockBasis, project};

    fn presence(subject: Subject) -> Presence {
        Presence { site: "pier".to_owned(), method: Method::Search, subject }
    }

    fn told(phones: &[&Phone], office: &Office, subject: Subject) -> Vec<(EntryRef, Effect)> {
        let (event, roster) = (event(), Roster::default());
        let logs: Vec<_> = phones.iter().map(|phone| &phone.log).collect();
        let view = project(&event, &roster, &logs, &office.rulings);
        let sources = Sources { event: &event, roster: &roster, logs, rulings: &office.rulings };
        timeline(&sources, &view, subject).into_iter().map(|step| (step.entry, step.effect)).collect()
    }

    #[test]
    fn each_record_of_somebody_is_told_the_newest_first_with_what_became_of_it() {
        let mut north = Phone::anchored(1);
        let comes = north.records("18 09:00", Record::CheckIn(presence(AIDA)));
        let again = north.records("18 09:30", Record::CheckIn(presence(AIDA)));
        let other = north.records("18 09:40", Record::CheckIn(presence(BOLAT)));
        let wrong = north.records("18 09:50", Record::CheckOut(presence(AIDA)));
        north.undoes("18 09:51", wrong);
        let briefing = Briefing { subject: AIDA, version: "2".to_owned(), language: "kk".to_owned() };
        let briefed = north.records("18 10:00", Record::Briefing(briefing));
        let leaves = north.records("18 12:00", Record::CheckOut(presence(AIDA)));
        let late = north.records("18 16:00", Record::CheckIn(presence(AIDA)));
        let mut office = Office::default();
        office.rules(Decision::Void(late));
        let expected = [
            (late, Effect::Voided),
            (leaves, Effect::Closes),
            (briefed, Effect::Stands),
            (wrong, Effect::Undone),
            (again, Effect::Shows),
            (comes, Effect::Opens),
        ];
        assert_eq!(told(&[&north], &office, AIDA), expected);
        assert_eq!(told(&[&north], &office, BOLAT).iter().map(|(entry, _)| *entry).collect::<Vec<_>>(), [other]);
        assert_eq!(told(&[&north], &office, GUEST), []);
    }

    #[test]
    fn whoever_was_only_seen_leaving_closes_and_a_second_scan_shows() {
        let mut north = Phone::anchored(1);
        let leaves = north.records("18 12:00", Record::CheckOut(presence(AIDA)));
        let again = north.records("18 12:05", Record::CheckOut(presence(AIDA)));
        let comes = north.records("18 09:00", Record::CheckIn(presence(BOLAT)));
        let seen = north.records("18 09:30", Record::CheckIn(presence(BOLAT)));
        let office = Office::default();
        assert_eq!(told(&[&north], &office, AIDA), [(again, Effect::Closes), (leaves, Effect::Shows)]);
        assert_eq!(told(&[&north], &office, BOLAT), [(seen, Effect::Shows), (comes, Effect::Opens)]);
    }

    #[test]
    fn the_records_of_two_who_are_one_are_one_timeline_and_a_copy_is_told_once() {
        let mut north = Phone::anchored(1);
        let comes = north.records("18 09:00", Record::CheckIn(presence(AIDA)));
        let mut restored = north.restored();
        restored.records("18 09:00", Record::CheckIn(presence(AIDA)));
        let mut south = Phone::anchored(2);
        let leaves = south.records("18 12:00", Record::CheckOut(presence(GUEST)));
        let mut office = Office::default();
        office.rules(Decision::Same(AIDA, GUEST));
        for either in [AIDA, GUEST] {
            let expected = [(leaves, Effect::Closes), (comes, Effect::Opens)];
            assert_eq!(told(&[&north, &restored, &south], &office, either), expected);
        }
    }

    #[test]
    fn the_last_passage_of_a_date_is_known_with_its_time() {
        let mut north = Phone::anchored(1);
        north.records("18 09:00", Record::CheckIn(presence(AIDA)));
        let leaves = north.records("18 12:00", Record::CheckOut(presence(AIDA)));
        let view = project(&event(), &Roster::default(), std::slice::from_ref(&north.log), &Office::default().rulings);
        let last = view.days_of(AIDA)[0].last_seen.as_ref().unwrap();
        assert_eq!((last.entry, last.time.basis), (leaves, ClockBasis::Exact));
    }
}
