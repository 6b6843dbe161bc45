//! Cards at a command line: the event describes them, a laptop in the field fills them in.

use tests::binary::{Home, Place, free_port};

const EVENT: &str = r#"{
    "name": {"en": "Shore week"}, "time_zone": "Asia/Aqtau",
    "days": [{"date": "2026-05-18", "opens": "08:00", "closes": "18:00"}],
    "sites": [{"key": "pier"}, {"key": "dune"}], "teams": [{"key": "T1", "name": {"en": "Divers"}}],
    "cards": [
        {"key": "shore", "name": {"en": "Shore"}, "kind": "litter",
         "lines": ["Bottle caps (plastic)", "Lines, nets, traps, ropes, etc."]},
        {"key": "trees", "name": {"en": "Trees"}, "kind": "planting", "lines": ["Haloxylon ammodendron", "Tamarix"]}
    ]
}"#;

#[test]
fn cards_are_filled_in_as_the_event_describes_them_and_nothing_else_is_counted() {
    let place = Place::new();
    let mut home = Home::start(&place, &place.path("data"), free_port());
    let organizer = place.laptop("organizer");
    organizer.joins(&home.first_invite()).done();
    place.write("event.json", EVENT);
    organizer.does(["event", "create", "event.json"]).done();
    organizer.does(["event", "edit", "event.json"]).done();
    let link = organizer.does(["invite", "--role", "marker"]).done().lines().next().unwrap().to_owned();
    let gate = place.laptop("gate");
    gate.joins(&link).done();
    gate.does(["field", "exchange"]).done();
    drop(home);

    // Without a network from here on: every mistake is told, and nothing is written.
    let card = |args: &[&str]| gate.does([&["field", "card"], args].concat());
    let at = ["--site", "pier"];
    card(&at).refused(3, &["name the card", "shore: 1 Bottle caps (plastic), 2 Lines,", "trees: 1 Haloxylon"]);
    card(&[&["reef"][..], &at].concat()).refused(3, &["there is no card `reef`"]);
    card(&[&["shore"][..], &at].concat()).refused(3, &["nothing is counted"]);
    card(&["shore", "--bags", "1"]).refused(3, &["name the site with --site: dune, pier"]);
    for (args, said) in [
        (&["shore", "--item", "Bottles=3"][..], "has no line `Bottles`: it has 1 Bottle caps (plastic)"),
        (&["shore", "--item", "1=3", "--item", "bottle caps (plastic)=4"], "is counted twice"),
        (&["shore", "--bags", "1", "--team", "T9"], "there is no team `T9`: there is T1"),
        (&["shore", "--bags", "1", "--square-metres", "5"], "is for a card of seedlings"),
        (&["trees", "--item", "1=3", "--item", "2=4"], "counts one species"),
        (&["trees", "--item", "1=3", "--bags", "2"], "--bags is for a card of litter"),
        (&["trees", "--item", "2=0"], "nothing is counted"),
    ] {
        card(&[args, &at].concat()).refused(3, &[said]);
    }
    for args in [
        ["shore", "--kg", "12.5678"],
        ["shore", "--kg=-1", "--bags=1"],
        ["shore", "--item", "1"],
        ["shore", "--bags", "x"],
    ] {
        card(&[&args[..], &at].concat()).refused(2, &["invalid value"]);
    }

    let shore = ["shore", "--bags", "4", "--kg", "12.345", "--litres", "200", "--metres", "850", "--people", "6"];
    let counts = ["--team", "T1", "--item", "Bottle caps (plastic)=120", "--item", "2=7"];
    let told = card(&[&shore[..], &counts, &at].concat()).done();
    assert!(told.starts_with("Litter at pier: 4 bags, 12.345 kg, 127 pieces (entry "), "{told}");
    let told = card(&["trees", "--item", "tamarix=250", "--square-metres", "4000", "--site", "dune"]).done();
    assert!(told.starts_with("250 × Tamarix at dune on 4000 m² (entry "), "{told}");
    card(&[&["shore", "--bags", "99"][..], &at].concat()).done();
    assert!(gate.does(["field", "undo"]).done().starts_with("Litter card of pier (entry "));

    let totals = gate.does(["report", "totals", "--offline"]).done();
    for sum in
        ["\nbags,4", "\ngrams,12345", "\nseedlings,250", "\nsquare_metres,4000", "\nitems: Bottle caps (plastic),120"]
    {
        assert!(totals.contains(sum), "{sum:?} in {totals}");
    }
    let tides = gate.does(["report", "tides", "--offline"]).done();
    assert!(tides.contains("27.216,0.528") && tides.lines().count() == 2, "{tides}");
}
