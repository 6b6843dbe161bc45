//! Which pairs follow from better ones.

use super::traits::Traits;

/// Two records that are likely enough, by their positions.
#[derive(Clone, Copy)]
pub(super) struct Link {
    /// The place of the smaller record.
    pub a: u32,
    /// The place of the greater record.
    pub b: u32,
    pub score: u16,
    pub follows: bool,
}

/// Marks the pairs that better ones already join: who rules on the better ones has settled them.
///
/// Of equally good pairs the one counts as better whose records were there first. Records that say the same word for
/// word never follow: nobody can tell which of them repeats which.
pub(super) fn mark_followers(links: &mut [Link], all: &[Traits]) {
    let mut rank: Vec<u32> = (0..u32::try_from(all.len()).unwrap_or(u32::MAX)).collect();
    rank.sort_by_key(|index| (all[*index as usize].since, *index));
    let mut place = vec![0u32; all.len()];
    for (position, index) in (0u32..).zip(&rank) {
        place[*index as usize] = position;
    }
    links.sort_by_key(|link| {
        let (a, b) = (place[link.a as usize], place[link.b as usize]);
        (u16::MAX - link.score, a.min(b), a.max(b))
    });
    let mut groups = Groups((0..u32::try_from(all.len()).unwrap_or(u32::MAX)).collect());
    for link in links {
        let is_news = groups.join(link.a, link.b);
        link.follows = !is_news && all[link.a as usize].typed != all[link.b as usize].typed;
    }
}

/// Sets that grow together.
struct Groups(Vec<u32>);

impl Groups {
    fn root(&mut self, mut of: u32) -> u32 {
        while self.0[of as usize] != of {
            let above = self.0[of as usize];
            self.0[of as usize] = self.0[above as usize];
            of = above;
        }
        of
    }

    /// Tells whether the two were apart before.
    fn join(&mut self, a: u32, b: u32) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b) as usize] = a.min(b);
        a != b
    }
}
