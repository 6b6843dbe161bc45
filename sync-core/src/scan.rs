//! What a scanned code says: a badge, an invite, a letter, or something that is not Saxaul's.
//!
//! Reads text alone, and believes nothing: whether a badge bears the right signature is judged by whoever knows the keys,
//! see [`crate::app::App::read_code`].

use crate::invite::InviteLink;
use crate::names::in_other_layouts;
use crate::trust::{Badge, Letter, Signed};

/// What stands before a badge's statement, so that a scanner knows what it reads.
pub const BADGE_MARK: &str = "SAXAUL1:";

/// Where home shows whether a letter holds: what is signed stands behind this in the letter's QR code.
pub const LETTER_PATH: &str = "/letter/";

/// What a scanned text is, by its form.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ScannedText {
    /// A badge. Nothing is believed before its signature is verified.
    Badge(Signed<Badge>),
    /// It begins as a badge does, and cannot be read as one: it is damaged, forged, or of a newer version.
    NoBadge,
    /// An invite link.
    Invite(Box<InviteLink>),
    /// A service letter, which home checks.
    Letter(Box<Signed<Letter>>),
    /// Nothing that Saxaul prints.
    Other,
}

/// Reads what a scanner handed over: with spaces and line ends around it, in small letters, or typed by a scanner that is a
/// keyboard while the machine had another layout on.
#[must_use]
pub fn read_scanned(text: &str) -> ScannedText {
    let text = text.trim();
    if let Some(badge) = badge_text(text) {
        return Signed::from_printed(&badge).map_or(ScannedText::NoBadge, ScannedText::Badge);
    }
    if let Ok(link) = text.parse() {
        return ScannedText::Invite(Box::new(link));
    }
    let letter = text.split_once(LETTER_PATH).and_then(|(_, printed)| Signed::from_printed(printed).ok());
    letter.map_or(ScannedText::Other, |letter| ScannedText::Letter(Box::new(letter)))
}

/// What stands behind the mark of a badge.
fn badge_text(text: &str) -> Option<String> {
    let readings = std::iter::once(text.to_owned()).chain(in_other_layouts(text));
    readings
        .map(|reading| reading.to_uppercase())
        .find_map(|reading| Some(reading.strip_prefix(BADGE_MARK)?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{EventId, Subject};
    use crate::trust::{KeyPair, PublicKey};

    fn badge() -> (Signed<Badge>, PublicKey) {
        let home = KeyPair::from_seed(&[1; 32]);
        (home.state(&Badge { event: EventId([7; 16]), subject: Subject::from_bits(6) }), home.public())
    }

    #[test]
    fn a_badge_is_read_as_scanners_hand_it_over() {
        let (badge, _) = badge();
        let printed = format!("{BADGE_MARK}{}", badge.to_printed());
        for text in [printed.clone(), printed.to_lowercase(), format!("  {printed}\r\n")] {
            assert_eq!(read_scanned(&text), ScannedText::Badge(badge.clone()), "{text:?}");
        }
        // A scanner that is a keyboard types into whatever layout is on: Russian, and Kazakh, which has letters for digits.
        for (mark, digits) in [("ЫФЧФГД1Ж", "0123456789"), ("ЫФЧФГД\"Ж", "қ\"әіңғ,.үұ")] {
            let symbol = |typed: char| match typed.to_digit(10) {
                Some(digit) => digits.chars().nth(digit as usize).unwrap(),
                None => "ФИСВУАПРШОЛДЬТЩЗЙКЫЕГМЦЧНЯ".chars().nth(typed as usize - 'A' as usize).unwrap(),
            };
            let typed: String = badge.to_printed().chars().map(symbol).collect();
            assert_eq!(read_scanned(&format!("{mark}{typed}")), ScannedText::Badge(badge.clone()), "{typed}");
        }
    }

    #[test]
    fn what_is_cut_off_is_no_badge_and_what_others_print_is_nothing_of_ours() {
        let (badge, _) = badge();
        let printed = format!("{BADGE_MARK}{}", badge.to_printed());
        for end in BADGE_MARK.len()..printed.len() {
            assert_eq!(read_scanned(&printed[..end]), ScannedText::NoBadge);
        }
        for other in ["", "A-0042", "https://example.org", "SAXAUL", "WIFI:S:camp;;"] {
            assert_eq!(read_scanned(other), ScannedText::Other, "{other:?}");
        }
    }

    #[test]
    fn an_invite_and_a_letter_are_told_apart() {
        let home = KeyPair::from_seed(&[1; 32]);
        let invite = InviteLink {
            url: "https://home.example".to_owned(),
            home: home.public(),
            secret: [9; 16],
            event: Some(EventId([7; 16])),
        };
        assert_eq!(read_scanned(&invite.to_string()), ScannedText::Invite(Box::new(invite)));
        let letter = home.state(&Letter {
            event: EventId([7; 16]),
            subject: Subject::from_bits(6),
            revision: None,
            verified_s: 3600,
            signed_by: None,
        });
        let address = format!("https://home.example{LETTER_PATH}{}", letter.to_printed());
        assert_eq!(read_scanned(&address), ScannedText::Letter(Box::new(letter)));
    }
}
