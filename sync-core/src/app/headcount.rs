//! How many people are here, of how many: for a headcount before the bus leaves.

use std::collections::BTreeMap;

use super::people::{Directory, Listed};

/// How many of some people came and are inside.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Headcount {
    /// So many people are meant: those who were withdrawn and did not come are left out.
    pub expected: u32,
    /// So many of them were seen at a gate.
    pub came: u32,
    /// So many came and were not seen leaving.
    pub inside: u32,
}

/// A team's part.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct TeamHeadcount {
    /// The key of the team, as the roster writes it.
    pub team: String,
    /// Its people.
    pub people: Headcount,
}

/// A site's part.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct SiteHeadcount {
    /// The key of the site.
    pub site: String,
    /// So many people are inside there.
    pub inside: u32,
}

/// How many people are here, in all, by team and by site.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Headcounts {
    /// Everybody, with those registered at gates.
    pub everybody: Headcount,
    /// Each team to which somebody belongs, in the order of the keys.
    pub teams: Vec<TeamHeadcount>,
    /// Each site where somebody is, in the order of the keys.
    pub sites: Vec<SiteHeadcount>,
}

impl Headcounts {
    pub(super) fn of(directory: &Directory) -> Self {
        let mut everybody = Headcount::default();
        let mut teams: BTreeMap<&str, Headcount> = BTreeMap::new();
        let mut sites: BTreeMap<&str, u32> = BTreeMap::new();
        for listed in directory.listed() {
            everybody.add(listed);
            if let Some(team) = &listed.row.team {
                teams.entry(team).or_default().add(listed);
            }
            if let Some(site) = &listed.row.inside_at {
                *sites.entry(site).or_default() += 1;
            }
        }
        let teams = teams.into_iter().map(|(team, people)| TeamHeadcount { team: team.to_owned(), people });
        let sites = sites.into_iter().map(|(site, inside)| SiteHeadcount { site: site.to_owned(), inside });
        Self { everybody, teams: teams.collect(), sites: sites.collect() }
    }
}

impl Headcount {
    fn add(&mut self, listed: &Listed) {
        self.expected += u32::from(listed.was_seen || listed.row.withdrawn.is_none());
        self.came += u32::from(listed.was_seen);
        self.inside += u32::from(listed.row.inside_at.is_some());
    }
}
