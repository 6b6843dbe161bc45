//! What holds for every list.

use proptest::collection::btree_map;
use proptest::prelude::*;

use super::tests::{EVENT, carry_out, source, table};
use super::*;

type People = BTreeMap<u8, (String, Option<u8>)>;

fn people() -> impl Strategy<Value = People> {
    btree_map(any::<u8>(), ("[А-Я][а-я]{2,8} [А-Я][а-я]{2,8}", proptest::option::of(0..40u8)), 1..12)
}

fn list(people: &People) -> Table {
    let row = |(code, (name, team)): (&u8, &(String, Option<u8>))| {
        format!("{code};{name};{}", team.map(|team| format!("T{team}")).unwrap_or_default())
    };
    let rows: Vec<String> = people.iter().map(row).collect();
    table(&format!("Код;ФИО;Команда\n{}", rows.join("\n")))
}

fn import(roster: &mut Roster, people: &People, issuer: &str) -> ImportPlan {
    let source = Source { issuer: issuer.into(), ..source() };
    let plan = plan_import(&[list(people)], roster, EVENT, &source).unwrap();
    carry_out(plan.clone(), roster);
    plan
}

proptest! {
    #[test]
    fn the_same_file_twice_changes_nothing(people in people()) {
        let mut roster = Roster::default();
        import(&mut roster, &people, "one");
        let before = roster.clone();
        let again = import(&mut roster, &people, "one");
        prop_assert_eq!(again.unchanged.len(), people.len());
        prop_assert_eq!(&again, &ImportPlan { unchanged: again.unchanged.clone(), ..ImportPlan::default() });
        prop_assert_eq!(roster, before);
    }

    #[test]
    fn lists_of_two_offices_give_one_roster_in_either_order(a in people(), b in people()) {
        let (mut one, mut two) = (Roster::default(), Roster::default());
        import(&mut one, &a, "a");
        import(&mut one, &b, "b");
        import(&mut two, &b, "b");
        import(&mut two, &a, "a");
        prop_assert_eq!(one, two);
    }

    #[test]
    fn a_later_file_updates_by_its_codes_and_withdraws_nobody(before in people(), after in people()) {
        let mut roster = Roster::default();
        import(&mut roster, &before, "one");
        import(&mut roster, &after, "one");
        let codes: std::collections::BTreeSet<&u8> = before.keys().chain(after.keys()).collect();
        prop_assert_eq!(roster.people.len(), codes.len());
        prop_assert!(roster.people.values().all(|record| record.person().withdrawn.is_none()));
    }
}
