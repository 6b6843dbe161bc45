//! Finding people at a gate, and saying who they are.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use sync_core::canonical::canonical_code;
use sync_core::command::has_letters;
use sync_core::documents::log::Record;
use sync_core::documents::roster::{PersonName, found_by};
use sync_core::ids::Subject;
use sync_core::import::is_called;
use sync_core::names::{Fit, Matcher, NameKey, in_other_layouts, phones::numbers, phones::searched};
use sync_core::order::SortKey;
use sync_core::replica::Replica;
use sync_core::spoken::SpokenCode;
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
    /// By which names, the preferred spelling first, with ` / ` between them.
    pub name: String,
    spellings: Vec<String>,
    /// The folded spellings, each in every alphabet in which it can be read; folded when somebody is named first.
    keys: OnceCell<Vec<NameKey>>,
    /// Codes of every list, in their canonical form.
    codes: Vec<String>,
    /// The same as the lists write them.
    written: Vec<String>,
    about: String,
    phone: String,
}

/// Where somebody is named for whom something is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::commands) enum Naming {
    /// At a gate, where people type fast and look at whoever stands there: what was typed while another keyboard layout was
    /// on is a code or a whole name, too.
    AtGate,
    /// The same, by the last digits of a telephone number.
    ByPhone,
    /// At a desk, or in a list, where nobody stands by: no part of a telephone number is enough.
    AtDesk,
    /// In a column or an argument that is called a code: nothing else is looked for.
    ByCode,
}

/// Digits of a whole telephone number.
const WHOLE_PHONE: usize = 10;
/// So many digits are hardly meant as a code, and name somebody at a gate by the end of a telephone number.
const SURELY_PHONE: usize = 6;
/// So many people who may be meant are named.
const SUGGESTED: usize = 5;

impl Found {
    fn keys(&self) -> &[NameKey] {
        self.keys.get_or_init(|| self.spellings.iter().flat_map(|name| readings_of(name)).collect())
    }

    /// Whether one of the spellings has every word of what was said.
    fn is_named(&self, said: &[NameKey]) -> bool {
        self.keys().iter().any(|name| said.iter().any(|said| name.has_every_word_of(said)))
    }

    /// Whether a whole name was said, and it is one of the spellings.
    fn is_named_in_full(&self, said: &[NameKey]) -> bool {
        let is_it = |name: &NameKey, said: &NameKey| {
            let count = said.words().count();
            count > 1 && name.words().count() == count && name.has_every_word_of(said)
        };
        self.keys().iter().any(|name| said.iter().any(|said| is_it(name, said)))
    }

    /// Whether this is the whole name, as it is written here.
    fn is_called(&self, name: &str) -> bool {
        self.spellings.iter().any(|own| own.to_lowercase() == name)
    }
}

/// A code with a name behind it, as they stand in a list: `12 Ұлжан Әлібек`.
fn code_and_name(text: &str) -> Option<(&str, &str)> {
    let (code, name) = text.trim().split_once(char::is_whitespace)?;
    let code = code.trim_end_matches([',', ';', ':', '.', ')']);
    (code.contains(|c: char| c.is_ascii_digit()) && has_letters(name)).then_some((code, name.trim()))
}

/// The keys of a name as it is written and, where its letters could as well be Cyrillic, as those.
fn readings_of(name: &str) -> impl Iterator<Item = NameKey> + use<> {
    let in_one_piece = PersonName { family: name.to_owned(), ..PersonName::default() };
    std::iter::once(NameKey::of_text(name)).chain(NameKey::of_other_alphabet(&in_one_piece))
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
            let codes: Vec<String> = person.external_ids.into_iter().map(|id| id.value).collect();
            let about = [person.phone.as_ref(), person.organisation.as_ref(), person.team.as_ref()];
            let about = about.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", ");
            (Subject::Person(*id), person.names, codes, about, person.phone.unwrap_or_default())
        });
        let registered = view.walk_ins.iter().map(|found| {
            let about = [found.what.phone.as_deref(), found.what.organisation.as_deref()];
            let about = about.into_iter().flatten().collect::<Vec<_>>().join(", ");
            let phone = found.what.phone.clone().unwrap_or_default();
            (Subject::WalkIn(found.what.id), found.what.names.clone(), Vec::new(), about, phone)
        });
        let people = listed.chain(registered).map(|(subject, names, codes, about, phone)| {
            let spellings: Vec<String> = names.iter().map(|name| one_line(&name.to_string())).collect();
            Found {
                subject,
                label: one_line(&labels.get(subject)),
                name: spellings.join(" / "),
                spellings,
                keys: OnceCell::new(),
                codes: codes.iter().flat_map(|code| found_by(code)).map(canonical_code).collect(),
                written: codes.iter().flat_map(|code| found_by(code)).map(str::to_owned).collect(),
                about: one_line(&about),
                phone,
            }
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
                let fits = found.keys().iter().filter_map(|name| matcher.fit(name));
                Some((fits.min()?, found))
            })
            .collect();
        fits.sort_by_cached_key(|(fit, found)| {
            (!found.is_called(&wanted), *fit, SortKey::of(&found.name, language()), found.subject)
        });
        fits.into_iter().map(|(_, found)| found).collect()
    }

    /// Everybody who has this code or id, or of whom a badge says this code to speak.
    fn with_code(&self, text: &str) -> Vec<&Found> {
        let (id, code) = (text.trim().to_lowercase(), canonical_code(text));
        let has_it = |found: &&Found| found.codes.contains(&code) || found.subject.to_string() == id;
        let found: Vec<&Found> = self.people.iter().filter(has_it).collect();
        match SpokenCode::parse(text) {
            Ok(spoken) if found.is_empty() => {
                self.people.iter().filter(|found| SpokenCode::of(found.subject) == spoken).collect()
            }
            _ => found,
        }
    }

    /// Everybody whom `text` names: by a code or an id, a telephone number or its last digits, or whole words of the name.
    /// A beginning of a word finds people and names nobody, and a number is no name.
    fn named(&self, text: &str, naming: Naming) -> Vec<&Found> {
        let mut found = self.with_code(text);
        if found.is_empty() && naming == Naming::AtGate {
            // What ends a sentence is no part of a code; in the Kazakh layout it is a digit, so that is asked below.
            found = self.with_code(text.trim().trim_end_matches(['.', ',', ';', ':', '!']));
        }
        if !found.is_empty() || naming == Naming::ByCode {
            // A code that has it only by letters that look alike may have been typed in another keyboard layout.
            let is_as_written =
                |found: &&Found| found.written.iter().any(|code| code.eq_ignore_ascii_case(text.trim()));
            if naming == Naming::AtGate && !found.iter().any(is_as_written) {
                for other in in_other_layouts(text.trim()).iter().flat_map(|reading| self.with_code(reading)) {
                    if found.iter().all(|one| one.subject != other.subject) {
                        found.push(other);
                    }
                }
            }
            return found;
        }
        if let Some(digits) = searched(text.trim()) {
            let least = match naming {
                Naming::ByPhone => 0,
                Naming::AtGate => SURELY_PHONE,
                Naming::AtDesk | Naming::ByCode => WHOLE_PHONE,
            };
            return if digits.len() >= least { self.with_phone_end(&digits) } else { Vec::new() };
        }
        if let Some((code, name)) = code_and_name(text) {
            let holders = self.with_code(code);
            if !holders.is_empty() {
                let said: Vec<NameKey> = readings_of(name).collect();
                return holders.into_iter().filter(|found| found.is_named(&said)).collect();
            }
        }
        let called = |said: &str, is_so: fn(&Found, &[NameKey]) -> bool| -> Vec<&Found> {
            let said: Vec<NameKey> = readings_of(said).collect();
            self.people.iter().filter(|found| is_so(found, &said)).collect()
        };
        let found = if has_letters(text) { called(text, Found::is_named) } else { Vec::new() };
        // A number before a name is no slip of the keyboard.
        if !found.is_empty() || naming != Naming::AtGate || code_and_name(text).is_some() {
            return found;
        }
        let readings = in_other_layouts(text.trim()).into_iter().map(|reading| match self.with_code(&reading) {
            found if found.is_empty() => called(&reading, Found::is_named_in_full),
            found => found,
        });
        readings.into_iter().find(|found| !found.is_empty()).unwrap_or_default()
    }

    /// Everybody whose telephone number ends so.
    fn with_phone_end(&self, digits: &str) -> Vec<&Found> {
        let has_it = |found: &&Found| numbers(&found.phone).any(|phone| phone.ends_with(digits));
        self.people.iter().filter(has_it).collect()
    }

    /// Says why a code and a name, or a few digits, name nobody, though somebody is known by a part of it.
    fn half_named(&self, text: &str, naming: Naming) -> Option<Failure> {
        let list = |found: &[&Found]| {
            let named: Vec<String> =
                found.iter().take(SUGGESTED).map(|found| format!("{} {}", found.label, found.name)).collect();
            named.join(", ")
        };
        if let Some((code, name)) = code_and_name(text) {
            let holders = self.with_code(code);
            if holders.is_empty() {
                return None;
            }
            let who = list(&holders);
            return Some(Failure::BadInput(format!("`{code}` is {who}, and it says `{name}`: correct one of them")));
        }
        let digits = searched(text.trim()).filter(|_| naming == Naming::AtGate)?;
        let found = self.with_phone_end(&digits);
        (!found.is_empty()).then(|| {
            let who = list(&found);
            Failure::BadInput(format!(
                "`{text}` is nobody's code; a telephone number ends so, that of {who}: say the code or the name, or \
                 repeat it with --by-phone"
            ))
        })
    }

    /// Says that nobody is called so, and who may have been meant.
    fn nobody(&self, text: &str) -> Failure {
        let is_findable = has_letters(text) || searched(text.trim()).is_some();
        let likely = if is_findable { self.find(text) } else { Vec::new() };
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

    /// The one person whom `who` means. Of several whom a name can mean, none is chosen, whoever writes it to the letter:
    /// namesakes are told apart by a code.
    pub(in crate::commands) fn one(&self, who: &[String], naming: Naming) -> Result<&Found, Failure> {
        let text = who.join(" ");
        let named = self.named(&text, naming);
        let classes: BTreeSet<Subject> = named.iter().map(|found| self.view.class_of(found.subject)).collect();
        match named.as_slice() {
            [one] => Ok(one),
            // Records that are ruled to be one human being: that of the roster, if there is one.
            [first, rest @ ..] if classes.len() == 1 => {
                let is_listed = |found: &&&Found| matches!(found.subject, Subject::Person(_));
                Ok(std::iter::once(first).chain(rest).find(is_listed).unwrap_or(first))
            }
            [] => Err(self.half_named(&text, naming).unwrap_or_else(|| self.nobody(&text))),
            several => {
                let has_own_label =
                    |found: &Found| several.iter().filter(|other| other.label == found.label).count() == 1;
                for found in several.iter().take(20) {
                    let id = if has_own_label(found) { String::new() } else { format!("  [id {}]", found.subject) };
                    eprintln!("{}{id}", self.line(found));
                }
                let by = if several.iter().all(|found| has_own_label(found)) { "code" } else { "id" };
                Err(Failure::BadInput(format!("`{text}` can be {} people: name one by the {by}", several.len())))
            }
        }
    }

    /// Everybody who has this whole name, in any spelling, and whose telephone number, where both are known, is this one.
    pub(in crate::commands) fn registered_alike(&self, name: &str, phone: Option<&str>) -> Vec<&Found> {
        let said: Vec<NameKey> = readings_of(name).collect();
        // The country's own prefix may be 8 or +7.
        let end = |number: String| number[number.len().saturating_sub(WHOLE_PHONE)..].to_owned();
        let wanted: Vec<String> = phone.into_iter().flat_map(numbers).map(end).collect();
        let is_it = |found: &&Found| {
            let mut own = numbers(&found.phone).map(end).peekable();
            let may_be_reached = wanted.is_empty() || own.peek().is_none() || own.any(|own| wanted.contains(&own));
            may_be_reached && found.is_named_in_full(&said)
        };
        self.people.iter().filter(is_it).collect()
    }

    /// Refuses a name that is somebody's code, or looks like one.
    pub(in crate::commands) fn check_name_is_no_code(&self, name: &str) -> Result<(), Failure> {
        let way_out = "if somebody is really called so, say --called-so";
        if let Some(found) = self.with_code(name).first() {
            let (label, called) = (&found.label, &found.name);
            return Err(Failure::BadInput(format!(
                "`{}` is the code of {called}, who is on the list: saxaul field check-in {label}; {way_out}",
                one_line(name)
            )));
        }
        // What has no letter is no name at all, which is said of every name.
        let is_one_word = !name.trim().contains(char::is_whitespace) && name.contains(char::is_alphabetic);
        if is_one_word && name.chars().any(|c| c.is_ascii_digit()) {
            return Err(Failure::BadInput(format!(
                "`{}` looks like a code, and nobody has it: exchange first, or say the name; {way_out}",
                one_line(name)
            )));
        }
        Ok(())
    }

    /// Every spelling of somebody's name.
    pub(in crate::commands) fn names_of(&self, subject: Subject) -> Vec<&str> {
        let found = self.people.iter().find(|found| found.subject == subject);
        let names = found.iter().flat_map(|found| found.spellings.iter().map(String::as_str));
        names.filter(|name| !name.is_empty()).collect()
    }

    /// Who else is called `name`, if `subject` is not.
    pub(in crate::commands) fn another_called(&self, name: &str, subject: Subject) -> Option<String> {
        if is_called(&self.names_of(subject), name) {
            return None;
        }
        let spellings =
            |found: &Found| is_called(&found.spellings.iter().map(String::as_str).collect::<Vec<_>>(), name);
        let other = self.people.iter().filter(|found| found.subject != subject).find(|found| spellings(found));
        other.map(|other| self.who(other.subject))
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
            Record::Newer(record) => {
                let subjects: Vec<String> = record.content().subjects.iter().map(|subject| who(*subject)).collect();
                format!("Recorded by a newer version of this program: {}", subjects.join(", "))
            }
            Record::Undo(_) | Record::Anchor(_) => return None,
        })
    }
}
