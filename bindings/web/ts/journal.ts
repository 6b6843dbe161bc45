// What an app does with a journal, whether this page has it open, another tab, or a worker.

import type { Brought } from "../core/types.js";
import type { NearLink, Patience } from "./home.js";
import type { Saxaul } from "./saxaul.js";
import type { Sync, SyncSettings } from "./sync.js";

/**
 * The calls that go to whoever has the journal open. An `again` call may be made once more where its answer was lost; after a
 * `once` call that would record or answer something twice.
 */
export const CALLS = {
    isReadOnly: "again", standing: "again", event: "again", headcounts: "again", people: "again", person: "again",
    hours: "again", viewJson: "again", records: "again", unconfirmed: "again", clockSetBackMs: "again",
    findRecords: "again", personDetails: "again", timeline: "again", similar: "again", conflicts: "again", walkIns: "again",
    notices: "again", totals: "again", events: "again", dateAt: "again", inspect: "again",
    signInLink: "again", signInCall: "again", takeSignIn: "again",
    readCode: "again", scan: "again", join: "again", joinForLess: "again", chooseEvent: "again",
    enrolCall: "again", enrolForLessCall: "again", exportBundle: "again", importBundle: "again",
    perform: "once", performJson: "once", performAll: "once", wipe: "once",
    takeEnrolled: "once", meetHome: "once", meetHomeAgain: "once", nextCall: "once", takeAnswer: "once",
    greet: "once", answerNear: "once", stopAnswering: "once", askNear: "once", takeNear: "once",
} as const;

/** Which argument of a call is a reading of the clocks, taken when the call is made. */
export const READINGS: { readonly [call in Call]?: number } = {
    perform: 1, performJson: 1, performAll: 1, clockSetBackMs: 0, meetHomeAgain: 0, nextCall: 0, takeAnswer: 1,
    signInCall: 1,
};

export type Call = keyof typeof CALLS;

/** A journal as an app uses it. The calls are those of `Saxaul`. */
export interface Journal extends Pick<Saxaul, Call | "observe" | "watch" | "each" | "snapshots" | "shutDown"> {
    /** Exchanges with home over HTTP until neither side has more; waits for the exchange that is under way, if one is. */
    exchange(patience?: Patience): Promise<Brought>;
    /** Exchanges with a phone nearby until neither side has more. */
    exchangeNear(link: NearLink): Promise<Brought>;
    /** Exchanges with home by itself, from now on. */
    sync(settings?: SyncSettings): Sync;
    /** Closes the journal, for `await using`. */
    [Symbol.asyncDispose](): Promise<void>;
}
