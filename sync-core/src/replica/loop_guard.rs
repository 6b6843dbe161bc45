//! When an exchange goes round in circles.

use super::Progress;

/// So many pages in a row may bring nothing that was not here: somebody reads again what they have.
const BARREN_LIMIT: u32 = 256;
/// So often a peer may say, in one exchange, that it was restored.
const REWOUND_LIMIT: u32 = 3;

/// Tells an exchange that comes to an end from one that a peer keeps going, whatever it answers.
#[derive(Clone, Copy, Debug, Default)]
pub struct LoopGuard {
    barren: u32,
    rewound: u32,
}

impl LoopGuard {
    /// Counts a page. Whether it is worth going on, if there is more.
    #[must_use]
    pub fn allows_more_after(&mut self, page: &Progress) -> bool {
        self.barren = if page.is_barren { self.barren + 1 } else { 0 };
        self.rewound += u32::from(page.peer_was_restored);
        self.barren <= BARREN_LIMIT && self.rewound <= REWOUND_LIMIT
    }
}
