//! The sentences of service letters in Kazakh, Russian and English.

use jiff::civil::Date;
use sync_core::documents::rulings::RulesEdition;
use sync_core::words::Language;

/// The published report on which a letter rests.
#[derive(Clone, Copy)]
pub(super) struct ReportOfLetter {
    pub number: u32,
    pub published: Date,
    pub edition: RulesEdition,
}

/// What a letter's sentence is made of.
pub(super) struct Facts<'a> {
    pub event: &'a str,
    pub first: Option<Date>,
    pub last: Option<Date>,
    pub days: usize,
    pub verified_s: u64,
    pub language: Language,
}

/// A date as it is written in Kazakhstan.
#[must_use]
pub fn date(date: Date) -> String {
    format!("{:02}.{:02}.{:04}", date.day(), date.month(), date.year())
}

/// A time span in hours and minutes; seconds below a minute are left out.
#[must_use]
pub fn span(seconds: u64, language: Language) -> String {
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match language {
        Language::Kk => format!("{hours} сағ {minutes:02} мин"),
        Language::Ru => format!("{hours} ч {minutes:02} мин"),
        Language::En => format!("{hours} h {minutes:02} min"),
    }
}

/// A blank at which no line ends.
const NO_BREAK: &str = "\u{a0}";

/// What the letter confirms.
pub(super) fn sentence(facts: &Facts<'_>) -> String {
    let Facts { event, days, language, .. } = facts;
    // No line ends within a time or between two dates.
    let hours = span(facts.verified_s, *language).replace(' ', NO_BREAK);
    let dates = match (facts.first, facts.last) {
        (Some(first), Some(last)) if first == last => date(first),
        (Some(first), Some(last)) => format!("{}{NO_BREAK}–{NO_BREAK}{}", date(first), date(last)),
        _ => String::new(),
    };
    match language {
        Language::Kk => format!(
            "«{event}» іс-шарасында ({dates}) ерікті болып қызмет еткенін растаймыз. Қызмет еткен күндер саны: {days}. \
             Расталған уақыт: {hours}."
        ),
        Language::Ru => format!(
            "Подтверждаем участие в качестве волонтёра в акции «{event}» ({dates}). Дней участия: {days}. \
             Подтверждённое время: {hours}."
        ),
        Language::En => format!(
            "We confirm service as a volunteer at “{event}” ({dates}). Days of service: {days}. Verified time: {hours}."
        ),
    }
}

/// On which report the letter rests, and by which rules that was computed.
pub(super) fn rests_on(report: &ReportOfLetter, language: Language) -> String {
    let ReportOfLetter { number, edition, .. } = report;
    let published = date(report.published);
    match language {
        Language::Kk => format!(
            "{published} күні жарияланған есептің v{number} нұсқасына негізделген, сағат есептеу ережелері: {edition}-редакция"
        ),
        Language::Ru => {
            format!("На основании отчёта, редакция v{number} от {published}; правила учёта часов: редакция {edition}")
        }
        Language::En => format!(
            "Rests on revision v{number} of the report, published on {published}, by edition {edition} of the rules of hours"
        ),
    }
}
