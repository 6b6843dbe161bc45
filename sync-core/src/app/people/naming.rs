//! Who is meant by what somebody said, where something is written for exactly one human being.
//!
//! A search shows everybody who may be meant, and a person chooses. Where nobody chooses, as at a command line or in a list, a
//! beginning of a word or a few digits name nobody, and of several who have a name none is taken.

use super::finding::Found;
use super::{Directory, Listed, PersonRow, Spelling};
use crate::canonical::{canonical_code, is_dash};
use crate::command::has_letters;
use crate::documents::roster::PersonName;
use crate::ids::Subject;
use crate::names::{NameKey, in_other_layouts, phones::numbers, phones::searched};
use crate::spoken::SpokenCode;
use crate::words::Language;

/// Where somebody is named for whom something is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Naming {
    /// At a gate, where people type fast and look at whoever stands there: what was typed while another keyboard layout was
    /// on is a code or a whole name, too.
    AtGate,
    /// At a gate, by the last digits of a telephone number and by nothing else.
    ByPhone,
    /// At a desk, or in a list, where nobody stands by: no part of a telephone number is enough.
    AtDesk,
    /// In a column or an argument that is called a code: nothing else is looked for.
    ByCode,
}

/// Whom a text means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Meant {
    /// Exactly one human being.
    One {
        /// The record that was named: the one with the code that was said, or that by which the human being is known.
        subject: Subject,
        /// The human being.
        row: Box<PersonRow>,
    },
    /// Several human beings, who must be told apart by a code or an id.
    Several(Vec<PersonRow>),
    /// The text is a code and a name, and whoever has the code does not have the name.
    AnotherName {
        /// The code, as it was said.
        code: String,
        /// The name, as it was said.
        name: String,
        /// Everybody who has the code.
        holders: Vec<PersonRow>,
    },
    /// The text is nobody's code, and the end of these people's telephone numbers: too few digits to name somebody.
    EndOfPhone(Vec<PersonRow>),
    /// Nobody. These may have been meant, the best first.
    Nobody(Vec<PersonRow>),
}

/// Digits of a whole telephone number.
const WHOLE_PHONE: usize = 10;
/// So many digits are hardly meant as a code, and name somebody at a gate by the end of a telephone number.
const SURELY_PHONE: usize = 6;

/// A code with a name behind it, as they stand in a list: `12 Ұлжан Әлібек`.
fn code_and_name(text: &str) -> Option<(&str, &str)> {
    let (code, name) = text.trim().split_once(char::is_whitespace)?;
    let code = code.trim_end_matches([',', ';', ':', '.', ')']);
    (code.contains(|c: char| c.is_ascii_digit()) && has_letters(name)).then_some((code, name.trim()))
}

/// Whether a code could be a name as well: it is of letters alone.
pub(super) fn may_be_a_name(code: &str) -> bool {
    let is_of_a_name = |c: char| c.is_alphabetic() || c.is_whitespace() || is_dash(c) || matches!(c, '.' | '\'' | '’');
    has_letters(code) && code.chars().all(is_of_a_name)
}

/// The keys of a name as it is written and, where its letters could as well be Cyrillic, as those.
fn readings_of(name: &str) -> Vec<NameKey> {
    let in_one_piece = PersonName { family: name.to_owned(), ..PersonName::default() };
    std::iter::once(NameKey::of_text(name)).chain(NameKey::of_other_alphabet(&in_one_piece)).collect()
}

/// Whether one of the spellings has every word of what was said.
fn is_named(own: &[NameKey], said: &[NameKey]) -> bool {
    own.iter().any(|name| said.iter().any(|said| name.has_every_word_of(said)))
}

/// Whether a whole name was said, and it is one of the spellings.
fn is_named_in_full(own: &[NameKey], said: &[NameKey]) -> bool {
    let is_it = |name: &NameKey, said: &NameKey| {
        let count = said.words().count();
        count > 1 && name.words().count() == count && name.has_every_word_of(said)
    };
    own.iter().any(|name| said.iter().any(|said| is_it(name, said)))
}

fn rows(found: Vec<&Listed>) -> Vec<PersonRow> {
    found.into_iter().map(|listed| listed.shown(None)).collect()
}

impl Directory {
    /// Whom `text` means. Of several who have a name none is chosen, whoever writes it to the letter: namesakes are told apart
    /// by a code.
    #[must_use]
    pub fn meant(&self, text: &str, naming: Naming, language: Language) -> Meant {
        let named = self.named(text, naming);
        match named.as_slice() {
            [one] => Meant::One { subject: one.record_named(text), row: Box::new(one.shown(None)) },
            [] => self.half_named(text, naming).unwrap_or_else(|| {
                let is_findable = has_letters(text) || searched(text.trim()).is_some();
                let alike = || self.find(text.trim(), language).iter().map(Found::row).collect();
                Meant::Nobody(if is_findable { alike() } else { Vec::new() })
            }),
            _ => Meant::Several(rows(named)),
        }
    }

    /// Everybody who has this code or id, or of whom a badge says this code to speak.
    #[must_use]
    pub fn having_code(&self, text: &str) -> Vec<PersonRow> {
        rows(self.with_code(text))
    }

    pub(super) fn with_code(&self, text: &str) -> Vec<&Listed> {
        let code = canonical_code(text);
        let found: Vec<&Listed> = self.people.iter().filter(|listed| listed.having(&code).is_some()).collect();
        match SpokenCode::parse(text) {
            Ok(spoken) if found.is_empty() => {
                self.people.iter().filter(|listed| listed.speaking(spoken).is_some()).collect()
            }
            _ => found,
        }
    }

    /// Everybody whose telephone number ends so.
    fn with_phone_end(&self, digits: &str) -> Vec<&Listed> {
        self.people.iter().filter(|listed| listed.digits.iter().any(|phone| phone.ends_with(digits))).collect()
    }

    fn called(&self, said: &str, is_so: fn(&[NameKey], &[NameKey]) -> bool) -> Vec<&Listed> {
        let said = readings_of(said);
        let everybody = self.people.iter().zip(self.readings());
        everybody.filter(|(_, own)| is_so(own, &said)).map(|(listed, _)| listed).collect()
    }

    /// Every spelling of everybody, each in every alphabet in which it can be read.
    fn readings(&self) -> &[Vec<NameKey>] {
        let of_one = |listed: &Listed| {
            let spellings = listed.spellings.iter();
            spellings.flat_map(|spelling| readings_of(&spelling.text())).collect()
        };
        self.readings.get_or_init(|| self.people.iter().map(of_one).collect())
    }

    /// Everybody whom `text` names: by a code or an id, a telephone number or its last digits, or whole words of the name.
    fn named(&self, text: &str, naming: Naming) -> Vec<&Listed> {
        if naming == Naming::ByPhone {
            return searched(text.trim()).map_or_else(Vec::new, |digits| self.with_phone_end(&digits));
        }
        let mut found = self.with_code(text);
        if found.is_empty() && naming == Naming::AtGate {
            // What ends a sentence is no part of a code; in the Kazakh layout it is a digit, so that is asked below.
            found = self.with_code(text.trim().trim_end_matches(['.', ',', ';', ':', '!']));
        }
        if !found.is_empty() || naming == Naming::ByCode {
            if naming == Naming::AtGate {
                self.add_of_other_layouts(text.trim(), &mut found);
            }
            if naming != Naming::ByCode && may_be_a_name(text) {
                self.add_of_this_name(text, &mut found);
            }
            return found;
        }
        if let Some(digits) = searched(text.trim()) {
            let least = if naming == Naming::AtGate { SURELY_PHONE } else { WHOLE_PHONE };
            return if digits.len() >= least { self.with_phone_end(&digits) } else { Vec::new() };
        }
        if let Some((code, name)) = code_and_name(text) {
            let holders = self.with_code(code);
            if !holders.is_empty() {
                let called = self.called(name, is_named);
                return holders
                    .into_iter()
                    .filter(|holder| called.iter().any(|one| one.row.subject == holder.row.subject))
                    .collect();
            }
        }
        let found = if has_letters(text) { self.called(text, is_named) } else { Vec::new() };
        // A number before a name is no slip of the keyboard.
        if !found.is_empty() || naming != Naming::AtGate || code_and_name(text).is_some() {
            return found;
        }
        let readings = in_other_layouts(text.trim()).into_iter().map(|reading| match self.with_code(&reading) {
            found if found.is_empty() => self.called(&reading, is_named_in_full),
            found => found,
        });
        readings.into_iter().find(|found| !found.is_empty()).unwrap_or_default()
    }

    /// Adds whoever has the code that the text is in another keyboard layout, unless somebody has it as it is written: a code
    /// that has it only by letters that look alike may have been typed in that layout.
    fn add_of_other_layouts<'a>(&'a self, text: &str, found: &mut Vec<&'a Listed>) {
        let is_as_written = |listed: &&Listed| listed.written.iter().any(|code| code.text.eq_ignore_ascii_case(text));
        if found.iter().any(is_as_written) {
            return;
        }
        for other in in_other_layouts(text).iter().flat_map(|reading| self.with_code(reading)) {
            if found.iter().all(|one| one.row.subject != other.row.subject) {
                found.push(other);
            }
        }
    }

    /// Adds those who are called by what is the code of somebody else: `MIRA` is both.
    fn add_of_this_name<'a>(&'a self, text: &str, found: &mut Vec<&'a Listed>) {
        let is_id = found.iter().any(|one| one.members.iter().any(|id| id.to_string() == text.trim()));
        if is_id {
            return;
        }
        for called in self.called(text, is_named) {
            if found.iter().all(|one| one.row.subject != called.row.subject) {
                found.push(called);
            }
        }
    }

    /// Why a code and a name, or a few digits, name nobody, though somebody is known by a part of it.
    fn half_named(&self, text: &str, naming: Naming) -> Option<Meant> {
        if let Some((code, name)) = code_and_name(text) {
            let holders = rows(self.with_code(code));
            let another = Meant::AnotherName { code: code.to_owned(), name: name.to_owned(), holders: holders.clone() };
            return (!holders.is_empty()).then_some(another);
        }
        let digits = searched(text.trim()).filter(|_| naming == Naming::AtGate)?;
        let found = self.with_phone_end(&digits);
        (!found.is_empty()).then(|| Meant::EndOfPhone(rows(found)))
    }

    /// Everybody who has this whole name, in any spelling, and whose telephone number, where both are known, is this one.
    #[must_use]
    pub fn registered_alike(&self, name: &str, phone: Option<&str>) -> Vec<PersonRow> {
        // The country's own prefix may be 8 or +7.
        let end = |number: &str| number[number.len().saturating_sub(WHOLE_PHONE)..].to_owned();
        let wanted: Vec<String> = phone.into_iter().flat_map(numbers).map(|number| end(&number)).collect();
        let may_be_reached = |listed: &&Listed| {
            let own = &listed.digits;
            wanted.is_empty() || own.is_empty() || own.iter().any(|own| wanted.contains(&end(own)))
        };
        let called = self.called(name, is_named_in_full).into_iter();
        rows(called.filter(may_be_reached).collect())
    }

    /// Every record with a spelling of its name; a record with several spellings comes several times.
    pub fn spellings(&self) -> impl Iterator<Item = (Subject, String)> {
        self.people.iter().flat_map(|listed| listed.spellings.iter()).map(|spelling| (spelling.of, spelling.text()))
    }

    /// The code of one record that is shown first; its id, where it has none.
    #[must_use]
    pub fn code_of(&self, record: Subject) -> String {
        let found = self.people.iter().find(|listed| listed.members.contains(&record));
        let code = found.and_then(|listed| listed.written.iter().find(|code| code.of == record));
        code.map_or_else(|| record.to_string(), |code| code.text.clone())
    }

    /// Every spelling of the name in one record, the preferred one first.
    #[must_use]
    pub fn spellings_of(&self, record: Subject) -> Vec<String> {
        let found = self.people.iter().find(|listed| listed.members.contains(&record));
        let spellings = found.into_iter().flat_map(|listed| listed.spellings.iter());
        spellings.filter(|spelling| spelling.of == record).map(Spelling::text).collect()
    }
}

impl Listed {
    /// The record with this code or id, which is in its canonical form.
    fn having(&self, code: &str) -> Option<Subject> {
        self.codes.iter().find(|own| own.text == code).map(|own| own.of)
    }

    /// The record of which a badge says this code to speak.
    pub(super) fn speaking(&self, spoken: SpokenCode) -> Option<Subject> {
        self.members.iter().copied().find(|one| SpokenCode::of(*one) == spoken)
    }

    /// The record that a text names by a code or an id; without one, that by which the human being is known.
    fn record_named(&self, text: &str) -> Subject {
        let text = text.trim();
        let code = code_and_name(text).map_or(text, |(code, _)| code);
        let by_spoken = || self.speaking(SpokenCode::parse(text).ok()?);
        self.having(&canonical_code(text))
            .or_else(|| self.having(&canonical_code(code)))
            .or_else(by_spoken)
            .unwrap_or(self.row.subject)
    }
}
