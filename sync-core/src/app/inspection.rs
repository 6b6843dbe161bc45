//! What a journal holds, for whoever helps a marker over the telephone and for a report to the developers.

use std::ops::ControlFlow;

use super::device_name;
use crate::ids::{DeviceId, EventId, Incarnation, Revision};
use crate::replica::{DraftState, Replica};
use crate::storage::{Device, Key, Storage};

/// What a journal holds. It names no person.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Inspection {
    /// The version of the library.
    pub version: String,
    /// The id of this device, which follows from its key.
    pub device: DeviceId,
    /// Under which name this run of the journal writes its records: a new one where the journal came from a backup.
    pub incarnation: Incarnation,
    /// What is there of the event in which the device works; none where it works in none.
    pub event: Option<EventInspection>,
}

/// What a journal holds of one event. It names no person.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct EventInspection {
    /// The event.
    pub event: EventId,
    /// How many changes came since the snapshot with which the event began here, own ones too.
    pub changes: u64,
    /// Their length, in bytes.
    pub change_bytes: u64,
    /// People on the roster.
    pub people: u64,
    /// Rulings of organizers.
    pub rulings: u64,
    /// The logs of devices, in the order of device and incarnation.
    pub logs: Vec<LogInspection>,
    /// Records of this device that no change holds yet.
    pub not_sealed: u64,
    /// Records in changes that home did not confirm.
    pub not_confirmed: u64,
    /// Records about which an organizer decides at home.
    pub held: u64,
    /// Records that home refused, by the code of the reason.
    pub refused: Vec<String>,
}

/// One log of a device.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[cfg_attr(feature = "mobile", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct LogInspection {
    /// The device that wrote it.
    pub device: DeviceId,
    /// What people call that device; none where it is not known here.
    pub device_name: Option<String>,
    /// Which of the device's logs it is.
    pub incarnation: Incarnation,
    /// How many entries are here.
    pub entries: u64,
}

pub(super) fn inspect<S: Storage>(device: &Device<S>, replica: Option<&Replica>) -> Result<Inspection, S::Error> {
    let event = replica.map(|replica| of_event(device, replica)).transpose()?;
    let version = env!("CARGO_PKG_VERSION").to_owned();
    Ok(Inspection { version, device: device.key().public().device(), incarnation: device.incarnation(), event })
}

fn of_event<S: Storage>(device: &Device<S>, replica: &Replica) -> Result<EventInspection, S::Error> {
    let (mut changes, mut change_bytes) = (0, 0);
    device.storage().scan(Key::Item(replica.event(), Revision(0)), &mut |_, row| {
        changes += 1;
        change_bytes += row.len() as u64;
        ControlFlow::Continue(())
    })?;
    let shown = replica.shown();
    let mut logs: Vec<LogInspection> = shown
        .logs
        .iter()
        .map(|log| LogInspection {
            device: log.device,
            device_name: device_name(replica, log.device),
            incarnation: log.incarnation,
            entries: log.entries.len() as u64,
        })
        .collect();
    logs.sort_by_key(|log| (log.device, log.incarnation));
    let count = |is_so: fn(&DraftState) -> bool| replica.drafts().filter(|draft| is_so(&draft.state)).count() as u64;
    Ok(EventInspection {
        event: replica.event(),
        changes,
        change_bytes,
        people: shown.roster.people.len() as u64,
        rulings: shown.rulings.by_id.len() as u64,
        logs,
        not_sealed: count(|state| matches!(state, DraftState::Open)),
        not_confirmed: count(|state| matches!(state, DraftState::Sealed(_))),
        held: count(|state| matches!(state, DraftState::Held(_))),
        refused: replica.drafts().filter_map(|draft| Some(draft.state.refused()?.to_owned())).collect(),
    })
}
