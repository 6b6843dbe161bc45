// What is the same in a browser and in Node.

import * as core from "../core/core.js";
import { guarded } from "./module.js";

export type {
    Action, AgeGroup, Bearer, BriefingRow, Brought, CardCounts, CardRow, CategoryRow, CategoryTotal, Changes, ClockBasis, ClockReading,
    ConflictingValueRow, ConflictRow, Counted, DayRow, DeviceId, Effect, EntryRef, EventId, EventInspection, EventRow, FilledCard,
    FoundBy, Headcount, Headcounts, HoursRow, Incarnation, Inspection, KeptEvent, Known, LogInspection, Method, Name, NoticeRow,
    PassageRow, PeoplePage, PeopleQuery, PersonDetails, PersonId, PersonNotice, PersonRow, PresenceFilter, Reason, ReasonRow,
    RecordFilter, RecordPage, RecordQuery, RecordRow, RecordState, RemoteTaskRow, Role, RulingId, ScannedCode, ShiftRow, SignInLink,
    SimilarRow, SiteHeadcount, SiteRow, Standing, Subject, TeamHeadcount, TeamRow, Text, TimelineRow, TotalsRow, Unconfirmed,
    UnixMillis, WalkInId, WalkInRow, Way,
} from "../core/types.js";
export { clocks } from "./clocks.js";
export { ErrorCodes, recordSentence, sentence, type ErrorCode } from "./error_codes.js";
export { Bug, Refused, Retry, SaxaulError, SignIn } from "./errors.js";
export type { HomeAnswer, HomeCall, NearLink, Pace, Patience } from "./home.js";
export type { Journal } from "./journal.js";
export type { Change, Row, RowStore } from "./rows.js";
export { Syncing, type Sync, type SyncSettings, type SyncStatus } from "./sync.js";
export { watched, type Snapshots, type Stop, type Watched, type Watcher } from "./watched.js";
export { Saxaul, type Listener, type Recorded } from "./saxaul.js";

/** Draws the id of somebody who is not on the list. Something must have been opened before. */
export function newWalkInId(): string {
    return guarded(() => core.new_walk_in_id());
}

/** Draws the id of somebody who is put on the roster. Something must have been opened before. */
export function newPersonId(): string {
    return guarded(() => core.new_person_id());
}

/** Draws the id of a ruling. Something must have been opened before. */
export function newRulingId(): string {
    return guarded(() => core.new_ruling_id());
}
