//! Time as it is told: by home's clock, and by the clocks of phones, which may be wrong by years.
//!
//! There is deliberately no `now()`: whoever knows the time hands it in. All arithmetic is in integer
//! milliseconds.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};
use minicbor::{Decode, Encode};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Debug,
    Default,
    Encode,
    Decode,
    serde::Serialize,
    serde::Deserialize,
)]
#[cbor(transparent)]
pub struct UnixMillis(#[n(0)] pub i64);

/// What a device's clocks read at one moment.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct ClockReading {
    /// Names one run of the device from power-on to power-off. Never reused on that device.
    ///
    /// A shell whose monotonic clock stands still while the device sleeps (a page in a browser), or that sees its wall
    /// clock set while it runs, begins a new boot then.
    pub boot: u64,
    /// Milliseconds since `boot` began, of a clock that only moves forward and also counts sleep.
    pub mono_ms: u64,
    /// What the device takes for the time of day: right, wrong, or changed by hand.
    pub wall_ms: UnixMillis,
}

/// 1900-01-01 and 3000-01-01 in milliseconds since 1970: no clock of a device shows a time outside them.
const WALL_RANGE_MS: std::ops::Range<i64> = -2_208_988_800_000..32_503_680_000_000;
/// A thousand years: no device runs so long.
const MONO_LIMIT_MS: u64 = 31_556_952_000_000;

/// An answer that was longer under way says too little about home's time.
const ANSWER_LIMIT_MS: u64 = 10_000;

impl ClockReading {
    /// Whether a clock can read this: a time of day from 1900 to 2999, and less than a thousand years since power-on. A clock
    /// may be wrong by decades; anything else is a mistake in a program, or made up.
    #[must_use]
    pub fn is_possible(self) -> bool {
        WALL_RANGE_MS.contains(&self.wall_ms.0) && self.mono_ms < MONO_LIMIT_MS
    }

    /// What the clocks read in the middle between a question to home and its answer; `None` if the answer took more than
    /// ten seconds, another boot began meanwhile, or no clock reads such a thing: then nothing is known of home's time.
    #[must_use]
    pub fn middle(asked: Self, answered: Self) -> Option<Self> {
        if !asked.is_possible() || !answered.is_possible() {
            return None;
        }
        let took_ms = answered.mono_ms.checked_sub(asked.mono_ms).filter(|took| *took <= ANSWER_LIMIT_MS)?;
        let wall_ms = (i128::from(asked.wall_ms.0) + i128::from(answered.wall_ms.0)).div_euclid(2);
        (asked.boot == answered.boot).then(|| Self {
            boot: asked.boot,
            mono_ms: asked.mono_ms + took_ms / 2,
            wall_ms: UnixMillis(i64::try_from(wall_ms).unwrap_or(answered.wall_ms.0)),
        })
    }
}

/// Written as `[boot, wall − mono, mono]`: the first two stay the same from entry to entry, which compresses.
impl<C> Encode<C> for ClockReading {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        let offset = self.wall_ms.0.wrapping_sub(self.mono_ms.cast_signed());
        e.array(3)?.u64(self.boot)?.i64(offset)?.u64(self.mono_ms)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for ClockReading {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        if d.array()? != Some(3) {
            return Err(minicbor::decode::Error::message("a clock reading has three numbers"));
        }
        let (boot, offset, mono_ms) = (d.u64()?, d.i64()?, d.u64()?);
        Ok(Self { boot, mono_ms, wall_ms: UnixMillis(offset.wrapping_add(mono_ms.cast_signed())) })
    }
}

/// A moment at which a device knew home's time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Anchor {
    /// What the device's clocks read then.
    pub reading: ClockReading,
    /// What home's clock read then.
    pub home_ms: UnixMillis,
}

/// The offsets from UTC that hold around an event.
///
/// They travel in the event document, so that the same documents give the same hours on devices whose time zone
/// databases differ.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, serde::Serialize, serde::Deserialize)]
pub struct ZoneTable {
    /// From each moment on, so many seconds are added to UTC; in ascending order. Before the first, the first holds.
    #[n(0)]
    pub offsets: Vec<ZoneOffset>,
}

/// One step of a [`ZoneTable`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, serde::Serialize, serde::Deserialize)]
pub struct ZoneOffset {
    /// From when on the offset holds.
    #[n(0)]
    pub from: UnixMillis,
    /// Seconds east of UTC.
    #[n(1)]
    pub seconds: i32,
}

const DAY_MS: i64 = 86_400_000;
/// 0001-01-01 and 9999-12-31 as days since 1970-01-01: outside them a clock reading is clamped.
pub(crate) const DAY_RANGE: std::ops::RangeInclusive<i64> = -719_162..=2_932_896;

impl ZoneTable {
    fn offset_ms(&self, at: UnixMillis) -> i64 {
        let step = self.offsets.iter().rev().find(|step| step.from <= at).or(self.offsets.first());
        step.map_or(0, |step| i64::from(step.seconds) * 1000)
    }

    /// The date on which `at` falls. Moments beyond the years 1 to 9999 are clamped to them.
    #[must_use]
    pub fn date_of(&self, at: UnixMillis) -> Date {
        date_of_day(self.day_of(at))
    }

    /// The day on which `at` falls by the local clock, as days since 1970-01-01; not clamped.
    pub(crate) fn day_of(&self, at: UnixMillis) -> i64 {
        at.0.saturating_add(self.offset_ms(at)).div_euclid(DAY_MS)
    }

    /// What the clocks on the wall show at `at`, to the second. Clamped as [`ZoneTable::date_of`].
    #[must_use]
    pub fn local(&self, at: UnixMillis) -> DateTime {
        let local = at.0.saturating_add(self.offset_ms(at));
        let second = local.rem_euclid(DAY_MS) / 1000;
        let part = |value: i64| i8::try_from(value).unwrap_or_default();
        date_of_day(local.div_euclid(DAY_MS)).at(part(second / 3600), part(second / 60 % 60), part(second % 60), 0)
    }

    /// The moment at which the clocks show `minute` of `date`; 1440 and more is on the next date.
    ///
    /// Of a time that the clocks show twice, the first; one that they skip is read with the offset before the change.
    #[must_use]
    pub fn moment(&self, date: Date, minute: u16) -> UnixMillis {
        let local = day_of_date(date) * DAY_MS + i64::from(minute) * 60_000;
        let read_with = |step: &ZoneOffset| UnixMillis(local - i64::from(step.seconds) * 1000);
        let mut before = None;
        for (step, next) in self.offsets.iter().zip(self.offsets.iter().skip(1).map(Some).chain([None])) {
            let at = read_with(step);
            if next.is_none_or(|next| at < next.from) {
                return if at < step.from { before.unwrap_or(at) } else { at };
            }
            before = Some(at);
        }
        UnixMillis(local)
    }
}

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// Days from 1970-01-01 to `date`.
#[must_use]
pub fn day_of_date(date: Date) -> i64 {
    date.duration_since(EPOCH).as_hours() / 24
}

/// The date `day` days after 1970-01-01, clamped to the years 1 to 9999.
#[must_use]
pub fn date_of_day(day: i64) -> Date {
    let day = day.clamp(*DAY_RANGE.start(), *DAY_RANGE.end());
    // With `expect` every text that the calendar's errors can have would be part of the libraries for apps.
    let Ok(date) = EPOCH.checked_add(SignedDuration::from_hours(day * 24)) else {
        unreachable!("a clamped day is within the calendar")
    };
    date
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn qyzylorda() -> ZoneTable {
        ZoneTable {
            offsets: vec![
                ZoneOffset { from: UnixMillis(0), seconds: 6 * 3600 },
                ZoneOffset { from: UnixMillis(1_709_229_600_000), seconds: 5 * 3600 },
            ],
        }
    }

    #[test]
    fn an_evening_in_utc_is_the_next_day_in_the_east() {
        let zone = qyzylorda();
        let nine_pm_utc = UnixMillis(day_of_date(date(2026, 5, 18)) * DAY_MS + 21 * 3_600_000);
        assert_eq!(zone.date_of(nine_pm_utc), date(2026, 5, 19));
    }

    #[test]
    fn a_moment_is_shown_as_the_clocks_on_the_wall_do() {
        let zone = qyzylorda();
        let opens = zone.moment(date(2026, 5, 18), 8 * 60);
        assert_eq!(zone.local(UnixMillis(opens.0 + 61_999)), date(2026, 5, 18).at(8, 1, 1, 0));
        assert_eq!(zone.local(UnixMillis(-1)), date(1970, 1, 1).at(5, 59, 59, 0));
        assert_eq!(zone.local(UnixMillis(i64::MAX)).date(), date(9999, 12, 31));
    }

    #[test]
    fn opening_hours_become_moments() {
        let zone = qyzylorda();
        let opens = zone.moment(date(2026, 5, 18), 8 * 60);
        assert_eq!(opens.0, day_of_date(date(2026, 5, 18)) * DAY_MS + 3 * 3_600_000);
        assert_eq!(zone.date_of(opens), date(2026, 5, 18));
    }

    #[test]
    fn a_time_that_is_shown_twice_is_the_first_and_a_skipped_one_is_read_as_before_the_change() {
        let berlin = ZoneTable {
            offsets: vec![
                ZoneOffset { from: UnixMillis(1_711_846_800_000), seconds: 2 * 3600 },
                ZoneOffset { from: UnixMillis(1_729_990_800_000), seconds: 3600 },
                ZoneOffset { from: UnixMillis(1_743_296_400_000), seconds: 2 * 3600 },
            ],
        };
        let autumn = date(2024, 10, 27);
        assert_eq!(berlin.moment(autumn, 150).0, 1_729_990_800_000 - 30 * 60_000, "02:30, the first");
        assert_eq!(berlin.moment(autumn, 180).0, 1_729_990_800_000 + 3_600_000);
        assert_eq!(berlin.moment(date(2024, 10, 26), 1440 + 150), berlin.moment(autumn, 150));
        let spring = date(2025, 3, 30);
        assert_eq!(berlin.moment(spring, 150).0, 1_743_296_400_000 + 30 * 60_000, "02:30, which is skipped");
        assert_eq!(berlin.moment(spring, 180).0, 1_743_296_400_000);
    }

    #[test]
    fn absurd_clocks_have_a_date_all_the_same() {
        let zone = qyzylorda();
        assert_eq!(zone.date_of(UnixMillis(i64::MAX)), date(9999, 12, 31));
        assert_eq!(zone.date_of(UnixMillis(i64::MIN)), date(1, 1, 1));
    }

    #[test]
    fn home_told_its_time_in_the_middle_between_question_and_answer_or_too_late_to_say() {
        let reading = |boot, mono_ms| ClockReading { boot, mono_ms, wall_ms: UnixMillis(mono_ms.cast_signed() - 9) };
        let middle = |asked, answered| ClockReading::middle(asked, answered);
        assert_eq!(middle(reading(1, 100), reading(1, 10_100)), Some(reading(1, 5_100)));
        assert_eq!(middle(reading(1, 100), reading(1, 100)), Some(reading(1, 100)));
        assert_eq!(middle(reading(1, 100), reading(1, 10_101)), None);
        assert_eq!(middle(reading(1, 100), reading(1, 99)), None, "the clock went back");
        assert_eq!(middle(reading(1, 100), reading(2, 200)), None, "another boot");
    }

    #[test]
    fn a_reading_survives_its_encoding() {
        for (mono_ms, wall) in [(0, 0), (u64::MAX, i64::MIN), (5, -7), (u64::MAX, i64::MAX)] {
            let reading = ClockReading { boot: u64::MAX, mono_ms, wall_ms: UnixMillis(wall) };
            let bytes = minicbor::to_vec(reading).unwrap();
            assert_eq!(minicbor::decode::<ClockReading>(&bytes).unwrap(), reading);
        }
    }
}
