//! Reports as they are published: what they say, what the next one says differently.

use std::collections::BTreeMap;

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use super::dates::as_text;
use super::letter_texts::{LetterText, LetterTexts, TextChange};
use super::{EventView, Published, Sources};
use crate::documents::rulings::{Decision, Headline, Publication, ReportDigest, RulesEdition, Ruling};
use crate::documents::state::{NotHere, Past};
use crate::documents::{Documents, encode};
use crate::ids::{ChangeHash, RulingId, SharedDocument, Subject, tagged_hash};
use crate::time::day_of_date;

/// So many logs stand in the ruling that publishes, and in each that follows it: the size of a ruling is bounded.
const LOGS_PER_RULING: usize = 100;
/// So many changes of the three states stand in the ruling that publishes.
const HEADS_BESIDE_LOGS: usize = 40;
/// So many stand in each ruling that follows it.
const HEADS_PER_RULING: usize = 150;

/// Why nothing was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// Nobody came, nothing was granted and nothing was counted.
    #[error("there is nothing to publish: nobody came, and nothing was counted")]
    NothingToPublish,
    /// The newest report says the same, and its letters print the same.
    #[error("v{number} says the same: there is nothing new to publish")]
    NothingNew {
        /// The number of the newest report.
        number: u32,
    },
}

/// Why a published report cannot be computed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// Something that it rests on is not here.
    #[error(transparent)]
    NotHere(#[from] NotHere),
    /// It was computed by another edition of the rules than this program's, an earlier or a later one.
    #[error("v{number} was computed by edition {edition} of the rules; its rows cannot be computed again")]
    OtherRules {
        /// The number of the report.
        number: u32,
        /// The edition of the rules by which it was computed.
        edition: RulesEdition,
    },
    /// What it rests on is here, and says something else: whoever published it computed wrongly, or lied.
    #[error("what v{number} rests on does not say what was published")]
    Differs {
        /// The number of the report.
        number: u32,
    },
}

/// One row of a report: a human being on a date.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
pub struct ReportRow {
    /// The human being, known by the leader of their class.
    pub class: Subject,
    /// The date, in the event's time zone.
    #[serde(serialize_with = "as_text")]
    pub date: Date,
    /// Time between check-ins and check-outs.
    pub observed_ms: u64,
    /// Time with one end taken from the opening hours.
    pub imputed_ms: u64,
    /// Time that organizers granted.
    pub manual_ms: u64,
    /// Observed and manual time, and confirmed imputed time.
    pub verified_ms: u64,
}

/// A row that two reports do not share.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
pub struct RowChange {
    /// The row of the earlier report; `None` if it has none.
    pub before: Option<ReportRow>,
    /// The row of the later report; `None` if it has none.
    pub after: Option<ReportRow>,
}

/// What one report says that an earlier one did not.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Difference {
    /// The earlier in sum.
    pub before: Headline,
    /// The later in sum.
    pub after: Headline,
    /// By person and date; empty where one of the two cannot be computed any more.
    pub rows: Vec<RowChange>,
    /// Names and other texts of letters; empty where one of the two cannot be computed any more.
    pub texts: Vec<TextChange>,
    /// Whether only the sums are compared, because one of the two cannot be computed any more.
    pub sums_only: bool,
}

/// All that one report says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// The hours and sums.
    pub view: EventView,
    /// What letters print beside hours.
    pub texts: LetterTexts,
}

impl Report {
    /// What a report of these documents says; `view` is their projection.
    #[must_use]
    pub fn of(sources: &Sources<'_>, view: EventView) -> Self {
        Self { texts: LetterTexts::of(sources, &view), view }
    }

    /// What a report says before anything is known.
    #[must_use]
    pub fn nothing() -> Self {
        let past = Past::default();
        let sources = Sources::of_past(&past);
        Self::of(&sources, sources.view())
    }
}

/// A report that is compared with another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reported {
    /// It was computed again.
    Whole(Box<Report>),
    /// It cannot be computed any more, and why; what it said in sum was kept.
    Sums(Headline, ReportError),
}

impl Reported {
    /// A published report: computed again where that can be done, otherwise what was kept of it.
    #[must_use]
    pub fn of(documents: &Documents, published: &Published) -> Self {
        match report_as_published(documents, published) {
            Ok(report) => Self::Whole(Box::new(report)),
            Err(error) => Self::Sums(published.publication.headline, error),
        }
    }

    fn headline(&self) -> Headline {
        match self {
            Self::Whole(report) => report.view.headline(),
            Self::Sums(headline, _) => *headline,
        }
    }
}

/// What `after` says that `before` did not: by person and date, or in sum where one of them cannot be computed any more.
#[must_use]
pub fn compare(before: &Reported, after: &Reported) -> Difference {
    match (before, after) {
        (Reported::Whole(before), Reported::Whole(after)) => {
            let texts = before.texts.changes_to(&after.texts);
            Difference { texts, ..difference(&before.view, &after.view) }
        }
        _ => Difference {
            before: before.headline(),
            after: after.headline(),
            rows: Vec::new(),
            texts: Vec::new(),
            sums_only: true,
        },
    }
}

impl EventView {
    /// The rows of a report, by person and date.
    pub fn report_rows(&self) -> impl Iterator<Item = ReportRow> {
        self.days.iter().map(|day| ReportRow {
            class: day.class,
            date: day.date,
            observed_ms: day.observed_ms,
            imputed_ms: day.imputed_ms,
            manual_ms: day.manual_ms,
            verified_ms: day.verified_ms,
        })
    }

    /// Tells whether a report of this view says what was published then.
    #[must_use]
    pub fn says(&self, published: &Published) -> bool {
        self.report_digest() == published.publication.digest
    }

    /// A report in a few figures.
    #[must_use]
    pub const fn headline(&self) -> Headline {
        let totals = &self.totals;
        let figures = &totals.figures;
        Headline {
            people: totals.people,
            observed_ms: figures.observed_ms,
            imputed_ms: figures.imputed_ms,
            manual_ms: figures.manual_ms,
            verified_ms: figures.verified_ms,
            bags: figures.bags,
            grams: figures.grams,
            litres: figures.litres,
            seedlings: figures.seedlings,
            square_metres: figures.square_metres,
            deeds: figures.deeds,
        }
    }

    /// Stands for everything that a report says.
    #[must_use]
    pub fn report_digest(&self) -> ReportDigest {
        let mut hash = Sha256::new();
        hash.update(b"saxaul/report\0");
        for row in self.report_rows() {
            let figures = (row.observed_ms, row.imputed_ms, row.manual_ms, row.verified_ms);
            hash.update(encode(&(row.class, day_of_date(row.date), figures)));
        }
        let totals = &self.totals;
        hash.update(encode(&(self.headline(), totals.figures.metres, totals.deed_people, &totals.figures.items)));
        ReportDigest(hash.finalize().into())
    }
}

/// Plans the rulings that publish what `documents` say now, under `id`; drafts that are not sealed are left out.
///
/// # Errors
/// See [`PublishError`].
pub fn plan_publication(
    documents: &Documents,
    id: RulingId,
    note: &str,
) -> Result<Vec<(RulingId, Ruling)>, PublishError> {
    let sources = Sources::of(documents);
    let view = sources.view();
    if view.headline() == Headline::default() && view.days.is_empty() {
        return Err(PublishError::NothingToPublish);
    }
    let digest = view.report_digest();
    // What cannot be computed again, as after an erasure, has the texts of today, also on its letters.
    let prints_the_same = |newest: &Published| match report_as_published(documents, newest) {
        Ok(report) => report.texts.changes_to(&LetterTexts::of(&sources, &view)).is_empty(),
        Err(_) => true,
    };
    let says_the_same = |newest: &Published| {
        let Publication { digest: published, edition, .. } = newest.publication;
        published == digest && edition == RulesEdition::CURRENT && prints_the_same(newest)
    };
    if let Some(newest) = view.publications.last().filter(|newest| says_the_same(newest)) {
        return Err(PublishError::NothingNew { number: newest.publication.number });
    }
    let mut marks = documents.log_marks();
    let log_count = u32::try_from(marks.len()).unwrap_or(u32::MAX);
    let more = marks.split_off(marks.len().min(LOGS_PER_RULING));
    let heads = Heads::of(documents);
    let head_count = u32::try_from(heads.0.len()).ok().filter(|_| heads.0.len() > HEADS_BESIDE_LOGS);
    let (first, more_heads) = heads.0.split_at(heads.0.len().min(HEADS_BESIDE_LOGS));
    let [event, roster, ruled] = by_document(first);
    let publication = Publication {
        number: last_number(documents).saturating_add(1),
        event,
        roster,
        rulings: ruled,
        logs: marks,
        log_count,
        digest,
        headline: view.headline(),
        head_count,
        edition: RulesEdition::CURRENT,
    };
    let mut rulings = vec![(id, Ruling { decision: Decision::Publish(publication), reason: note.to_owned() })];
    let logs =
        more.chunks(LOGS_PER_RULING).map(|logs| Decision::PublishedLogs { publication: id, logs: logs.to_vec() });
    let heads = more_heads.chunks(HEADS_PER_RULING).map(|heads| {
        let [event, roster, rulings] = by_document(heads);
        Decision::PublishedHeads { publication: id, event, roster, rulings }
    });
    for (part, decision) in logs.chain(heads).enumerate() {
        rulings.push((part_id(id, part), Ruling { decision, reason: String::new() }));
    }
    Ok(rulings)
}

/// The newest changes of the event document, the roster and the rulings, each with the number of its document.
struct Heads(Vec<(usize, ChangeHash)>);

impl Heads {
    fn of(documents: &Documents) -> Self {
        let all = [SharedDocument::Event, SharedDocument::Roster, SharedDocument::Rulings];
        let heads = all.iter().enumerate().map(|(at, document)| (at, documents.heads(*document)));
        Self(heads.flat_map(|(at, heads)| heads.into_iter().map(move |head| (at, head))).collect())
    }
}

fn by_document(heads: &[(usize, ChangeHash)]) -> [Vec<ChangeHash>; 3] {
    std::array::from_fn(|document| heads.iter().filter(|(at, _)| *at == document).map(|(_, head)| *head).collect())
}

fn part_id(id: RulingId, part: usize) -> RulingId {
    let hash = tagged_hash("saxaul/publication", &[&id.0, &(part as u64).to_be_bytes()]);
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    RulingId(first)
}

/// The greatest number that was ever given, also to a report that was retracted.
fn last_number(documents: &Documents) -> u32 {
    let all = documents.rulings().by_id.values().flatten();
    let numbers = all.filter_map(|ruling| match &ruling.value.decision {
        Decision::Publish(publication) => Some(publication.number),
        _ => None,
    });
    numbers.max().unwrap_or_default()
}

/// Computes a published report again, from what it rests on, and checks that it says what was published.
///
/// # Errors
/// See [`ReportError`].
pub fn view_as_published(documents: &Documents, published: &Published) -> Result<EventView, ReportError> {
    Ok(past_and_view(documents, published)?.1)
}

/// A published report, with the texts of its letters.
///
/// # Errors
/// See [`ReportError`].
pub fn report_as_published(documents: &Documents, published: &Published) -> Result<Report, ReportError> {
    let (past, view) = past_and_view(documents, published)?;
    Ok(Report::of(&Sources::of_past(&past), view))
}

fn past_and_view(documents: &Documents, published: &Published) -> Result<(Past, EventView), ReportError> {
    if !published.complete {
        return Err(NotHere.into());
    }
    let past = documents.as_published(&published.publication)?;
    let view = Sources::of_past(&past).view();
    let Publication { number, edition, digest, .. } = published.publication;
    match view.report_digest() == digest {
        true => Ok((past, view)),
        false if edition == RulesEdition::CURRENT => Err(ReportError::Differs { number }),
        false => Err(ReportError::OtherRules { number, edition }),
    }
}

/// What `after` says of hours that `before` did not.
#[must_use]
pub fn difference(before: &EventView, after: &EventView) -> Difference {
    let by_key = |view: &EventView| -> BTreeMap<(Subject, Date), ReportRow> {
        view.report_rows().map(|row| ((row.class, row.date), row)).collect()
    };
    let (earlier, mut later) = (by_key(before), by_key(after));
    let mut rows = BTreeMap::new();
    for (key, row) in earlier {
        let now = later.remove(&key);
        if now != Some(row) {
            rows.insert(key, RowChange { before: Some(row), after: now });
        }
    }
    rows.extend(later.into_iter().map(|(key, row)| (key, RowChange { before: None, after: Some(row) })));
    Difference {
        before: before.headline(),
        after: after.headline(),
        rows: rows.into_values().collect(),
        texts: Vec::new(),
        sums_only: false,
    }
}

impl Difference {
    /// People and verified milliseconds that were added, or taken away.
    #[must_use]
    pub fn growth(&self) -> (i64, i64) {
        let change = |after: u64, before: u64| after.cast_signed().wrapping_sub(before.cast_signed());
        (change(self.after.people, self.before.people), change(self.after.verified_ms, self.before.verified_ms))
    }
}

/// As it is announced: `+3 people, +11.5 h, 1 name changed`.
impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (people, ms) = self.growth();
        let tenths = ms / 360_000;
        let sign = if ms < 0 { '-' } else { '+' };
        let (hours, tenth) = (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10);
        write!(f, "{people:+} people, {sign}{hours}.{tenth} h")?;
        let names = self.texts.iter().filter(|change| change.text == LetterText::Names).count();
        let others = self.texts.len() - names;
        match (names, others) {
            (0, 0) => Ok(()),
            (1, 0) => f.write_str(", 1 name changed"),
            (names, 0) => write!(f, ", {names} names changed"),
            (0, 1) => f.write_str(", 1 text changed"),
            (0, others) => write!(f, ", {others} texts changed"),
            (names, others) => write!(f, ", {} names and texts changed", names + others),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::fixtures::{AIDA, BOLAT, Office, Phone, seen, view};

    #[test]
    fn late_data_is_announced_as_people_and_hours_with_the_rows_that_changed() {
        let (mut north, mut late) = (Phone::anchored(1), Phone::anchored(2));
        north.checks_in("18 09:00", AIDA);
        north.checks_out("18 10:00", AIDA);
        let before = seen(&[&north]);
        late.checks_in("18 09:00", BOLAT);
        late.checks_out("18 11:30", BOLAT);
        let mut office = Office::default();
        office.grants(AIDA, "18 12:00", "18 21:00");
        let after = view(&[&north, &late], &office);
        let difference = difference(&before, &after);
        assert_eq!(difference.to_string(), "+1 people, +11.5 h");
        let changed: Vec<_> =
            difference.rows.iter().map(|row| (row.after.map(|row| row.class), row.before.is_some())).collect();
        assert_eq!(changed, [(Some(AIDA), true), (Some(BOLAT), false)]);
        assert_eq!(super::difference(&after, &before).to_string(), "-1 people, -11.5 h");
        assert_eq!(super::difference(&after, &after).rows, []);
        assert_ne!(before.report_digest(), after.report_digest());
    }
}
