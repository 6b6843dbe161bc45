//! The page of a letter in Kazakh, Russian and English: one verdict, and what stands on the paper. It needs no script.

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as Described};
use askama::Template;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use schemars::json_schema;
use sync_core::documents::event::LocalText;
use sync_core::words::{Language, Sentence};

use super::{KnownLetter, LetterStanding, NewestReport};
use crate::api::described::content;
use crate::error::Problem;
use crate::reports::letter_words::{date, span};

const TITLE: Sentence = ["Анықтаманы тексеру", "Проверка справки", "A letter, checked"];
const NOT_GENUINE: Sentence = [
    "Түпнұсқа емес: бұл сервер мұндай анықтама берген жоқ.",
    "Не подлинная: этот сервер такой справки не выдавал.",
    "Not genuine: no letter of this server says so.",
];
const STANDS: Sentence = [
    "Түпнұсқа. Соңғы есепте де осылай.",
    "Подлинная. Так же говорит и последний отчёт.",
    "Genuine. The newest report says the same.",
];
const SUPERSEDED: Sentence = [
    "Түпнұсқа, бірақ ескірген: жаңа есеп жарияланды.",
    "Подлинная, но устарела: опубликован новый отчёт.",
    "Genuine, but superseded: a newer report was published.",
];
const WITHDRAWN: Sentence = [
    "Жарамсыз: анықтама негізделген есеп кері қайтарылды.",
    "Недействительна: отчёт, на котором она основана, отозван.",
    "Void: the report on which it rests was withdrawn.",
];
const DRAFT: Sentence = [
    "Жоба: есеп жарияланғанға дейін басылған, ештеңені растамайды.",
    "Проект: напечатан до публикации отчёта и ничего не подтверждает.",
    "A draft: printed before a report was published, it confirms nothing.",
];
const CONTRADICTED: Sentence = [
    "Сенуге болмайды: анықтама негізделген есепте басқаша жазылған.",
    "Не верьте ей: в отчёте, на котором она основана, указано другое.",
    "Do not rely on it: the report on which it rests says something else.",
];
const NOT_HERE_YET: Sentence = [
    "Ұйымдастырушы қол қойған, бірақ есеп серверге әлі жеткен жоқ. Кейінірек тексеріңіз.",
    "Подписана организатором, но отчёт ещё не поступил на сервер. Проверьте позже.",
    "An organizer signed it, but the report has not come to this server yet. Try again later.",
];
const UNPROVEN: Sentence = [
    "Тексеру мүмкін емес: есеп қайта есептелмейді, ал қол қойған құрылғы кейін тоқтатылған.",
    "Проверить нельзя: отчёт уже не воспроизводится, а подписавшее устройство позже отозвано.",
    "It cannot be checked: the report cannot be computed again, and the device that signed was revoked since.",
];
const NOT_HELD: Sentence = [
    "Қолы дұрыс, бірақ бұл адам туралы мәлімет мұнда енді сақталмайды.",
    "Подпись верна, но сведения об этом человеке здесь больше не хранятся.",
    "The signature fits, but what was known of this person is no longer held here.",
];
const BY_SIGNATURE: Sentence = [
    "Есепті қайта есептеу мүмкін емес: қол ғана растайды.",
    "Отчёт уже нельзя вычислить заново: за справку ручается только подпись.",
    "The report cannot be computed again: the signature alone vouches for the letter.",
];
const COMPARE: Sentence = [
    "Аты-жөні мен сағаттарды қағаздағымен салыстырыңыз.",
    "Сравните имя и часы с тем, что напечатано.",
    "Compare the name and the hours with what is printed.",
];
const EVENT: Sentence = ["Іс-шара", "Акция", "Event"];
const NAME: Sentence = ["Аты-жөні", "ФИО", "Name"];
const HOURS: Sentence = ["Расталған уақыт", "Подтверждённое время", "Verified time"];
const REVISION: Sentence = ["Есеп нұсқасы", "Редакция отчёта", "Revision of the report"];
const NEWEST: Sentence = ["Соңғы нұсқасы", "Последняя редакция", "Newest revision"];
const NEWEST_HOURS: Sentence = ["Соңғы нұсқадағы уақыт", "Время в последней редакции", "Verified time there"];

/// How a verdict looks: good, to be replaced, or no.
#[derive(Clone, Copy)]
enum Tone {
    Good,
    Later,
    No,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Later => "later",
            Self::No => "no",
        }
    }
}

const fn verdict(standing: LetterStanding) -> (Sentence, Tone) {
    match standing {
        LetterStanding::Stands => (STANDS, Tone::Good),
        LetterStanding::Superseded => (SUPERSEDED, Tone::Later),
        LetterStanding::Withdrawn => (WITHDRAWN, Tone::No),
        LetterStanding::Draft => (DRAFT, Tone::No),
        LetterStanding::Contradicted => (CONTRADICTED, Tone::No),
        LetterStanding::NotHereYet => (NOT_HERE_YET, Tone::Later),
        LetterStanding::Unproven => (UNPROVEN, Tone::No),
        LetterStanding::NotHeld => (NOT_HELD, Tone::Later),
    }
}

#[derive(Template)]
#[template(path = "letter/page.html")]
struct Drawn<'a> {
    tag: &'a str,
    title: &'a str,
    class: &'a str,
    verdict: &'a str,
    rows: Vec<(&'a str, String)>,
    note: Option<&'a str>,
}

/// The page of a letter.
pub struct LetterPage(String);

impl LetterPage {
    /// Draws what is known of a letter; `None` for one that is not genuine.
    pub(super) fn of(known: Option<&KnownLetter>, language: Language) -> Self {
        let (verdict, tone) = known.map_or((NOT_GENUINE, Tone::No), |known| verdict(known.standing));
        let note = known.and_then(|known| match known.standing {
            LetterStanding::Stands | LetterStanding::Superseded if known.recomputed => Some(COMPARE),
            LetterStanding::Stands | LetterStanding::Superseded => Some(BY_SIGNATURE),
            _ => None,
        });
        let drawn = Drawn {
            tag: language.tag(),
            title: language.pick(&TITLE),
            class: tone.class(),
            verdict: language.pick(&verdict),
            rows: known.map(|known| rows(known, language)).unwrap_or_default(),
            note: note.map(|note| language.pick(&note)),
        };
        Self(drawn.render().expect("writing to memory does not fail"))
    }
}

fn rows(known: &KnownLetter, language: Language) -> Vec<(&'static str, String)> {
    let event = LocalText::from(known.event.clone()).in_language(language.tag()).to_owned();
    let revision = known.revision.map(|number| numbered(number, known.published.as_deref()));
    let newest = known.newest.as_ref();
    let newest_hours = newest.and_then(|newest| newest.verified_s).map(|seconds| span(seconds, language));
    let rows = [
        (EVENT, Some(event).filter(|event| !event.is_empty())),
        (NAME, known.name.clone()),
        (HOURS, Some(span(known.verified_s, language))),
        (REVISION, revision),
        (NEWEST, newest.map(|NewestReport { revision, published, .. }| numbered(*revision, Some(published)))),
        (NEWEST_HOURS, newest_hours),
    ];
    rows.into_iter().filter_map(|(label, value)| Some((language.pick(&label), value?))).collect()
}

/// As in `v2, 20.05.2026`.
fn numbered(number: u32, published: Option<&str>) -> String {
    let published = published.and_then(|text| text.parse::<Date>().ok());
    published.map_or_else(|| format!("v{number}"), |published| format!("v{number}, {}", date(published)))
}

impl IntoResponse for LetterPage {
    fn into_response(self) -> Response {
        // The address is the letter's code: it is told to no other site, kept by no cache, and found by no search.
        let headers = [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (CACHE_CONTROL, "no-store"),
            (REFERRER_POLICY, "no-referrer"),
            (
                CONTENT_SECURITY_POLICY,
                "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            ),
        ];
        (headers, self.0).into_response()
    }
}

impl OperationOutput for LetterPage {
    type Inner = ();

    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, Described)> {
        Problem::inferred_responses(ctx, operation);
        let html = content("text/html", json_schema!({ "type": "string" }));
        vec![(Some(200), Described { description: "The page.".to_owned(), content: html, ..Described::default() })]
    }
}
