//! A shared document that begins with a new history: what it said goes on, by home's hand, and nothing of how it came
//! about stays.
//!
//! Home writes each value for who wrote it before. Values that stood beside each other go on doing so: home is several
//! authors then, none of whom knows of the others. What reaches home later of the history before is written into the
//! new one as concurrent as it was.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::change::{Change, Container, DEPS_LIMIT, OpId, Put};
use super::erasing::{Erased, remainder};
use super::history::{History, Link};
use super::newer::NewerContent;
use super::registers::{RegisterValue, Registers};
use super::roster::{self, mark_of_erasure, person_of, register};
use super::rulings::{self, Ruling};
use super::{Author, Documents, Origin, Stored, Unfit, decode_exact, encode, origin_of, with_origin};
use crate::ids::{
    Actor, ChangeHash, DeviceId, DocumentRef, Era, EraId, Incarnation, SharedDocument, Subject, tagged_hash,
};
use crate::time::{ClockReading, UnixMillis};
use crate::trust::PublicKey;

/// Values of a register that stand beside each other, the shown one last.
type Values = Vec<Vec<u8>>;

/// A change that home puts down for others holds about this much.
const CHANGE_TARGET_BYTES: usize = 96 * 1024;
/// And no more values than this.
const CHANGE_TARGET_VALUES: usize = 8192;

/// What home is to write for others: into which document, as which of the authors that it is, and what.
pub(crate) struct Written {
    pub document: DocumentRef,
    pub incarnation: Incarnation,
    /// What the author's first change builds on; empty is the document's genesis.
    base: Vec<ChangeHash>,
    edits: Vec<(String, Vec<u8>)>,
}

impl Written {
    /// The same in parts that each become one change.
    pub(crate) fn in_parts(self) -> Vec<Self> {
        let Self { document, incarnation, base, edits } = self;
        let mut parts: Vec<Self> = Vec::new();
        let mut bytes = usize::MAX;
        for (key, value) in edits {
            let size = key.len() + value.len();
            let is_full = bytes.saturating_add(size) > CHANGE_TARGET_BYTES;
            if is_full || parts.last().is_some_and(|part| part.edits.len() >= CHANGE_TARGET_VALUES) {
                parts.push(Self { document, incarnation, base: base.clone(), edits: Vec::new() });
                bytes = 0;
            }
            bytes += size;
            if let Some(part) = parts.last_mut() {
                part.edits.push((key, value));
            }
        }
        parts
    }
}

/// An incarnation of home in which it writes for others.
fn incarnation(purpose: &str, parts: &[&[u8]]) -> Incarnation {
    let hash = tagged_hash(purpose, parts);
    let mut incarnation = [0; 8];
    incarnation.copy_from_slice(&hash[..8]);
    Incarnation(incarnation)
}

/// The n-th author that home is when it founds a document.
fn founder(era: EraId, n: usize) -> Incarnation {
    incarnation("saxaul/founder", &[&era.0, &(n as u64).to_be_bytes()])
}

impl Documents {
    /// What home writes into the next founding of a document, so that it says what it says now, without what is said of
    /// anybody who is erased.
    pub(crate) fn founding(
        &self,
        document: SharedDocument,
        era: EraId,
        key: &PublicKey,
        erased: &Erased,
    ) -> Result<Vec<Written>, Unfit> {
        let mut carried: Vec<(String, Values)> = match document {
            SharedDocument::Roster => self.carried_roster(erased)?,
            SharedDocument::Rulings => self.carried_rulings(erased)?,
            SharedDocument::Event => Vec::new(),
        };
        // Values of one register get the same counter from each author, so that the author decides which one is shown.
        carried.sort_by(|(a, many), (b, more)| more.len().cmp(&many.len()).then_with(|| a.cmp(b)));
        let authors = carried.first().map_or(0, |(_, values)| values.len());
        let document = document.in_era(era);
        let id = document.id(self.event());
        let mut incarnations: Vec<Incarnation> = (0..authors).map(|n| founder(era, n)).collect();
        incarnations.sort_by_key(|incarnation| Actor::of(id, &key.0, *incarnation));
        let written = incarnations.into_iter().enumerate().map(|(n, incarnation)| {
            let edits = carried.iter().filter_map(|(key, values)| Some((key.clone(), values.get(n)?.clone())));
            Written { document, incarnation, base: Vec::new(), edits: edits.collect() }
        });
        Ok(written.collect())
    }

    fn carried_roster(&self, erased: &Erased) -> Result<Vec<(String, Values)>, Unfit> {
        let registers = self.shared(SharedDocument::Roster);
        let is_erased = |key: &str| person_of(key).is_some_and(|id| erased.contains(&Subject::Person(id)));
        // Each of them is marked anew below: once, also whoever was erased in an earlier era.
        let marks: HashSet<String> = erased.iter().map(|subject| mark_of_erasure(*subject)).collect();
        let mut carried = Vec::new();
        for (key, values) in registers.present().filter(|(key, _)| !is_erased(key) && !marks.contains(*key)) {
            let mut values = carry(registers, values)?;
            if roster::is_newer(key) {
                values = without_newer(values, erased)?;
            }
            carried.push((key.to_owned(), values));
        }
        for subject in erased {
            if let Subject::Person(id) = subject
                && let Some(record) = self.roster().people.get(id)
            {
                carried.push((register(*id, None), vec![encode(&timeless(remainder(*subject, record)))]));
            }
            carried.push((mark_of_erasure(*subject), vec![encode(&timeless(roster::Erased {}))]));
        }
        Ok(carried)
    }

    fn carried_rulings(&self, erased: &Erased) -> Result<Vec<(String, Values)>, Unfit> {
        let registers = self.shared(SharedDocument::Rulings);
        let carried = registers.present().map(|(key, values)| {
            if rulings::is_newer(key) {
                return Ok((key.to_owned(), without_newer(carry(registers, values)?, erased)?));
            }
            let mut carried = Vec::new();
            for value in carry(registers, values)? {
                let mut stored: Stored<Ruling> = decode_exact(&value)?;
                if self.concerns(&stored.value, erased) {
                    stored.value.reason.clear();
                }
                carried.push(encode(&stored));
            }
            Ok((key.to_owned(), carried))
        });
        carried.collect()
    }
}

/// Values that only a newer version can read, without what they say of anybody who is erased.
fn without_newer(values: Values, erased: &Erased) -> Result<Values, Unfit> {
    let without = |value: Vec<u8>| {
        let stored: Stored<NewerContent> = decode_exact(&value)?;
        if !stored.value.speaks_of(erased) {
            return Ok(value);
        }
        Ok(encode(&Stored { value: stored.value.emptied(), ..stored }))
    };
    values.into_iter().map(without).collect()
}

/// A value for which no clock is to be believed, nor anybody asked.
fn timeless<T>(value: T) -> Stored<T> {
    Stored::new(ClockReading { boot: 0, mono_ms: 0, wall_ms: UnixMillis(0) }, value)
}

/// The values of a register for their authors: whoever they were written for, or by.
fn carry(registers: &Registers, values: &[RegisterValue]) -> Result<Values, Unfit> {
    let carried = values.iter().map(|RegisterValue { op, bytes }| {
        let author = registers.history().chain(&op.actor).ok_or(Unfit)?.device;
        let by = origin_of(bytes)?.map_or(author, |origin| origin.by);
        with_origin(bytes, Origin { by, counter: op.counter })
    });
    carried.collect()
}

/// What came late of an earlier era: for whom it is written into the present one, and what.
pub(crate) struct Late<'a> {
    pub document: DocumentRef,
    pub device: DeviceId,
    pub change: &'a Change<'a>,
    pub puts: &'a [Put<'a>],
}

/// How much of what is there now the author of a late value had seen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Knew {
    /// Everything that stood there when the document was founded again.
    TheFounding,
    /// Not all of it: the value stands beside what is there.
    Nothing,
}

impl Knew {
    const fn name(self) -> &'static [u8] {
        match self {
            Self::TheFounding => b"founding",
            Self::Nothing => b"nothing",
        }
    }
}

impl Documents {
    /// What home writes into the present era for who wrote a change of an earlier one.
    pub(crate) fn written_for(&self, late: &Late<'_>, key: &PublicKey) -> Result<Vec<Written>, Unfit> {
        let shared = late.document.shared().ok_or(Unfit)?;
        let document = self.current(shared);
        let mut parts: BTreeMap<Knew, Vec<(String, Vec<u8>)>> = BTreeMap::new();
        let mut newest: HashMap<&str, (OpId, &Put<'_>)> = HashMap::new();
        for (put, counter) in late.puts.iter().zip(late.change.head.start_op..) {
            newest.insert(put.key, (OpId { counter, actor: late.change.head.actor }, put));
        }
        let mut keys: Vec<&str> = newest.keys().copied().collect();
        keys.sort_unstable();
        for name in keys {
            let (op, put) = &newest[name];
            let is_known = shared == SharedDocument::Rulings && !self.shared(shared).values(name, None).is_empty();
            if is_known || self.is_about_an_erased(&document, put) {
                continue;
            }
            // Home itself may have written it for another, in an era that it forgot.
            let by = origin_of(put.value)?.map_or(late.device, |origin| origin.by);
            let value = with_origin(put.value, Origin { by, counter: op.counter })?;
            parts.entry(self.knew(late, put, key)).or_default().push((name.to_owned(), value));
        }
        let written = parts.into_iter().map(|(knew, edits)| {
            let base = match knew {
                Knew::TheFounding => self.founding_heads(shared, key),
                Knew::Nothing => Vec::new(),
            };
            Written { document, incarnation: self.hand(late, knew), base, edits }
        });
        Ok(written.collect())
    }

    /// As whom home writes for the author of a late change.
    fn hand(&self, late: &Late<'_>, knew: Knew) -> Incarnation {
        incarnation("saxaul/late", &[&self.era().id.0, &late.change.head.actor.0, knew.name()])
    }

    /// The last changes by which home founded a document of this era, as many as a change can build on; its genesis, if
    /// nothing was to be written. The n-th value of a register was written by the n-th author, so the first authors hold
    /// every register but those in which more values stand beside each other than that.
    fn founding_heads(&self, shared: SharedDocument, key: &PublicKey) -> Vec<ChangeHash> {
        let (id, history) = (self.current(shared).id(self.event()), self.shared(shared).history());
        let founders = (0..).map(|n| Actor::of(id, &key.0, founder(self.era().id, n)));
        let mut founders: Vec<(Actor, ChangeHash)> =
            founders.map_while(|actor| Some((actor, history.last_of(&actor)?))).collect();
        founders.sort_unstable();
        founders.truncate(DEPS_LIMIT);
        let mut heads: Vec<ChangeHash> = founders.into_iter().map(|(_, head)| head).collect();
        if heads.is_empty() {
            heads.push(history.genesis());
        }
        heads.sort_unstable();
        heads
    }

    fn knew(&self, late: &Late<'_>, put: &Put<'_>, key: &PublicKey) -> Knew {
        let Some(shared) = late.document.shared() else { return Knew::Nothing };
        let id = self.current(shared).id(self.event());
        let registers = self.shared(shared);
        let of = |knew| Actor::of(id, &key.0, self.hand(late, knew));
        let now = registers.values(put.key, None);
        for knew in [Knew::Nothing, Knew::TheFounding] {
            if now.iter().any(|value| value.op.actor == of(knew)) {
                return knew;
            }
        }
        let heads = self.founding_heads(shared, key);
        let seen: BTreeSet<(Option<DeviceId>, u64)> = put
            .over
            .iter()
            .map(|op| {
                let author = self.history(&late.document).and_then(|history| history.chain(&op.actor));
                (author.map(|chain| chain.device), op.counter)
            })
            .collect();
        let knew_it = |value: &RegisterValue| {
            let origin = origin_of(&value.bytes).ok().flatten();
            origin.is_some_and(|origin| {
                [origin.by, self.home()].iter().any(|author| seen.contains(&(Some(*author), origin.counter)))
            })
        };
        let founded = registers.values(put.key, Some(&heads));
        if founded.iter().all(knew_it) { Knew::TheFounding } else { Knew::Nothing }
    }

    /// Writes a change that home puts down for others.
    pub(crate) fn compose_for_others(&self, written: &Written, home: &PublicKey) -> Vec<u8> {
        let author = Author { device: self.home(), key: *home, incarnation: written.incarnation };
        let id = written.document.id(self.event());
        let actor = author.actor(id);
        let shared = written.document.shared().unwrap_or(SharedDocument::Event);
        let registers = self.shared(shared);
        let history = registers.history();
        let deps = match history.last_of(&actor) {
            Some(own) => vec![own],
            None if written.base.is_empty() => vec![history.genesis()],
            None => written.base.clone(),
        };
        registers.compose_on(deps, actor, &written.edits)
    }

    /// Notes that a change of an earlier era is known here. What it says is written elsewhere.
    pub(crate) fn retire(&mut self, document: DocumentRef, device: DeviceId, link: Link) {
        if let Some(history) = self.retired.get_mut(&document).filter(|history| !history.knows(&link.hash)) {
            history.add(device, link);
        }
    }

    /// The histories of earlier eras, with those of this one if it ends, and of one that home forgot.
    pub(crate) fn retiring(&self, forgotten: Option<Era>) -> BTreeMap<DocumentRef, History> {
        let mut retired = self.retired.clone();
        for shared in [SharedDocument::Roster, SharedDocument::Rulings] {
            retired.insert(self.current(shared), self.shared(shared).history().clone());
            if let Some(era) = forgotten {
                let document = shared.in_era(era.id);
                let history = History::forgotten(document.id(self.event), Container::Registers);
                retired.entry(document).or_insert(history);
            }
        }
        retired
    }

    pub(crate) const fn retired(&self) -> &BTreeMap<DocumentRef, History> {
        &self.retired
    }

    pub(crate) fn remember_retired(&mut self, retired: BTreeMap<DocumentRef, History>) {
        self.retired = retired;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_only_a_newer_version_can_read_goes_what_is_said_of_the_erased() {
        let (aida, bolat) = (Subject::from_bits(2), Subject::from_bits(4));
        let said = |subjects: &[Subject], bytes: &[u8]| {
            let content = NewerContent::new(subjects.to_vec(), bytes.to_vec()).unwrap();
            with_origin(&encode(&timeless(content)), Origin { by: DeviceId([1; 16]), counter: 7 }).unwrap()
        };
        let values = vec![said(&[aida, bolat], &[0x01]), said(&[bolat], &[0x02, 0x61, b'a'])];
        let left = without_newer(values, &BTreeSet::from([aida])).unwrap();
        assert_eq!(left, [said(&[aida, bolat], &[]), said(&[bolat], &[0x02, 0x61, b'a'])]);
    }
}
