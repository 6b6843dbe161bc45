//! What a receipt says to a person, in Kazakh, Russian and English.
//!
//! Owns the sentences. Codes are for programs and never change; sentences may. Which language a person reads is the
//! app's to know.

use crate::exchange::Verdict;

/// A language of the product.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Language {
    /// Kazakh, `kk`.
    Kk,
    /// Russian, `ru`.
    Ru,
    /// English, `en`.
    #[default]
    En,
}

/// A sentence in Kazakh, Russian and English.
pub type Sentence = [&'static str; 3];

impl Language {
    /// The sentence in this language.
    #[must_use]
    pub const fn pick(self, [kk, ru, en]: &Sentence) -> &'static str {
        match self {
            Self::Kk => kk,
            Self::Ru => ru,
            Self::En => en,
        }
    }

    /// Its BCP 47 tag.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        self.pick(&["kk", "ru", "en"])
    }

    /// The language of a tag such as `kk`, `ru-KZ` or `en_GB.UTF-8` (BCP 47, POSIX); English for any other.
    #[must_use]
    pub fn of_tag(tag: &str) -> Self {
        match tag.get(..2) {
            Some("kk") => Self::Kk,
            Some("ru") => Self::Ru,
            _ => Self::En,
        }
    }
}

const TAKEN: Sentence = ["Үйдегі серверде сақталды.", "Сохранено на домашнем сервере.", "It is kept at home."];
const HELD: Sentence = [
    "Ұйымдастырушы шешім қабылдағанша серверде күтіп тұр.",
    "Ожидает на сервере решения организатора.",
    "It waits at home until an organizer decides about it.",
];
const IMPOSSIBLE_CLOCK: Sentence = [
    "Бұл жазбаның уақыты мүмкін емес: құрылғының сағатын тексеріп, қайта жазыңыз.",
    "Время этой записи невозможно: проверьте часы устройства и внесите запись снова.",
    "The time of this record is impossible: check the device's clock, and record it again.",
];
const NOT_YET: Sentence = [
    "Сервер алдыңғы жазбаларды күтуде; бұл жазба өздігінен қайта жіберіледі.",
    "Сервер ждёт более ранних записей; эта запись будет отправлена снова сама.",
    "Home waits for earlier records; this one is sent again by itself.",
];
const NOT_LET_IN: Sentence = [
    "Сервер бұл құрылғыны танымайды: ұйымдастырушыдан жаңа шақыру сұраңыз.",
    "Сервер не знает это устройство: попросите у организатора новое приглашение.",
    "Home does not know this device: ask an organizer for a new invite.",
];
const ROLE: Sentence = [
    "Бұл құрылғыға енді мұны жасауға болмайды: ұйымдастырушыға хабарласыңыз.",
    "Этому устройству больше нельзя этого делать: обратитесь к организатору.",
    "This device may not do this any more: ask an organizer.",
];
const CLONED: Sentence = [
    "Бұл құрылғының көшірмесі жасалған; жазбаңыз жаңа нөмірмен қайта жазылды.",
    "Это устройство было скопировано; ваша запись сделана заново под новым номером.",
    "This device was copied; what you recorded was recorded anew under a new number.",
];
const ON_DISCARDED: Sentence = [
    "Бұл өзгеріс ұйымдастырушы қабылдамаған жазбаға сүйенген; ол онсыз қайта орындалды.",
    "Изменение опиралось на запись, отклонённую организатором; оно выполнено заново без неё.",
    "It built on a record that an organizer refused; it was done again without that one.",
];
const DISCARDED: Sentence = [
    "Ұйымдастырушы бұл жазбаны қарап, қабылдамады.",
    "Организатор посмотрел эту запись и не принял её.",
    "An organizer looked at this record and did not accept it.",
];
const REVOKED: Sentence = [
    "Ұйымдастырушы бұл құрылғының рұқсатын алып тастады; жазба қабылданбады және осы құрылғыда қалды.",
    "Организатор отозвал это устройство; запись не принята и осталась на нём.",
    "An organizer revoked this device; the record was not taken and stays on it.",
];
const TOO_OFTEN: Sentence = [
    "Құрылғы тым жиі қайта басталды: жаңа шақырумен қайта қосылыңыз.",
    "Устройство слишком часто начинало заново: подключитесь по новому приглашению.",
    "This device began anew too often: join again with a new invite.",
];
const UNREADABLE: Sentence = [
    "Сервер бұл жазбаны оқи алмады: ұйымдастырушыға кодын айтыңыз.",
    "Сервер не смог прочитать эту запись: сообщите организатору её код.",
    "Home could not read this record: tell an organizer its code.",
];

/// The codes of refused records of which there is a sentence of their own. The others mean that home could not read the record.
pub const REFUSED: [&str; 8] = [
    "unknown_device",
    "not_your_role",
    "equivocation",
    "builds_on_discarded",
    "discarded",
    "revoked",
    "too_many_incarnations",
    "impossible_clock",
];

/// Says what became of something that a person recorded. An unknown code gets the sentence of its verdict.
#[must_use]
pub fn sentence(verdict: Verdict, code: Option<&str>, language: Language) -> &'static str {
    let sentence = match (verdict, code) {
        (Verdict::Accepted | Verdict::AlreadyHad, _) => TAKEN,
        (Verdict::Held, _) => HELD,
        (Verdict::NotYet, _) => NOT_YET,
        (Verdict::Refused, code) => match code {
            Some("unknown_device") => NOT_LET_IN,
            Some("not_your_role") => ROLE,
            Some("equivocation") => CLONED,
            Some("builds_on_discarded") => ON_DISCARDED,
            Some("discarded") => DISCARDED,
            Some("revoked") => REVOKED,
            Some("too_many_incarnations") => TOO_OFTEN,
            Some("impossible_clock") => IMPOSSIBLE_CLOCK,
            _ => UNREADABLE,
        },
    };
    language.pick(&sentence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admission::Rejection;

    #[test]
    fn what_a_person_can_do_something_about_has_a_sentence_of_its_own() {
        let told_apart = [
            Rejection::UnknownDevice,
            Rejection::NotYourRole,
            Rejection::Equivocation,
            Rejection::BuildsOnDiscarded,
            Rejection::Discarded,
            Rejection::Revoked,
            Rejection::TooManyIncarnations,
            Rejection::Poison,
        ];
        for language in [Language::Kk, Language::Ru, Language::En] {
            let mut said: Vec<_> =
                told_apart.iter().map(|why| sentence(Verdict::Refused, Some(why.code()), language)).collect();
            said.extend([Verdict::Accepted, Verdict::Held, Verdict::NotYet].map(|it| sentence(it, None, language)));
            said.sort_unstable();
            said.dedup();
            assert_eq!(said.len(), told_apart.len() + 3);
            let other = sentence(Verdict::Refused, Some("invented_later"), language);
            assert!(REFUSED.iter().all(|code| sentence(Verdict::Refused, Some(code), language) != other));
        }
    }

    #[test]
    fn a_terminals_language_is_known_by_its_beginning() {
        let known = ["kk_KZ.UTF-8", "ru", "en-GB", "de", ""].map(Language::of_tag);
        assert_eq!(known, [Language::Kk, Language::Ru, Language::En, Language::En, Language::En]);
    }
}
