//! The teams of an event, as lists call them: by key or by name.

use std::collections::BTreeMap;

use crate::canonical::canonical_code;
use crate::documents::event::EventInfo;

/// What the teams of an event are called.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TeamNames {
    /// The key of a team by the canonical form of its key and of its names; `None` where several teams are called so.
    keys: BTreeMap<String, Option<String>>,
}

impl TeamNames {
    /// The teams of an event.
    #[must_use]
    pub fn of(event: &EventInfo) -> Self {
        let mut keys: BTreeMap<String, Option<String>> = BTreeMap::new();
        for (key, team) in &event.teams {
            for name in [&team.name.kk, &team.name.ru, &team.name.en] {
                let name = canonical_code(name);
                let other = |known: &mut Option<String>| *known = known.take().filter(|known| known == key);
                if !name.is_empty() {
                    keys.entry(name).and_modify(other).or_insert_with(|| Some(key.clone()));
                }
            }
        }
        // A key stands above another team's name.
        keys.extend(event.teams.keys().map(|key| (canonical_code(key), Some(key.clone()))));
        Self { keys }
    }

    /// The key of the team that a list calls `written`, be it by the key or by a name.
    pub(super) fn key_of(&self, written: &str) -> Option<&str> {
        self.keys.get(&canonical_code(written))?.as_deref()
    }

    /// Whether the event has no teams of its own, and any will do.
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}
