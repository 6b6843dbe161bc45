//! `saxaul field card`: counts of litter and of seedlings, on the cards that the event describes.

use std::collections::BTreeMap;

use sync_core::app::{Action, Counted};
use sync_core::documents::event::{CardKind, CardTemplate, EventInfo};

use super::{Gate, SiteArgs, Target};
use crate::commands::Failure;

/// Fills in a card.
///
/// Its lines are those of the event's card, by their text or number: `--item "Bottle caps=120"` or `--item 3=120`.
#[derive(clap::Args)]
pub struct Card {
    /// Which card of the event [default: the only one, if there is one]
    #[arg(value_name = "CARD")]
    card: Option<String>,
    /// A line of the card and a number; may be repeated. A card of seedlings takes one: the species, and how many
    #[arg(long = "item", value_name = "LINE=COUNT", value_parser = item)]
    items: Vec<(String, u32)>,
    /// Full bags
    #[arg(long, value_name = "COUNT")]
    bags: Option<u32>,
    /// Weight in kilograms: 12 or 12.5
    #[arg(long = "kg", value_name = "KILOGRAMS", value_parser = grams)]
    grams: Option<u64>,
    /// Volume
    #[arg(long, value_name = "LITRES")]
    litres: Option<u64>,
    /// Length of shore
    #[arg(long, value_name = "METRES")]
    metres: Option<u64>,
    /// How many took part
    #[arg(long, value_name = "COUNT")]
    people: Option<u32>,
    /// The team's key
    #[arg(long, value_name = "KEY")]
    team: Option<String>,
    /// Planted area
    #[arg(long, value_name = "SQUARE METRES")]
    square_metres: Option<u64>,
    #[command(flatten)]
    site: SiteArgs,
    #[command(flatten)]
    target: Target,
}

fn item(text: &str) -> Result<(String, u32), String> {
    let wrong = || format!("`{text}` is not a line and a number such as `Bottle caps=120`");
    // A line may hold a `=` itself; the number stands behind the last one.
    let (line, count) = text.rsplit_once('=').ok_or_else(wrong)?;
    let count = count.trim().parse().map_err(|_| wrong())?;
    let line = line.trim();
    if line.is_empty() { Err(wrong()) } else { Ok((line.to_owned(), count)) }
}

/// Reads kilograms as grams, exactly: three places behind the point or the comma at the most.
fn grams(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is not a weight in kilograms such as 12.5");
    let (whole, rest) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let is_number = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(rest) || rest.len() > 3 {
        return Err(wrong());
    }
    let whole: u64 = whole.parse().map_err(|_| wrong())?;
    let rest: u64 = format!("{rest:0<3}").parse().map_err(|_| wrong())?;
    whole.checked_mul(1000).and_then(|grams| grams.checked_add(rest)).ok_or_else(wrong)
}

fn bad(what: impl Into<String>) -> Failure {
    Failure::BadInput(what.into())
}

impl Card {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut gate = Gate::open(&self.target)?;
        let event = gate.replica()?.shown().event.into_owned();
        let (called, template) = self.template(&event)?;
        let site = gate.site(&self.site)?;
        let lines = self.lines(&called, &template)?;
        let (action, what) = match template.kind {
            CardKind::Litter => self.litter(site, lines, &event)?,
            CardKind::Planting => self.planting(site, lines)?,
        };
        let row = gate.perform(action)?;
        println!("{what} ({}). Saved on this device.", gate.mark(&row)?);
        Ok(())
    }

    /// The card that is meant; where the event describes none, one of litter with whatever lines somebody counts.
    fn template(&self, event: &EventInfo) -> Result<(String, CardTemplate), Failure> {
        let listed = || {
            let cards = event.templates.iter().map(|(key, card)| format!("\n  {key}: {}", numbered(card)));
            cards.collect::<String>()
        };
        match (&self.card, event.templates.len()) {
            (Some(key), _) => match event.templates.get(key) {
                Some(card) => Ok((key.clone(), card.clone())),
                None if event.templates.is_empty() => {
                    Err(bad(format!("the event describes no cards: leave `{key}` out, and count what you like")))
                }
                None => Err(bad(format!("there is no card `{key}`: there is{}", listed()))),
            },
            (None, 0) => Ok((String::new(), CardTemplate::default())),
            (None, 1) => {
                let only = event.templates.iter().next().map(|(key, card)| (key.clone(), card.clone()));
                only.ok_or_else(|| bad("the event describes no cards"))
            }
            (None, _) => Err(bad(format!("name the card: there is{}", listed()))),
        }
    }

    /// What was counted, under the lines of the card.
    fn lines(&self, called: &str, template: &CardTemplate) -> Result<BTreeMap<String, u32>, Failure> {
        let mut counted = BTreeMap::new();
        for (text, count) in &self.items {
            let line = line_of(template, text).ok_or_else(|| {
                bad(format!("the card `{called}` has no line `{text}`: it has {}", numbered(template)))
            })?;
            if counted.insert(line.clone(), *count).is_some() {
                return Err(bad(format!("`{line}` is counted twice")));
            }
        }
        Ok(counted)
    }

    fn litter(
        &self,
        site: String,
        items: BTreeMap<String, u32>,
        event: &EventInfo,
    ) -> Result<(Action, String), Failure> {
        if self.square_metres.is_some() {
            return Err(bad("--square-metres is for a card of seedlings"));
        }
        if let Some(team) = self.team.as_ref().filter(|team| !event.teams.contains_key(*team)) {
            let known = event.teams.keys().cloned().collect::<Vec<_>>().join(", ");
            return Err(bad(format!("there is no team `{team}`: there is {known}")));
        }
        let (bags, people) = (self.bags.unwrap_or_default(), self.people.unwrap_or_default());
        let [grams, litres, metres] = [self.grams, self.litres, self.metres].map(Option::unwrap_or_default);
        let pieces: u64 = items.values().map(|count| u64::from(*count)).sum();
        if pieces == 0 && [u64::from(bags), grams, litres, metres] == [0; 4] {
            return Err(bad("nothing is counted: say --bags, --kg, --litres, --metres or --item"));
        }
        let what = format!("Litter at {site}: {bags} bags, {}.{:03} kg, {pieces} pieces", grams / 1000, grams % 1000);
        let items = items.into_iter().map(|(category, count)| Counted { category, count }).collect();
        let team = self.team.clone();
        Ok((Action::CountLitter { site, team, bags, grams, litres, metres, people, items }, what))
    }

    fn planting(&self, site: String, lines: BTreeMap<String, u32>) -> Result<(Action, String), Failure> {
        let of_litter = [
            ("--bags", self.bags.is_some()),
            ("--kg", self.grams.is_some()),
            ("--litres", self.litres.is_some()),
            ("--metres", self.metres.is_some()),
            ("--people", self.people.is_some()),
            ("--team", self.team.is_some()),
        ];
        if let Some((name, _)) = of_litter.iter().find(|(_, said)| *said) {
            return Err(bad(format!("{name} is for a card of litter")));
        }
        let mut lines = lines.into_iter();
        let (Some((species, seedlings)), None) = (lines.next(), lines.next()) else {
            return Err(bad("a card of seedlings counts one species: fill in one for each"));
        };
        if seedlings == 0 {
            return Err(bad("nothing is counted: say how many were planted"));
        }
        let square_metres = self.square_metres.unwrap_or_default();
        let what = format!("{seedlings} × {species} at {site} on {square_metres} m²");
        Ok((Action::CountSeedlings { site, species, seedlings, square_metres }, what))
    }
}

/// The line that is meant: by its number on the card, or by its text, whatever its capitals. A card without lines takes any.
fn line_of(template: &CardTemplate, text: &str) -> Option<String> {
    if template.lines.is_empty() {
        return Some(text.to_owned());
    }
    let by_number = text.parse::<usize>().ok().and_then(|number| template.lines.get(number.checked_sub(1)?));
    let is_same = |line: &&String| line.to_lowercase() == text.to_lowercase();
    template.lines.iter().find(is_same).or(by_number).cloned()
}

/// The lines of a card with their numbers.
fn numbered(template: &CardTemplate) -> String {
    let lines = (1..).zip(&template.lines).map(|(number, line)| format!("{number} {line}"));
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() { "whatever lines you like".to_owned() } else { lines.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kilograms_are_read_to_the_gram_and_nothing_else_is() {
        assert_eq!(["12", "12.5", "0,035", "7.250"].map(grams), [Ok(12_000), Ok(12_500), Ok(35), Ok(7_250)]);
        for wrong in ["", ".5", "-1", "1.2345", "1e3", "12 kg", "18446744073709551615"] {
            assert!(grams(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_line_is_meant_by_its_text_or_its_number() {
        let lines = ["Bottle caps", "a=b", "7"].map(str::to_owned).to_vec();
        let template = CardTemplate { lines, ..CardTemplate::default() };
        let of = |text: &str| line_of(&template, text);
        assert_eq!(of("bottle CAPS").as_deref(), Some("Bottle caps"));
        assert_eq!((of("1").as_deref(), of("7").as_deref()), (Some("Bottle caps"), Some("7")));
        assert_eq!((of("0"), of("4"), of("Bottle")), (None, None, None));
        assert_eq!(item("a=b=12"), Ok(("a=b".to_owned(), 12)));
        assert!(item("Bottle caps").is_err() && item("=3").is_err() && item("x=-1").is_err());
    }
}
