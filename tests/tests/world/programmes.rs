//! The programmes that the product serves, one story each.
//!
//! What leaves as a file is told where files are: the register's export, service letters, badges and the dossier of
//! «Волонтёр года».

use sync_core::command::{Command, CommandError, accept_walk_in};
use sync_core::documents::event::{
    Belonging, CardKind, CardTemplate, Category, EventEdit, Funding, RemoteTask, Shift, SilverRule, Team,
};
use sync_core::documents::log::{Deed, LitterCard, PlantingCard, RemoteWork};
use sync_core::documents::roster::{ExternalId, PersonEdit, PersonField};
use sync_core::documents::rulings::Decision;
use sync_core::ids::{PersonId, Subject};
use sync_core::import::{ImportPlan, Row, Source, Table, plan_import};
use sync_core::time::{UnixMillis, date_of_day};
use sync_core::view::{
    Among, AwardsQuery, Dimension, Dispute, DisputeKind, Figure, Part, count_across, dossier, is_funded_by,
    shift_attendance,
};
use tests::World;
use tests::world::{PEOPLE, Phone, Someone};

const HOUR_MS: u64 = 3_600_000;

fn morning(seed: u64) -> World {
    let mut world = World::seeded(seed);
    world.wait_minutes(120);
    world
}

/// The day of the event on which it is now.
fn today(world: &World) -> i64 {
    (world.now().0 + 5 * 3_600_000).div_euclid(86_400_000)
}

/// Somebody comes and leaves after so many minutes, give or take some seconds.
fn works(world: &mut World, phone: &Phone, someone: impl Someone, minutes: i64) {
    world.check_in(phone, someone);
    world.wait_minutes(minutes);
    world.check_out(phone, someone);
}

fn list(rows: &[[&str; 4]]) -> Table {
    let headers = ["Код", "ФИО", "Телефон", "Регион"].map(str::to_owned).to_vec();
    let rows =
        (2..).zip(rows).map(|(line, cells)| Row { line, cells: cells.map(str::to_owned).to_vec(), ..Row::default() });
    Table { header_line: 1, headers, rows: rows.collect() }
}

fn import(world: &mut World, table: &Table, issuer: &str) -> ImportPlan {
    let laptop = world.laptop();
    let source = Source {
        issuer: issuer.to_owned(),
        born_by: 2026,
        profile: Default::default(),
        teams: Default::default(),
        walk_ins: Default::default(),
    };
    let event = world.event();
    let plan =
        plan_import(std::slice::from_ref(table), &world.replica(&laptop).shown().roster, event, &source).unwrap();
    plan.commands(issuer).into_iter().for_each(|command| drop(world.does(&laptop, command)));
    plan
}

fn part<'a>(parts: &'a [Part], key: &str) -> &'a Part {
    parts.iter().find(|part| part.key.as_deref() == Some(key)).unwrap_or_else(|| panic!("there is no part {key}"))
}

fn names(world: &World, names: &[&str]) -> Vec<PersonId> {
    names.iter().map(|name| world.person(name)).collect()
}

#[test]
fn qazvolunteer_kz_gives_its_register_twice_and_its_ids_stay() {
    let mut world = morning(100);
    let first = list(&[["77", "Ахметова Айгүл", "+7 701 000 00 01", "Aral"], ["78", "Иванов Пётр", "", "Aral"]]);
    assert_eq!(import(&mut world, &first, "qazvolunteer.kz").added.len(), 2);
    let again = import(&mut world, &first, "qazvolunteer.kz");
    assert_eq!((again.added.len(), again.updated.len(), again.unchanged.len()), (0, 0, 2));
    let later = list(&[["77", "Ахметова Айгүл", "+7 701 000 00 09", "Aral"]]);
    let update = import(&mut world, &later, "qazvolunteer.kz");
    assert_eq!((update.added.len(), update.updated.len()), (0, 1));
    let [north] = world.phones(["north"]);
    world.settle();
    let absent = PersonId::of_external(world.event(), "qazvolunteer.kz", "78");
    works(&mut world, &north, absent, 60);
    world.settle();
    let laptop = world.laptop();
    let person = world.replica(&laptop).shown().roster.people[&absent].person();
    assert_eq!(person.withdrawn, None, "whoever a later list leaves out stays");
    let id = ExternalId { issuer: "qazvolunteer.kz".to_owned(), value: "78".to_owned() };
    assert_eq!(person.external_ids, [id]);
    assert!(world.view(&laptop).days_of(absent.subject())[0].verified_ms >= HOUR_MS);
    world.assert_same_view_everywhere();
}

#[test]
fn un_volunteers_are_counted_by_assignment_type_and_a_report_has_a_number() {
    let mut world = morning(101);
    let [aida, bolat] = [world.person("Aida"), world.person("Bolat")];
    for key in ["unv-international", "unv-national"] {
        world.plans(EventEdit::Category { key: key.to_owned(), category: Some(Category::default()) });
    }
    let laptop = world.laptop();
    let (international, national) = (vec!["unv-international".to_owned()], vec!["unv-national".to_owned()]);
    world.edit(&laptop, aida, PersonEdit::Categories(international));
    world.edit(&laptop, bolat, PersonEdit::Categories(national));
    let [north] = world.phones(["north"]);
    world.settle();
    works(&mut world, &north, aida, 120);
    works(&mut world, &north, bolat, 60);
    world.settle();
    let breakdown = world.account(&laptop).1.by(Dimension::Category);
    let hours = |key: &str| part(&breakdown.parts, key).figures.verified_ms / HOUR_MS;
    assert_eq!((hours("unv-international"), hours("unv-national")), (2, 1));
    let report = world.publish(&laptop).unwrap();
    let view = world.view(&laptop);
    assert_eq!((view.publications[0].id, view.publications[0].publication.number), (report, 1));
}

#[test]
fn taza_qazaqstan_sums_a_mass_day_and_every_total_leads_back_to_a_card() {
    let mut world = morning(102);
    let template = CardTemplate { kind: CardKind::Litter, lines: vec!["Bottles".to_owned()], ..Default::default() };
    world.plans(EventEdit::Template { key: "shore".to_owned(), template: Some(template) });
    let team = Team { organisation: Some("Akimat".to_owned()), ..Team::default() };
    world.plans(EventEdit::Team { key: "T1".to_owned(), team: Some(team) });
    let (region, organisation) = (Some("Mangystau".to_owned()), Some("Taza".to_owned()));
    world.plans(EventEdit::Belonging(Belonging { region, organisation }));
    let laptop = world.laptop();
    for (name, category) in [("Aida", "students"), ("Bolat", "students"), ("Dauren", "staff")] {
        let person = world.person(name);
        world.edit(&laptop, person, PersonEdit::Categories(vec![category.to_owned()]));
    }
    let [north, harbour] = world.phones(["north", "harbour"]);
    world.settle();
    for person in names(&world, &["Aida", "Bolat", "Dauren"]) {
        world.check_in(&north, person);
    }
    let card = |site: &str, team: Option<&str>| LitterCard {
        site: site.to_owned(),
        team: team.map(str::to_owned),
        bags: 10,
        grams: 1_500_000,
        litres: 4_000,
        items: [("Bottles".to_owned(), 40)].into(),
        ..LitterCard::default()
    };
    let first = world.does(&north, Command::CountLitter(card("north", Some("T1")))).entry.unwrap();
    let second = world.does(&harbour, Command::CountLitter(card("harbour", None))).entry.unwrap();
    let (site, species) = ("north".to_owned(), "Haloxylon ammodendron".to_owned());
    let trees = PlantingCard { site, species, seedlings: 300, square_metres: 20_000 };
    world.does(&harbour, Command::CountSeedlings(trees));
    world.settle();

    let (view, account) = world.account(&laptop);
    let total = account.total();
    let (tonnes, cubic_metres) = (total.figures.grams / 1_000_000, total.figures.litres / 1000);
    let (hectares, planted) = (total.figures.square_metres / 10_000, total.figures.seedlings);
    assert_eq!((tonnes, cubic_metres, hectares, planted, total.figures.bags), (3, 8, 2, 300, 20));
    let categories = account.by(Dimension::Category);
    assert_eq!(part(&categories.parts, "students").people, 2);
    let organisations = account.by(Dimension::Organisation);
    let grams = |key: &str| part(&organisations.parts, key).figures.grams;
    assert_eq!((grams("Akimat"), grams("Taza")), (1_500_000, 1_500_000));
    assert_eq!(part(&account.by(Dimension::Region).parts, "Mangystau").people, 3);
    let shown_by: Vec<_> = account.provenance(&Figure::Grams, None).map(|(_, one)| one.entries[0]).collect();
    assert!(shown_by.contains(&first) && shown_by.contains(&second) && shown_by.len() == 2);
    assert_eq!(view.totals.figures.items["Bottles"], total.figures.items["Bottles"]);
    world.assert_same_view_everywhere();
}

#[test]
fn the_caspian_and_aral_weeks_last_days_at_many_sites_with_guests_and_count_a_human_being_once() {
    let mut counted = Vec::new();
    for (seed, region) in [(103, "Mangystau"), (104, "Qyzylorda")] {
        let mut world = morning(seed);
        let belonging = Belonging { region: Some(region.to_owned()), organisation: None };
        world.plans(EventEdit::Belonging(belonging));
        let laptop = world.laptop();
        let aida = world.person("Aida");
        let register = ExternalId { issuer: "qazvolunteer.kz".to_owned(), value: "5".to_owned() };
        world.edit(&laptop, aida, PersonEdit::ExternalIds(vec![register]));
        let [north, harbour] = world.phones(["north", "harbour"]);
        world.settle();
        let guest = world.walk_in(&harbour, "Müller");
        works(&mut world, &harbour, guest, 60);
        world.check_in_at(&north, "north", aida);
        world.wait_minutes(60);
        world.check_out_at(&harbour, "harbour", aida);
        world.wait_minutes(24 * 60 - 200);
        works(&mut world, &north, aida, 60);
        let (site, species) = ("north".to_owned(), "Haloxylon ammodendron".to_owned());
        world.does(&north, Command::CountSeedlings(PlantingCard { site, species, seedlings: 50, square_metres: 100 }));
        world.settle();
        let found = world.view(&laptop).walk_in(guest).unwrap().what.clone();
        let shown = world.replica(&laptop).shown();
        let (accepted, commands) = accept_walk_in(world.event(), &found, &shown.roster, &shown.rulings);
        commands.into_iter().for_each(|command| drop(world.does(&laptop, command)));
        world.edit(&laptop, accepted, PersonEdit::Region(Some("Germany".to_owned())));
        world.settle();
        let (view, account) = world.account(&laptop);
        assert_eq!(view.class_of(guest.subject()), accepted.subject());
        assert_eq!(part(&account.by(Dimension::Region).parts, "Germany").people, 1);
        let sites = account.by(Dimension::Site).parts;
        assert_eq!((part(&sites, "north").attended, part(&sites, "harbour").attended), (2, 1), "the gate of the story");
        assert_eq!(account.by(Dimension::Day).parts.len(), 2);
        assert_eq!((account.total().people, account.total().figures.seedlings), (2, 50));
        world.assert_same_view_everywhere();
        counted.push((world.event(), view, account));
    }
    let among: Vec<_> = counted.iter().map(|(id, view, account)| Among { id: *id, view, account }).collect();
    let across = count_across(&among, None);
    assert_eq!(across.total.people, 3, "Aida came to both; two guests of one name are two");
    assert_eq!(across.total.figures.seedlings, 100);
}

#[test]
fn the_volunteer_of_the_year_is_found_by_verified_hours_and_nobody_in_dispute_is() {
    let mut world = morning(105);
    let [north] = world.phones(["north"]);
    let [first, second] = world.leads(["first", "second"]);
    let [aida, bolat, dauren, yerlan] = ["Aida", "Bolat", "Dauren", "Yerlan"].map(|name| world.person(name));
    works(&mut world, &north, bolat, 180);
    works(&mut world, &north, aida, 60);
    works(&mut world, &north, dauren, 240);
    world.check_in(&north, yerlan);
    [first, second].iter().for_each(|lead| world.cut(lead));
    world.assign_team(&first, dauren, "T1");
    world.assign_team(&second, dauren, "T2");
    world.heal();
    world.settle();
    let laptop = world.laptop();
    let query = AwardsQuery { at_least_ms: HOUR_MS / 2, most: 10, ..AwardsQuery::default() };
    let ask = |world: &World, phone: &Phone, query: &AwardsQuery| dossier(query.clone(), &[world.awards(phone)]);
    let shortlist = ask(&world, &laptop, &query);
    let event = world.event();
    let ranked: Vec<_> = shortlist.nominees.iter().map(|one| (one.rank, one.who.known_as.clone())).collect();
    let known = |person: PersonId| vec![(event, person.subject())];
    assert_eq!(ranked, [(1, known(bolat)), (2, known(aida))], "imputed time that nobody confirmed does not count");
    let [left_out] = &shortlist.excluded[..] else { panic!("one is left out") };
    assert_eq!(left_out.who.known_as, known(dauren));
    assert_eq!(left_out.disputes, [Dispute { event, about: DisputeKind::Field(PersonField::Team) }]);
    let shown = shortlist.nominees.iter().flat_map(|one| &one.days).flat_map(|day| &day.sessions);
    assert!(shown.clone().all(|session| session.entries.len() == 2 && session.site.is_some()));
    assert!(shown.flat_map(|session| &session.entries).all(|shown| shown.entry.device == world.device(&north)));

    // The same state is answered the same everywhere; another one has another name.
    assert_eq!(ask(&world, &first, &query), shortlist);
    world.assign_team(&laptop, dauren, "T1");
    world.settle();
    let settled = ask(&world, &laptop, &AwardsQuery { most: 1, ..query.clone() });
    assert_eq!((&settled.nominees[0].who.known_as, settled.nominees.len()), (&known(dauren), 1));
    assert_ne!(settled.events[0].basis.digest, shortlist.events[0].basis.digest);
    let yesterday = date_of_day(today(&world) - 1);
    let before = ask(&world, &laptop, &AwardsQuery { until: Some(yesterday), ..query.clone() });
    assert_eq!(before.nominees, []);

    // What nobody saw end counts once somebody confirms it, and the dossier says who did.
    let day = today(&world);
    world.rule(&laptop, Decision::Confirm { subject: yerlan.subject(), day, imputed_ms: None });
    world.settle();
    let confirmed = ask(&world, &laptop, &query);
    let yerlans = confirmed.nominees.iter().find(|one| one.who.known_as == known(yerlan)).unwrap();
    assert_eq!(yerlans.days[0].confirmed.iter().map(|one| one.by).collect::<Vec<_>>(), [world.device(&laptop)]);
}

#[test]
fn the_marathon_of_good_deeds_counts_deeds_and_people_apart() {
    let mut world = morning(106);
    let [north] = world.phones(["north"]);
    let people = PEOPLE.map(|name| world.person(name).subject());
    let deed = |title: &str, participants: &[Subject]| {
        let (site, title) = ("north".to_owned(), title.to_owned());
        Command::RecordDeed(Deed { site, title, participants: participants.to_vec() })
    };
    world.does(&north, deed("Firewood for the elderly", &people));
    world.does(&north, deed("Blood donation", &people[..2]));
    assert_eq!(
        world.attempt(&north, deed(" ", &people)).unwrap_err(),
        CommandError::Invalid { field: "title", why: "a deed needs a name" }
    );
    works(&mut world, &north, people[0], 60);
    world.settle();
    let laptop = world.laptop();
    let (view, account) = world.account(&laptop);
    let total = account.total();
    assert_eq!((total.figures.deeds, total.deed_people, total.people), (2, 6, 1));
    assert_eq!((view.totals.figures.deeds, view.totals.deed_people, view.totals.attended), (2, 6, 1));
    world.assert_same_view_everywhere();
}

#[test]
fn silver_volunteers_are_counted_by_whichever_flag_the_event_sets() {
    let mut world = morning(107);
    let laptop = world.laptop();
    let [aida, bolat] = [world.person("Aida"), world.person("Bolat")];
    world.edit(&laptop, aida, PersonEdit::BirthYear(Some(1960)));
    world.edit(&laptop, bolat, PersonEdit::BirthYear(Some(1975)));
    world.edit(&laptop, bolat, PersonEdit::Categories(vec!["veterans".to_owned()]));
    let [north] = world.phones(["north"]);
    world.settle();
    [aida, bolat].into_iter().for_each(|person| works(&mut world, &north, person, 60));
    let silver = |world: &World| world.account(&laptop).1.total().silver;
    world.settle();
    assert_eq!(silver(&world), 0);
    for (rule, expected) in [
        (Some(SilverRule::Age(55)), 1),
        (Some(SilverRule::BornBy(1980)), 2),
        (Some(SilverRule::Category("veterans".to_owned())), 1),
        (None, 0),
    ] {
        world.plans(EventEdit::Silver(rule));
        assert_eq!(silver(&world), expected);
    }
    world.settle();
    world.assert_same_view_everywhere();
}

#[test]
fn small_grants_report_unique_people_hours_and_outputs_by_grant() {
    let mut read = Vec::new();
    for (seed, grant) in [(108, "SG-7"), (109, "SG-7"), (110, "SG-8")] {
        let mut world = morning(seed);
        let funding = Funding { project: Some(format!("P-{seed}")), ..Funding::default() };
        world.plans(EventEdit::Funding { grant: grant.to_owned(), funding: Some(funding) });
        let laptop = world.laptop();
        let aida = world.person("Aida");
        let register = ExternalId { issuer: "qazvolunteer.kz".to_owned(), value: "5".to_owned() };
        world.edit(&laptop, aida, PersonEdit::ExternalIds(vec![register]));
        let [north] = world.phones(["north"]);
        world.settle();
        let bolat = world.person("Bolat");
        [aida, bolat].into_iter().for_each(|person| works(&mut world, &north, person, 60));
        world.litter(&north, 4);
        world.settle();
        let event = world.replica(&laptop).shown().event.into_owned();
        let (view, account) = world.account(&laptop);
        read.push((world.event(), event, view, account));
    }
    let report = |grant: &str, project: Option<&str>| {
        let funded = read.iter().filter(|(_, event, ..)| is_funded_by(event, grant, project));
        let among: Vec<_> = funded.map(|(id, _, view, account)| Among { id: *id, view, account }).collect();
        let total = count_across(&among, None).total;
        (total.people, total.figures.verified_ms / HOUR_MS, total.figures.bags)
    };
    assert_eq!(report("SG-7", None), (3, 4, 8), "Aida is one, though she came twice");
    assert_eq!(report("SG-7", Some("P-109")), (2, 2, 4));
    assert_eq!((report("SG-8", None), report("SG-9", None)), ((2, 2, 4), (0, 0, 0)));
}

#[test]
fn digital_volunteers_log_hours_that_count_once_somebody_else_approves_them() {
    let mut world = morning(111);
    let day = today(&world);
    let task = RemoteTask { from: day - 30, until: day + 30, ..RemoteTask::default() };
    world.plans(EventEdit::RemoteTask { key: "maps".to_owned(), task: Some(task) });
    let [own] = world.phones(["own"]);
    let [colleague] = world.organizers(["colleague"]);
    world.settle();
    let aida = world.person("Aida").subject();
    let now = world.now();
    let work = |task: &str, hours: i64| {
        let (start, note) = (UnixMillis(now.0 - hours * 3_600_000), "24 tiles".to_owned());
        Command::LogRemoteWork(RemoteWork { subject: aida, task: task.to_owned(), start, end: now, note })
    };
    assert_eq!(world.attempt(&own, work("tea", 2)).unwrap_err(), CommandError::UnknownTask("tea".to_owned()));
    assert_eq!(world.attempt(&own, work("maps", 25)).unwrap_err(), CommandError::TooLong);
    assert_eq!(world.attempt(&own, work("maps", -1)).unwrap_err(), CommandError::Backwards);
    let logged = world.does(&own, work("maps", 2)).entry.unwrap();
    let laptop = world.laptop();
    let selfish = world.does(&laptop, work("maps", 3)).entry.unwrap();
    world.settle();
    let waiting = world.view(&laptop);
    assert_eq!((waiting.remote.len(), waiting.days_of(aida).len(), waiting.totals.people), (2, 0, 0));
    let approve =
        |entry| sync_core::documents::rulings::Ruling { decision: Decision::Approve(entry), reason: String::new() };
    let id = sync_core::ids::RulingId([7; 8]);
    assert_eq!(world.attempt(&laptop, Command::Rule(id, approve(selfish))).unwrap_err(), CommandError::OwnWork);
    world.rule(&laptop, Decision::Approve(logged));
    world.settle();
    let view = world.view(&laptop);
    let [approved] = view.days_of(aida) else { panic!("one day") };
    assert_eq!((approved.manual_ms, approved.verified_ms, approved.observations), (2 * HOUR_MS, 2 * HOUR_MS, 0));
    assert_eq!((view.totals.attended, view.totals.people), (0, 1));
    world.rule(&colleague, Decision::Approve(selfish));
    world.settle();
    assert_eq!(world.view(&laptop).days_of(aida)[0].verified_ms, 3 * HOUR_MS, "no hour counts twice");
    world.assert_same_view_everywhere();
}

#[test]
fn a_forum_has_sessions_and_shows_who_came_to_which() {
    let mut world = morning(112);
    let day = today(&world);
    let session = |site: &str, starts: u16, ends: u16, hazardous| {
        Some(Shift { site: site.to_owned(), day, starts, ends, need: 2, hazardous, ..Shift::default() })
    };
    world.plans(EventEdit::Shift { key: "opening".to_owned(), shift: session("north", 9 * 60, 10 * 60, false) });
    world.plans(EventEdit::Shift { key: "diving".to_owned(), shift: session("harbour", 11 * 60, 12 * 60, true) });
    let laptop = world.laptop();
    let [aida, bolat, dauren] = ["Aida", "Bolat", "Dauren"].map(|name| world.person(name));
    world.edit(&laptop, aida, PersonEdit::BirthYear(Some(2011)));
    let both = vec!["opening".to_owned(), "diving".to_owned()];
    let refused = world.attempt(&laptop, Command::EditPerson(aida, PersonEdit::Shifts(both.clone())));
    assert_eq!(refused.unwrap_err(), CommandError::MinorAtRisk { shift: "diving".to_owned() });
    world.edit(&laptop, aida, PersonEdit::Shifts(both[..1].to_vec()));
    world.edit(&laptop, bolat, PersonEdit::Shifts(both));
    let [north, harbour] = world.phones(["north", "harbour"]);
    world.settle();
    world.check_in_at(&north, "north", aida);
    world.check_in_at(&north, "north", dauren);
    world.wait_minutes(20);
    world.check_out_at(&north, "north", aida);
    world.wait_minutes(120);
    world.check_in_at(&harbour, "harbour", bolat);
    world.settle();
    let sessions = world.with_sources(&laptop, |sources| shift_attendance(sources, &sources.view()));
    let of = |key: &str| sessions.iter().find(|one| one.key == key).unwrap();
    assert_eq!(of("opening").assigned.len(), 2);
    assert_eq!(of("opening").missing, [bolat.subject()]);
    assert!(of("opening").came.contains(&dauren.subject()), "whoever was not assigned came all the same");
    assert_eq!((of("diving").came.as_slice(), of("diving").missing.len()), (&[bolat.subject()][..], 0));
    let person = world.replica(&laptop).shown().roster.people[&aida].clone();
    assert_eq!(person.values(PersonField::Shifts).len(), 1);

    // A paper list says that Bolat was at the opening too: at its site he was, at another he would not have been.
    let zone = world.replica(&laptop).shown().event.zone.table.clone();
    let at = |minute| zone.moment(sync_core::time::date_of_day(day), minute);
    for (site, missing) in [("harbour", 1), ("north", 0)] {
        let (subject, start, end, site) = (bolat.subject(), at(9 * 60), at(10 * 60), Some(site.to_owned()));
        world.rule(&laptop, Decision::Manual { subject, start, end, site });
        let sessions = world.with_sources(&laptop, |sources| shift_attendance(sources, &sources.view()));
        assert_eq!(sessions.iter().find(|one| one.key == "opening").unwrap().missing.len(), missing);
    }
}
