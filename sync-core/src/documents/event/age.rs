//! How old people are when an event begins, as far as a year of birth tells.

use super::{EventInfo, Shift, SilverRule};
use crate::time::date_of_day;

impl EventInfo {
    /// The year in which the event begins; `None` while it has no day.
    #[must_use]
    pub fn year(&self) -> Option<i32> {
        self.days.keys().next().map(|day| i32::from(date_of_day(*day).year()))
    }

    /// Whether someone may still be under `age` when the event begins. Of whom nothing is known, nothing is assumed.
    fn may_be_under(&self, age: u8, birth_year: Option<u16>) -> bool {
        let (Some(year), Some(born)) = (self.year(), birth_year) else { return false };
        year - i32::from(born) <= i32::from(age)
    }

    /// Whether someone born in that year may be a minor: whoever has no birthday before the event is a year younger
    /// than the years say.
    #[must_use]
    pub fn is_minor(&self, birth_year: Option<u16>) -> bool {
        self.may_be_under(self.minors.adult_age, birth_year)
    }

    /// Whether a guardian must consent for someone born in that year.
    #[must_use]
    pub fn needs_guardian(&self, birth_year: Option<u16>) -> bool {
        self.may_be_under(self.minors.consent_age, birth_year)
    }

    /// Whether someone counts as a silver volunteer.
    #[must_use]
    pub fn is_silver(&self, birth_year: Option<u16>, categories: &[String]) -> bool {
        match &self.silver {
            None => false,
            Some(SilverRule::BornBy(year)) => birth_year.is_some_and(|born| born <= *year),
            Some(SilverRule::Category(category)) => categories.contains(category),
            Some(SilverRule::Age(age)) => match (self.year(), birth_year) {
                (Some(year), Some(born)) => year - i32::from(born) >= i32::from(*age),
                _ => false,
            },
        }
    }

    /// Whether nobody under age may be assigned to a shift.
    #[must_use]
    pub fn is_hazardous(&self, shift: &Shift) -> bool {
        shift.hazardous || shift.role.as_ref().is_some_and(|role| self.minors.hazardous_roles.contains(role))
    }

    /// The first of these shifts to which nobody under age may be assigned.
    #[must_use]
    pub fn first_hazardous<'a>(&self, shifts: &'a [String]) -> Option<&'a str> {
        let hazardous = |key: &&String| self.shifts.get(*key).is_some_and(|shift| self.is_hazardous(shift));
        shifts.iter().find(hazardous).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::event::{DayHours, EventEdit};

    fn event() -> EventInfo {
        let mut event = EventInfo::default();
        event.apply(EventEdit::Day { day: 20_591, hours: Some(DayHours { opens: 0, closes: 60 }) });
        event
    }

    #[test]
    fn whoever_may_still_be_seventeen_is_a_minor_and_of_whom_nothing_is_known_is_none() {
        let event = event();
        assert_eq!([2007, 2008, 2009].map(|born| event.is_minor(Some(born))), [false, true, true]);
        assert_eq!([2009, 2010].map(|born| event.needs_guardian(Some(born))), [false, true]);
        assert!(!event.is_minor(None) && !EventInfo::default().is_minor(Some(2020)));
    }

    #[test]
    fn silver_is_an_age_a_year_or_a_category() {
        let mut event = event();
        let silver = |event: &EventInfo| [1971, 1972].map(|born| event.is_silver(Some(born), &["veteran".to_owned()]));
        assert_eq!(silver(&event), [false; 2]);
        for (rule, expected) in [
            (SilverRule::Age(55), [true, false]),
            (SilverRule::BornBy(1972), [true, true]),
            (SilverRule::Category("veteran".to_owned()), [true, true]),
            (SilverRule::Category("student".to_owned()), [false, false]),
        ] {
            event.apply(EventEdit::Silver(Some(rule)));
            assert_eq!(silver(&event), expected);
        }
    }

    #[test]
    fn a_hazardous_role_is_hazardous_in_every_shift() {
        let mut event = event();
        let shift = |role: &str| Some(Shift { role: Some(role.to_owned()), ..Shift::default() });
        event.apply(EventEdit::Shift { key: "dive".to_owned(), shift: shift("diver") });
        event.apply(EventEdit::Shift { key: "tea".to_owned(), shift: shift("cook") });
        let both = ["tea".to_owned(), "dive".to_owned()];
        assert_eq!(event.first_hazardous(&both), None);
        event.minors.hazardous_roles.push("diver".to_owned());
        assert_eq!(event.first_hazardous(&both), Some("dive"));
    }
}
