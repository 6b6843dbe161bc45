//! At which sites the time of a session was spent.

use std::collections::BTreeMap;

use super::Session;
use crate::documents::log::{Log, Record};
use crate::documents::rulings::{Decision, Rulings};
use crate::ids::{DeviceId, EntryRef, Incarnation, RulingId};

/// Finds the sites of sessions: where entries were recorded, and where organizers granted time.
pub struct Places<'a> {
    logs: BTreeMap<(DeviceId, Incarnation), &'a Log>,
    granted: BTreeMap<RulingId, &'a str>,
}

impl<'a> Places<'a> {
    /// Reads the documents on which a view rests.
    #[must_use]
    pub fn of(logs: &[&'a Log], rulings: &'a Rulings) -> Self {
        let logs = logs.iter().map(|log| ((log.device, log.incarnation), *log));
        Self { logs: logs.collect(), granted: granted_sites(rulings) }
    }

    /// The keys of the sites of a session, each once: where somebody was seen, in the order of time, or where the time
    /// was granted. Empty where nobody said it.
    #[must_use]
    pub fn of_session(&self, session: &Session) -> Vec<&'a str> {
        let mut sites: Vec<&str> = Vec::new();
        let seen = session.evidence.iter().filter_map(|entry| self.of_entry(entry));
        for site in seen.filter(|site| !site.is_empty()) {
            if !sites.contains(&site) {
                sites.push(site);
            }
        }
        if sites.is_empty() {
            sites.extend(session.ruling.and_then(|ruling| self.granted.get(&ruling)));
        }
        sites
    }

    fn of_entry(&self, entry: &EntryRef) -> Option<&'a str> {
        let log = self.logs.get(&(entry.device, entry.incarnation))?;
        match &log.entries.get(usize::try_from(entry.counter).ok()?)?.record {
            Record::CheckIn(presence) | Record::CheckOut(presence) => Some(&presence.site),
            _ => None,
        }
    }
}

/// The keys of the sites at which time was granted, as far as the rulings say.
pub(super) fn granted_sites(rulings: &Rulings) -> BTreeMap<RulingId, &str> {
    let all = rulings.by_id.iter().flat_map(|(id, values)| values.iter().map(|value| (*id, &value.value.decision)));
    let sites = all.filter_map(|(id, decision)| match decision {
        Decision::Manual { site: Some(site), .. } => Some((id, site.as_str())),
        _ => None,
    });
    sites.collect()
}
