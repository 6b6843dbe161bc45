// Saxaul's replica for JavaScript: rosters and attendance that work without a network.

import * as core from "../core/core.js";
import type { InitInput } from "../core/core.js";
import { IndexedDbRows } from "./indexeddb.js";
import { guarded, load } from "./module.js";
import { Saxaul, type Recorded } from "./saxaul.js";

export type {
    Action, AgeGroup, Bearer, BriefingRow, Brought, CardCounts, CardRow, CategoryRow, CategoryTotal, Changes, ClockBasis, ClockReading,
    ConflictingValueRow, ConflictRow, Counted, DayRow, DeviceId, Effect, EntryRef, EventId, EventInspection, EventRow, FilledCard,
    FoundBy, Headcount, Headcounts, HoursRow, Incarnation, Inspection, KeptEvent, Known, LogInspection, Method, Name, NoticeRow,
    PassageRow, PeoplePage, PeopleQuery, PersonDetails, PersonId, PersonNotice, PersonRow, PresenceFilter, Reason, ReasonRow,
    RecordFilter, RecordPage, RecordQuery, RecordRow, RecordState, RemoteTaskRow, Role, RulingId, ScannedCode, ShiftRow, SignInLink,
    SimilarRow, SiteHeadcount, SiteRow, Standing, Subject, TeamHeadcount, TeamRow, Text, TimelineRow, TotalsRow, Unconfirmed,
    UnixMillis, WalkInId, WalkInRow, Way,
} from "../core/core.js";
export { clocks } from "./clocks.js";
export { ErrorCodes, recordSentence, sentence, type ErrorCode } from "./error_codes.js";
export { Bug, Refused, Retry, SaxaulError, SignIn } from "./errors.js";
export type { HomeAnswer, HomeCall, NearLink, Pace } from "./home.js";
export { IndexedDbRows } from "./indexeddb.js";
export type { Change, Row, RowStore } from "./rows.js";
export { Syncing, type SyncSettings, type SyncStatus } from "./sync.js";
export { watched, type Snapshots, type Stop, type Watched, type Watcher } from "./watched.js";
export { Saxaul, type Listener, type Recorded } from "./saxaul.js";

/** Where the WebAssembly module comes from, if not from beside this program. */
export interface Options {
    readonly module?: InitInput | Promise<InitInput>;
    /** For recordings alone. */
    readonly recorded?: Recorded;
}

/** Opens the journal `name` of this browser, or begins one. Rejects with `Retry` while another tab has it open. */
export async function open(name: string, { module, recorded }: Options = {}): Promise<Saxaul> {
    await load(module);
    return Saxaul.open(await IndexedDbRows.open(name), recorded);
}

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
