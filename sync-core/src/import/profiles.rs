//! Kinds of lists that others write, and what their columns say.
//!
//! Only pretix and ODK publish what their files look like. What `qazvolunteer` and `un_volunteers` write is an
//! assumption, made from the words their forms use; whoever has such a file maps what is called otherwise by hand.

use std::collections::BTreeMap;

use super::Table;
use super::meaning::{Meaning, plain};

/// A kind of list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Profile {
    /// The positions of orders of pretix ("Order data"): each ticket is somebody, by the order's code and its number there.
    PretixPositions,
    /// A check-in list of pretix. It numbers no tickets: those of one order are told apart by the attendees' names.
    Pretix,
    /// Entities of ODK Central, as they are downloaded.
    OdkEntities,
    /// Entities of ODK Central, as a form gets them.
    OdkAttachment,
    /// An export of the volunteers' register qazvolunteer.kz. An assumption.
    Qazvolunteer,
    /// Assignments of UN Volunteers. An assumption.
    UnVolunteers,
}

type Known = (Profile, &'static str, &'static [&'static str], &'static [(&'static str, Meaning)]);

/// Profile, name, headers by which it is known, and what they and others mean. The first that fits is taken.
const PROFILES: &[Known] = &[
    (
        Profile::PretixPositions,
        "pretix",
        &["Order code", "Position ID", "Attendee name", "Product"],
        &[
            ("Order code", Meaning::Code),
            ("Position ID", Meaning::Position),
            ("Add-on to position ID", Meaning::AddOnTo),
            ("Addon to position ID", Meaning::AddOnTo),
            ("Attendee name", Meaning::FullName),
            ("Company", Meaning::Organisation),
            ("Product", Meaning::Categories),
        ],
    ),
    (
        Profile::Pretix,
        "pretix",
        &["Order code", "Attendee name", "Product"],
        &[
            ("Order code", Meaning::SharedCode),
            ("Attendee name", Meaning::FullName),
            ("Company", Meaning::Organisation),
            ("Product", Meaning::Categories),
        ],
    ),
    (
        Profile::OdkEntities,
        "odk",
        &["__id", "label", "__version"],
        &[("__id", Meaning::Code), ("label", Meaning::FullName)],
    ),
    (
        Profile::OdkAttachment,
        "odk",
        &["name", "label", "__version"],
        &[("name", Meaning::Code), ("label", Meaning::FullName)],
    ),
    (
        Profile::Qazvolunteer,
        "qazvolunteer",
        &["ID волонтёра", "ФИО"],
        &[
            ("ID волонтёра", Meaning::Code),
            ("Волонтёрская организация", Meaning::Organisation),
            ("Регион", Meaning::Region),
        ],
    ),
    (
        Profile::UnVolunteers,
        "un_volunteers",
        &["Assignment ID", "Full name"],
        &[
            ("Assignment ID", Meaning::Code),
            ("Assignment type", Meaning::Categories),
            ("Host entity", Meaning::Organisation),
            ("Nationality", Meaning::Country),
        ],
    ),
];

impl Profile {
    /// Every name, for those who choose by hand; both forms of ODK have one.
    pub const NAMES: &[&str] = &["pretix", "odk", "qazvolunteer", "un_volunteers"];

    /// Tells by its headers what kind of list a table is; `None` for a list of an office.
    #[must_use]
    pub fn of(table: &Table) -> Option<Self> {
        let headers: Vec<String> = table.headers.iter().map(|header| plain(header)).collect();
        let has = |wanted: &&str| {
            let is_marked = wanted.starts_with("__");
            headers
                .iter()
                .zip(&table.headers)
                .any(|(known, raw)| *known == plain(wanted) && (!is_marked || raw.trim().starts_with("__")))
        };
        PROFILES.iter().find(|(_, _, signs, _)| signs.iter().all(has)).map(|(profile, ..)| *profile)
    }

    /// Under which name its codes are unique, unless somebody says otherwise; `None` where every shop or server hands out
    /// the same ones.
    #[must_use]
    pub fn issuer(self) -> Option<&'static str> {
        (!matches!(self, Self::Pretix | Self::PretixPositions)).then_some(self.known().1)
    }

    /// What its columns mean.
    #[must_use]
    pub fn columns(self) -> BTreeMap<String, Meaning> {
        self.known().3.iter().map(|(header, meaning)| ((*header).to_owned(), *meaning)).collect()
    }

    /// What columns mean in lists of some kind, without those that mean something else in another.
    pub(super) fn columns_of_all() -> BTreeMap<String, Meaning> {
        let all = PROFILES.iter().flat_map(|known| known.3).filter(|(header, _)| plain(header).chars().count() > 4);
        all.map(|(header, meaning)| ((*header).to_owned(), *meaning)).collect()
    }

    fn known(self) -> &'static Known {
        PROFILES.iter().find(|(profile, ..)| *profile == self).expect("every profile is listed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::tests::{added, table};

    fn names(list: &str) -> Vec<(String, String)> {
        let table = table(list);
        let profile = Profile::of(&table).unwrap();
        added(&table, profile)
    }

    #[test]
    fn a_check_in_list_of_pretix_is_known_by_its_columns() {
        let list = "Order code;Attendee name;Product;Price;Checked in;Company\n\
            A1B2C;Анна Ким;Форум;0;2026-05-18;Жасыл Ел\nD3E4F;Ann Lee;Forum;0;;";
        assert_eq!(Profile::of(&table(list)), Some(Profile::Pretix));
        assert_eq!(
            names(list),
            [("A1B2C · ana kim".into(), "Анна Ким".into()), ("D3E4F · an le".into(), "Ann Lee".into())]
        );
    }

    #[test]
    fn tickets_of_one_order_are_told_apart_by_name_where_they_are_not_numbered() {
        let list = |rows: &str| table(&format!("Order code;Attendee name;Product\n{rows}"));
        let family = list("A1B2C;Анна Ким;Форум\nA1B2C;Bo Kim;Forum\nD3E4F;Anna Kim;Forum");
        assert_eq!(
            added(&family, Profile::Pretix).into_iter().map(|(code, _)| code).collect::<Vec<_>>(),
            ["A1B2C · ana kim", "A1B2C · bo kim", "D3E4F · ana kim"]
        );
        let later = list("A1B2C;Kim Anna;Форум");
        assert_eq!(
            added(&later, Profile::Pretix)[0].0,
            "A1B2C · ana kim",
            "whoever has the other ticket is not listed"
        );
    }

    #[test]
    fn every_ticket_of_an_order_is_somebody_where_tickets_are_numbered() {
        let list = "Order code;Position ID;Status;Product;Attendee name\nA1B2C;1;paid;Forum;Анна Ким\n\
            A1B2C;2;paid;Forum;Ann Lee";
        assert_eq!(Profile::of(&table(list)), Some(Profile::PretixPositions));
        assert_eq!(names(list), [("A1B2C-1".into(), "Анна Ким".into()), ("A1B2C-2".into(), "Ann Lee".into())]);
    }

    #[test]
    fn both_forms_of_an_odk_entity_list_speak_of_the_same_people() {
        let entities = "__id;label;phone;__createdAt;__version\nuuid-1;Анна Ким;+77010000001;2026-05-01;1";
        let attachment = "name;label;__version;phone\nuuid-1;Анна Ким;1;+77010000001";
        assert_eq!(names(entities), names(attachment));
        assert_eq!(Profile::of(&table(attachment)), Some(Profile::OdkAttachment));
        assert_eq!(Profile::of(&table("Name;Phone\nAnn;1")), None);
    }

    #[test]
    fn what_registers_are_assumed_to_write_is_read() {
        let register = "ID волонтёра;ФИО;Регион;Волонтёрская организация\n77;Ким Анна;Актау;Жасыл Ел";
        assert_eq!(names(register), [("77".into(), "Ким Анна".into())]);
        let un = "Assignment ID;Full name;Assignment type;Host entity;Nationality\nKAZ-1;Ann Lee;Community;UNDP;ES";
        assert_eq!(names(un), [("KAZ-1".into(), "Ann Lee".into())]);
    }
}
