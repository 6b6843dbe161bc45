// The app's port to the journal: what the app asks of it, and nothing else. The journal lives in a worker.

import type {
    Action, Brought, EventRow, Headcounts, Known, PeoplePage, PeopleQuery, PersonDetails, PersonRow, RecordPage, RecordQuery, RecordRow, ScannedCode,
    SimilarRow, Standing, TimelineRow, Unconfirmed,
} from "saxaul";

export type {
    Action, Brought, CardRow, ClockBasis, EventRow, Headcount, Headcounts, Known, PeoplePage, PeopleQuery, PersonDetails, PersonNotice, PersonRow,
    RecordFilter, RecordPage, RecordQuery, RecordRow, RecordState, ScannedCode, SimilarRow, Standing, TeamRow, Text, TimelineRow, Unconfirmed,
} from "saxaul";

/** What the journal does for the app. */
export interface Journal {
    /** Opens the journal of this browser; from another tab, if that is asked for. */
    open(takeOver: boolean): void;
    join(link: string, name: string): void;
    joinForLess(link: string, name: string): void;
    standing(): Standing;
    event(): EventRow;
    people(query: PeopleQuery): PeoplePage;
    person(subject: string): PersonRow | null;
    headcounts(): Headcounts;
    personDetails(subject: string): PersonDetails | null;
    timeline(subject: string): TimelineRow[];
    records(query: RecordQuery): RecordPage;
    unconfirmed(): Unconfirmed;
    readCode(text: string): ScannedCode;
    /** Who may be meant by somebody who is being registered at a gate. */
    similar(known: Known): SimilarRow[];
    /** Does several things at once. `at` is the moment of the tap, on the clock of `moment`. */
    perform(actions: Action[], at: number): RecordRow[];
    newWalkInId(): string;
    exchangeNow(): void;
    exportBundle(): Uint8Array;
    importBundle(bundle: Uint8Array): Brought;
    isReadOnly(): boolean;
    wipe(): void;
}

/** How the exchange with home stands. */
export interface SyncState {
    readonly state: "exchanging" | "waiting" | "stuck" | "stopped";
    readonly received: number;
    readonly delivered: number;
    readonly exchangedMs: number | undefined;
    readonly offlineSinceMs: number | undefined;
    readonly failure: Failure | undefined;
}

/** Why something was not done: what an app can do about it, and the code by which people are told. */
export interface Failure {
    readonly kind: "retry" | "sign_in" | "refused" | "bug";
    readonly code: string;
    readonly why: string;
}

/** The code where nobody knows whether something was done: the records tell. */
export const UNKNOWN_OUTCOME = "unknown_outcome";

/** What the journal tells by itself. */
export type News =
    | { readonly news: "changes"; readonly event: boolean; readonly view: boolean; readonly records: boolean }
    | { readonly news: "sync"; readonly sync: SyncState }
    | { readonly news: "page"; readonly got: number; readonly total: number }
    | { readonly news: "exchanged"; readonly ms: number; readonly revoked: boolean; readonly wipeOrdered: boolean }
    | { readonly news: "yielded" };

/** A call on its way to the worker. */
export interface Asked {
    readonly id: number;
    readonly call: keyof Journal;
    readonly args: readonly unknown[];
}

/** What comes from the worker. */
export type Told = News | { readonly id: number; readonly gave: unknown } | { readonly id: number; readonly failure: Failure };

/** The journal as the page sees it: every call takes its time. */
export type Remote = {
    readonly [Call in keyof Journal]: (...args: Parameters<Journal[Call]>) => Promise<ReturnType<Journal[Call]>>;
};

/** A call that failed. */
export class Failed extends Error {
    constructor(readonly failure: Failure) {
        super(`${failure.why} (${failure.code})`);
        this.name = "Failed";
    }
}

/** Now, on a clock that every thread of this browser reads alike. */
export function moment(): number {
    return performance.timeOrigin + performance.now();
}

/** Starts the journal's worker. `hears` is told what it tells by itself. */
export function startJournal(hears: (news: News) => void): Remote {
    const worker = new Worker(new URL("./journal.worker.ts", import.meta.url), { type: "module", name: "journal" });
    const waiting = new Map<number, { call: keyof Journal; gives: (gave: unknown) => void; fails: (cause: Failed) => void }>();
    let last = 0;
    worker.onmessage = ({ data }: MessageEvent<Told>) => {
        if ("news" in data) return hears(data);
        const asked = waiting.get(data.id);
        waiting.delete(data.id);
        if ("failure" in data) asked?.fails(new Failed(data.failure));
        else asked?.gives(data.gave);
    };
    worker.onerror = (error) => {
        const why = error.message || "the worker did not start";
        waiting.forEach(({ call, fails }) => {
            // What was to be recorded may have been saved before the worker failed.
            fails(new Failed(call === "perform" ? { kind: "retry", code: UNKNOWN_OUTCOME, why } : { kind: "bug", code: "bug", why }));
        });
        waiting.clear();
    };
    const ask = (call: keyof Journal, args: readonly unknown[]) =>
        new Promise<unknown>((gives, fails) => {
            last += 1;
            waiting.set(last, { call, gives, fails });
            worker.postMessage({ id: last, call, args } satisfies Asked);
        });
    return new Proxy({} as Remote, { get: (_, call) => (...args: unknown[]) => ask(call as keyof Journal, args) });
}
