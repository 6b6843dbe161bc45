//! Finding people at a gate or a desk, and saying who they are: an app's own search, in the words of the command line.

use sync_core::app::{Directory, Meant, Naming, PersonRow};
use sync_core::canonical::canonical_code;
use sync_core::documents::log::Record;
use sync_core::ids::Subject;
use sync_core::import::is_called;
use sync_core::replica::Replica;
use sync_core::view::{EventView, NoticeKind, project};

use crate::commands::{Failure, language};
use crate::print::one_line;
use crate::reports::Labels;

/// So many people who may be meant are named.
const SUGGESTED: usize = 5;
/// So many who have one name are listed.
const LISTED: usize = 20;

/// Everybody whom a replica knows, for commands that work without an app.
pub(in crate::commands) struct People {
    view: EventView,
    labels: Labels,
    directory: Directory,
}

impl People {
    pub(in crate::commands) fn of(replica: &Replica) -> Self {
        let shown = replica.shown();
        let view = project(&shown.event, &shown.roster, &shown.logs, &shown.rulings);
        let directory = Directory::of(&shown, &view);
        Self { labels: Labels::of_roster(&shown.roster), view, directory }
    }

    /// What everybody sees.
    pub(in crate::commands) const fn view(&self) -> &EventView {
        &self.view
    }

    /// How subjects are called in reports.
    pub(in crate::commands) const fn labels(&self) -> &Labels {
        &self.labels
    }

    const fn finder(&self) -> Finder<'_> {
        Finder { view: &self.view, directory: &self.directory }
    }

    /// The one record that `who` means; see [`Finder::one`].
    pub(in crate::commands) fn one(&self, who: &str, naming: Naming) -> Result<Subject, Failure> {
        Ok(self.finder().one(who, naming)?.subject)
    }

    /// See [`Finder::notices`].
    pub(in crate::commands) fn notices(&self, subject: Subject) -> Vec<String> {
        self.finder().notices(subject)
    }

    /// See [`Finder::who`].
    pub(in crate::commands) fn who(&self, subject: Subject) -> String {
        self.finder().who(subject)
    }

    /// Every spelling of somebody's name.
    pub(in crate::commands) fn names_of(&self, subject: Subject) -> Vec<String> {
        let names = self.directory.spellings_of(subject).into_iter().map(|name| one_line(&name));
        names.filter(|name| !name.is_empty()).collect()
    }

    /// Who else is called `name`, if `subject` is not.
    pub(in crate::commands) fn another_called(&self, name: &str, subject: Subject) -> Option<String> {
        let own = self.names_of(subject);
        if is_called(&own.iter().map(String::as_str).collect::<Vec<_>>(), name) {
            return None;
        }
        let mut others = self.directory.spellings().filter(|(other, _)| *other != subject);
        let other = others.find(|(_, spelling)| is_called(&[spelling.as_str()], name));
        other.map(|(other, _)| self.who(other))
    }
}

/// That somebody was withdrawn, and why.
pub(super) fn withdrawn(row: &PersonRow) -> Option<String> {
    let reason = one_line(row.withdrawn.as_deref()?);
    Some(if reason.is_empty() { "withdrawn".to_owned() } else { format!("withdrawn: {reason}") })
}

/// One record for which something is written.
pub(super) struct Found {
    pub subject: Subject,
    /// The code and every spelling of the name.
    pub line: String,
}

/// Finds people in what an app shows.
#[derive(Clone, Copy)]
pub(super) struct Finder<'a> {
    pub view: &'a EventView,
    pub directory: &'a Directory,
}

impl Finder<'_> {
    /// What the gate must know of somebody, in words.
    pub fn notices(&self, subject: Subject) -> Vec<String> {
        let notices = self.view.notices_of(subject).map(|notice| match &notice.kind {
            NoticeKind::GuardianConsentMissing => "a guardian's consent is missing".to_owned(),
            NoticeKind::MinorAtRisk { shift } => format!("may be under age, and assigned to hazardous `{shift}`"),
        });
        notices.collect()
    }

    /// The one record that `who` means. Of several whom a name can mean, none is chosen, whoever writes it to the letter:
    /// namesakes are told apart by a code.
    pub fn one(&self, who: &str, naming: Naming) -> Result<Found, Failure> {
        match self.directory.meant(who, naming, language()) {
            Meant::One { subject, .. } => Ok(Found { subject, line: self.who(subject) }),
            Meant::Several(several) => {
                // A code that is somebody's name as well means both, however often it is said.
                let has_own_code = |row: &PersonRow| {
                    canonical_code(&row.code) != canonical_code(who)
                        && several.iter().filter(|other| other.code == row.code).count() == 1
                };
                for row in several.iter().take(LISTED) {
                    let id = if has_own_code(row) { String::new() } else { format!("  [id {}]", row.subject) };
                    eprintln!("{}{id}", self.line(row));
                }
                let by = if several.iter().all(has_own_code) { "code" } else { "id" };
                Err(Failure::BadInput(format!("`{who}` can be {} people: name one by the {by}", several.len())))
            }
            Meant::AnotherName { code, name, holders } => Err(Failure::BadInput(format!(
                "`{code}` is {}, and it says `{name}`: correct one of them",
                self.suggested(&holders)
            ))),
            Meant::EndOfPhone(owners) => Err(Failure::BadInput(format!(
                "`{who}` is nobody's code; a telephone number ends so, that of {}: say the code or the name, or repeat it \
                 with --by-phone",
                self.suggested(&owners)
            ))),
            Meant::Nobody(_) if naming == Naming::ByPhone => Err(Failure::BadInput(format!(
                "no telephone number here ends in `{who}`: leave out --by-phone to say a code or a name"
            ))),
            Meant::Nobody(likely) if likely.is_empty() => Err(Failure::BadInput(format!(
                "nobody here is called `{who}`: exchange, or register them with `saxaul field walk-in`"
            ))),
            Meant::Nobody(likely) => {
                let more = likely.len().saturating_sub(SUGGESTED);
                let more = if more > 0 { format!(" or {more} more") } else { String::new() };
                let named = self.suggested(&likely);
                Err(Failure::BadInput(format!(
                    "nobody here is called `{who}`. Did you mean {named}{more}? Say the code or whole words of the name"
                )))
            }
        }
    }

    fn suggested(&self, rows: &[PersonRow]) -> String {
        let named = rows.iter().take(SUGGESTED);
        let named: Vec<String> =
            named.map(|row| format!("{} {}", one_line(&row.code), self.name_of(row.subject))).collect();
        named.join(", ")
    }

    /// Every spelling of somebody's name, the preferred one first.
    fn name_of(&self, subject: Subject) -> String {
        let spellings: Vec<String> =
            self.directory.spellings_of(subject).into_iter().map(|name| one_line(&name)).collect();
        spellings.join(" / ")
    }

    /// Refuses a name that is somebody's code, or looks like one.
    pub fn check_name_is_no_code(&self, name: &str) -> Result<(), Failure> {
        let way_out = "if somebody is really called so, say --called-so";
        if let Some(row) = self.directory.having_code(name).first() {
            let (code, called) = (one_line(&row.code), self.name_of(row.subject));
            return Err(Failure::BadInput(format!(
                "`{}` is the code of {called}, who is on the list: saxaul field check-in {code}; {way_out}",
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

    /// Somebody with what a gate sees of them.
    pub fn line(&self, row: &PersonRow) -> String {
        let about = [row.phone.as_deref(), row.organisation.as_deref(), row.team.as_deref()];
        let about = one_line(&about.into_iter().flatten().collect::<Vec<_>>().join(", "));
        let inside = row.inside_at.as_deref().map(|site| format!("  [in at {}]", one_line(site))).unwrap_or_default();
        let notices: String = self.notices(row.subject).iter().map(|notice| format!("  [{notice}]")).collect();
        let withdrawn = withdrawn(row).map(|why| format!("  [{why}]")).unwrap_or_default();
        format!("{:<18} {}  {about}{withdrawn}{inside}{notices}", one_line(&row.code), self.name_of(row.subject))
    }

    /// Somebody's code and name, as far as they are known.
    pub fn who(&self, subject: Subject) -> String {
        let (code, name) = (one_line(&self.directory.code_of(subject)), self.name_of(subject));
        if name.is_empty() { code } else { format!("{code}  {name}") }
    }

    /// What a record says, in words; `None` for what no person made.
    pub fn describe(&self, record: &Record) -> Option<String> {
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
