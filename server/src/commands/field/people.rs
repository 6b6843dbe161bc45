//! Finding people at a gate, and saying who they are.

use sync_core::canonical::canonical_code;
use sync_core::command::has_letters;
use sync_core::documents::log::Record;
use sync_core::documents::roster::found_by;
use sync_core::ids::Subject;
use sync_core::names::{Fit, Matcher, NameKey, in_other_layouts, phones::numbers, phones::searched};
use sync_core::order::SortKey;
use sync_core::replica::Replica;
use sync_core::view::{EventView, NoticeKind, inside_now, project};

use crate::commands::{Failure, language};
use crate::print::one_line;
use crate::reports::Labels;

/// Somebody who was found.
pub(in crate::commands) struct Found {
    /// Who.
    pub subject: Subject,
    /// By which code.
    pub label: String,
    /// By which name.
    pub name: String,
    about: String,
    phone: String,
}

/// Where somebody is named for whom something is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::commands) enum Naming {
    /// At a gate, where people type fast and look at whoever stands there: what was typed while another keyboard layout was
    /// on is a code or a whole name, too.
    AtGate,
    /// At a desk, as it is typed.
    AtDesk,
    /// In a list that nobody looks at line by line: no part of a telephone number is enough.
    InList,
}

/// Digits of a whole telephone number.
const WHOLE_PHONE: usize = 10;
/// So many people who may be meant are named.
const SUGGESTED: usize = 5;

impl Found {
    /// Whether one of the spellings has every word of `said`.
    fn is_named(&self, said: &NameKey) -> bool {
        self.name.split(" / ").any(|name| NameKey::of_text(name).has_every_word_of(said))
    }

    /// Whether `said` is a whole name, and one of the spellings.
    fn is_named_in_full(&self, said: &NameKey) -> bool {
        let count = said.words().count();
        let mut keys = self.name.split(" / ").map(NameKey::of_text);
        count > 1 && keys.any(|name| name.words().count() == count && name.has_every_word_of(said))
    }

    /// Whether this is the whole name, as it is written here.
    fn is_called(&self, name: &str) -> bool {
        let name = name.trim().to_lowercase();
        self.name.split(" / ").any(|own| own.to_lowercase() == name)
    }
}

/// Everybody whom a replica knows.
pub(in crate::commands) struct People {
    view: EventView,
    labels: Labels,
    people: Vec<Found>,
}

impl People {
    pub(in crate::commands) fn of(replica: &Replica) -> Self {
        let shown = replica.shown();
        let view = project(&shown.event, &shown.roster, &shown.logs, &shown.rulings);
        let labels = Labels::of_roster(&shown.roster);
        let listed = shown.roster.people.iter().map(|(id, record)| {
            let person = record.person();
            let names = person.names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" / ");
            let phone = person.phone.clone().unwrap_or_default();
            let about = [person.phone, person.organisation, person.team].into_iter().flatten();
            (Subject::Person(*id), one_line(&names), one_line(&about.collect::<Vec<_>>().join(", ")), phone)
        });
        let registered = view.walk_ins.iter().map(|found| {
            let names = found.what.names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" / ");
            let about = [found.what.phone.clone(), found.what.organisation.clone()].into_iter().flatten();
            let phone = found.what.phone.clone().unwrap_or_default();
            (Subject::WalkIn(found.what.id), one_line(&names), one_line(&about.collect::<Vec<_>>().join(", ")), phone)
        });
        let people = listed.chain(registered).map(|(subject, name, about, phone)| Found {
            subject,
            label: one_line(&labels.get(subject)),
            name,
            about,
            phone,
        });
        let people = people.collect();
        Self { view, labels, people }
    }

    /// What everybody sees.
    pub(in crate::commands) const fn view(&self) -> &EventView {
        &self.view
    }

    /// How subjects are called in reports.
    pub(in crate::commands) const fn labels(&self) -> &Labels {
        &self.labels
    }

    /// What the gate must know of somebody, in words.
    pub(in crate::commands) fn notices(&self, subject: Subject) -> Vec<String> {
        let notices = self.view.notices_of(subject).map(|notice| match &notice.kind {
            NoticeKind::GuardianConsentMissing => "a guardian's consent is missing".to_owned(),
            NoticeKind::MinorAtRisk { shift } => format!("may be under age, and assigned to hazardous `{shift}`"),
        });
        notices.collect()
    }

    /// Everybody whom `text` may mean, the best first. Where that is nobody, it may have been typed while another keyboard
    /// layout was on.
    pub(in crate::commands) fn find(&self, text: &str) -> Vec<&Found> {
        let readings = std::iter::once(text.to_owned()).chain(in_other_layouts(text.trim()));
        readings.map(|reading| self.find_as_typed(&reading)).find(|found| !found.is_empty()).unwrap_or_default()
    }

    fn find_as_typed(&self, text: &str) -> Vec<&Found> {
        let wanted = text.trim().to_lowercase();
        let exact = self.with_code(text);
        if !exact.is_empty() {
            return exact;
        }
        if let Some(digits) = searched(&wanted) {
            let has_it = |found: &&Found| numbers(&found.phone).any(|phone| phone.contains(&digits));
            return self.people.iter().filter(has_it).collect();
        }
        let matcher = Matcher::new(text);
        let mut fits: Vec<(Fit, &Found)> = self
            .people
            .iter()
            .filter_map(|found| {
                let names = found.name.split(" / ").filter_map(|name| matcher.fit(&NameKey::of_text(name)));
                Some((names.min()?, found))
            })
            .collect();
        fits.sort_by_cached_key(|(fit, found)| {
            (!found.is_called(&wanted), *fit, SortKey::of(&found.name, language()), found.subject)
        });
        fits.into_iter().map(|(_, found)| found).collect()
    }

    /// Everybody who has this code or id.
    fn with_code(&self, text: &str) -> Vec<&Found> {
        let (id, code) = (text.trim().to_lowercase(), canonical_code(text));
        let has_it = |found: &&Found| {
            found_by(&found.label).any(|known| canonical_code(known) == code) || found.subject.to_string() == id
        };
        self.people.iter().filter(has_it).collect()
    }

    /// Everybody whom `text` names: by a code or an id, a telephone number or its last digits, or whole words of the name.
    /// A beginning of a word finds people and names nobody, and a number is no name.
    fn named(&self, text: &str, naming: Naming) -> Vec<&Found> {
        let found = self.with_code(text);
        if !found.is_empty() {
            return found;
        }
        if let Some(digits) = searched(text.trim()) {
            let is_enough = naming != Naming::InList || digits.len() >= WHOLE_PHONE;
            let has_it = |found: &&Found| is_enough && numbers(&found.phone).any(|phone| phone.ends_with(&digits));
            return self.people.iter().filter(has_it).collect();
        }
        let called = |said: &NameKey, is_so: fn(&Found, &NameKey) -> bool| -> Vec<&Found> {
            self.people.iter().filter(|found| is_so(found, said)).collect()
        };
        let found = if has_letters(text) { called(&NameKey::of_text(text), Found::is_named) } else { Vec::new() };
        if !found.is_empty() || naming != Naming::AtGate {
            return found;
        }
        let readings = in_other_layouts(text.trim()).into_iter().map(|reading| match self.with_code(&reading) {
            found if found.is_empty() => called(&NameKey::of_text(&reading), Found::is_named_in_full),
            found => found,
        });
        readings.into_iter().find(|found| !found.is_empty()).unwrap_or_default()
    }

    /// Says that nobody is called so, and who may have been meant.
    fn nobody(&self, text: &str) -> Failure {
        let likely = if has_letters(text) { self.find(text) } else { Vec::new() };
        let named: Vec<String> =
            likely.iter().take(SUGGESTED).map(|found| format!("{} {}", found.label, found.name)).collect();
        let more = likely.len().saturating_sub(SUGGESTED);
        let more = if more > 0 { format!(" or {more} more") } else { String::new() };
        Failure::BadInput(if named.is_empty() {
            format!("nobody here is called `{text}`: exchange, or register them with `saxaul field walk-in`")
        } else {
            format!(
                "nobody here is called `{text}`. Did you mean {}{more}? Say the code or whole words of the name",
                named.join(", ")
            )
        })
    }

    /// The one person whom `who` means. Of several, the one who is called exactly so; but one word, such as a family name,
    /// means everybody who has it.
    pub(in crate::commands) fn one(&self, who: &[String], naming: Naming) -> Result<&Found, Failure> {
        let text = who.join(" ");
        let found = self.named(&text, naming);
        let is_whole_name = text.split_whitespace().nth(1).is_some();
        let mut called_so = found.iter().filter(|found| is_whole_name && found.is_called(&text));
        if let (Some(one), None) = (called_so.next(), called_so.next()) {
            return Ok(one);
        }
        match found.as_slice() {
            [one] => Ok(one),
            [] => Err(self.nobody(&text)),
            several => {
                several.iter().take(20).for_each(|found| eprintln!("{}", self.line(found)));
                Err(Failure::BadInput(format!("`{text}` can be {} people: name one by the code", several.len())))
            }
        }
    }

    /// Every spelling of somebody's name.
    pub(in crate::commands) fn names_of(&self, subject: Subject) -> Vec<&str> {
        let found = self.people.iter().find(|found| found.subject == subject);
        found.map(|found| found.name.split(" / ").filter(|name| !name.is_empty()).collect()).unwrap_or_default()
    }

    pub(in crate::commands) fn line(&self, found: &Found) -> String {
        let inside = inside_now(self.view.days_of(found.subject));
        let inside = inside.map(|inside| format!("  [in at {}]", one_line(&inside.site))).unwrap_or_default();
        let notices: String = self.notices(found.subject).iter().map(|notice| format!("  [{notice}]")).collect();
        format!("{:<18} {}  {}{inside}{notices}", found.label, found.name, found.about)
    }

    /// Somebody's code and name, as far as they are known.
    pub(in crate::commands) fn who(&self, subject: Subject) -> String {
        let found = self.people.iter().find(|found| found.subject == subject);
        found.map_or_else(|| one_line(&self.labels.get(subject)), |found| format!("{}  {}", found.label, found.name))
    }

    /// What a record says, in words; `None` for what no person made.
    pub(in crate::commands) fn describe(&self, record: &Record) -> Option<String> {
        let who = |subject: Subject| self.who(subject);
        Some(match record {
            Record::CheckIn(presence) => {
                format!("Check-in of {} at {}", who(presence.subject), one_line(&presence.site))
            }
            Record::CheckOut(presence) => {
                format!("Check-out of {} at {}", who(presence.subject), one_line(&presence.site))
            }
            Record::NoShow(presence) => format!("Absence of {} at {}", who(presence.subject), one_line(&presence.site)),
            Record::WalkIn(walk_in) => format!("Registration of {}", who(Subject::WalkIn(walk_in.id))),
            Record::LitterCard(card) => format!("Litter card of {}", one_line(&card.site)),
            Record::PlantingCard(card) => format!("Planting card of {}", one_line(&card.site)),
            Record::Incident(incident) => format!("Incident at {}", one_line(&incident.site)),
            Record::Briefing(briefing) => format!("Briefing of {}", who(briefing.subject)),
            Record::Deed(deed) => format!("Deed `{}`", one_line(&deed.title)),
            Record::RemoteWork(work) => format!("Remote work of {}", who(work.subject)),
            Record::Request(request) => format!("Request `{}`", one_line(&request.text)),
            Record::GuardianConsent(consent) => format!("Guardian's consent for {}", who(consent.subject)),
            Record::Undo(_) | Record::Anchor(_) => return None,
        })
    }
}
