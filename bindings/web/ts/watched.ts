// What an app shows, kept up to date: watched queries.

import type {
    Changes, ConflictRow, EventRow, Headcounts, HoursRow, NoticeRow, PeoplePage, PeopleQuery, PersonDetails, PersonRow, RecordPage,
    RecordQuery, Standing, Subject, TimelineRow, TotalsRow, Unconfirmed, WalkInRow,
} from "../core/types.js";
import type { Journal } from "./journal.js";

/** A query of a journal, whose answer can be watched. Make one with `watched`. */
export interface Watched<T> {
    /** Asks the journal. */
    readonly ask: (journal: Journal) => Promise<T>;
    /** Whether what changed may give another answer. */
    readonly mayDiffer: (changes: Changes) => boolean;
}

function ofView<T>(ask: (journal: Journal) => Promise<T>): Watched<T> {
    return { ask, mayDiffer: ({ event, everybody, subjects }) => event || everybody || subjects.length > 0 };
}

function ofRecords<T>(ask: (journal: Journal) => Promise<T>): Watched<T> {
    return { ask, mayDiffer: ({ records }) => records };
}

/** Cards and incidents name nobody, and rows of records have the names of people. */
function ofBoth<T>(ask: (journal: Journal) => Promise<T>): Watched<T> {
    return {
        ask,
        mayDiffer: ({ event, everybody, subjects, records }) => event || everybody || subjects.length > 0 || records,
    };
}

/** The queries that can be watched. */
export const watched = {
    /** A page of people. */
    people: (query: PeopleQuery = {}): Watched<PeoplePage> => ofView((journal) => journal.people(query)),
    /** One human being, by any id; `null` if nobody here has heard of them. */
    person: (subject: Subject): Watched<PersonRow | null> => ofView((journal) => journal.person(subject)),
    /** The hours of everybody, or of one human being. */
    hours: (of?: Subject): Watched<HoursRow[]> => ofView((journal) => journal.hours(of)),
    /** How many people are here, of how many: in all, by team and by site. */
    headcounts: (): Watched<Headcounts> => ofView((journal) => journal.headcounts()),
    /** What the event is. */
    event: (): Watched<EventRow> => ofView((journal) => journal.event()),
    /** Who this device is, and where it works. */
    standing: (): Watched<Standing> => ofView((journal) => journal.standing()),
    /** What this device recorded, with how safe each record is. */
    records: (offset = 0, limit = 20): Watched<RecordPage> => ofBoth((journal) => journal.records(offset, limit)),
    /** The same that a query asks for. */
    findRecords: (query: RecordQuery = {}): Watched<RecordPage> => ofBoth((journal) => journal.findRecords(query)),
    /** Everything that is known of one human being; `null` if nobody here has heard of them. */
    personDetails: (subject: Subject): Watched<PersonDetails | null> => ofView((journal) => journal.personDetails(subject)),
    /** What was recorded of one human being, on every device. */
    timeline: (subject: Subject): Watched<TimelineRow[]> => ofView((journal) => journal.timeline(subject)),
    /** The sums of the event. */
    totals: (): Watched<TotalsRow> => ofBoth((journal) => journal.totals()),
    /** The fields on which several people said different things. */
    conflicts: (): Watched<ConflictRow[]> => ofView((journal) => journal.conflicts()),
    /** The people who were registered at gates. */
    walkIns: (): Watched<WalkInRow[]> => ofView((journal) => journal.walkIns()),
    /** What the gate must know of people. */
    notices: (): Watched<NoticeRow[]> => ofView((journal) => journal.notices()),
    /** How many records home did not confirm yet. */
    unconfirmed: (): Watched<Unconfirmed> => ofRecords((journal) => journal.unconfirmed()),
} as const;

/** Is shown what a watched query gives. What it throws is caught and forgotten. */
export interface Watcher<T> {
    /** What the query gives now: once, and again whenever that is something else than before. */
    readonly shown: (now: T) => void;
    /** The query cannot be answered now; it goes on being watched. */
    readonly failed?: (cause: unknown) => void;
}

/** Stops what it was given for. Calling it again is harmless. */
export type Stop = () => void;

/** A query as a store of what it gives, as React's `useSyncExternalStore` wants one. */
export interface Snapshots<T> {
    /** Has `changed` hear whenever there is another snapshot. */
    readonly subscribe: (changed: () => void) => Stop;
    /** What the query gave last; the same object until that changes, and none before the first answer. */
    readonly getSnapshot: () => T | undefined;
}

/** @internal */
export function watch<T>(journal: Journal, query: Watched<T>, watcher: Watcher<T>): Stop {
    let last: string | undefined;
    let stopped = false;
    let asking = false;
    let again = false;
    const tell = (said: string, act: () => void) => {
        if (stopped || said === last) return;
        last = said;
        try {
            act();
        } catch {
            // Who throws has been told all the same.
        }
    };
    const ask = async () => {
        // While one answer is under way, whatever changes is one further question.
        if (asking) {
            again = true;
            return;
        }
        asking = true;
        do {
            again = false;
            try {
                const now = await query.ask(journal);
                tell(`shown ${JSON.stringify(now)}`, () => watcher.shown(now));
            } catch (cause) {
                tell(`failed ${String(cause)}`, () => watcher.failed?.(cause));
            }
        } while (again && !stopped);
        asking = false;
    };
    const unobserve = journal.observe((changes) => {
        if (query.mayDiffer(changes)) void ask();
    });
    return () => {
        stopped = true;
        unobserve();
    };
}

/** @internal */
export function snapshots<T>(journal: Journal, query: Watched<T>): Snapshots<T> {
    const subscribers = new Set<() => void>();
    let snapshot: T | undefined;
    let stop: Stop | undefined;
    return {
        subscribe: (changed) => {
            const own = () => changed();
            subscribers.add(own);
            stop ??= watch(journal, query, {
                shown: (now) => {
                    snapshot = now;
                    subscribers.forEach((tell) => tell());
                },
            });
            return () => {
                subscribers.delete(own);
                if (subscribers.size > 0) return;
                stop?.();
                stop = undefined;
            };
        },
        getSnapshot: () => snapshot,
    };
}

/** @internal */
export async function* each<T>(journal: Journal, query: Watched<T>): AsyncGenerator<T, void, undefined> {
    let news: { readonly value: T } | { readonly cause: unknown } | undefined;
    let wake: () => void = () => undefined;
    const stop = watch(journal, query, {
        shown: (value) => {
            // Who reads slowly is given the newest.
            news = { value };
            wake();
        },
        failed: (cause) => {
            news = { cause };
            wake();
        },
    });
    try {
        for (;;) {
            while (news === undefined) await new Promise<void>((woken) => (wake = woken));
            const now: { readonly value: T } | { readonly cause: unknown } = news;
            news = undefined;
            if ("cause" in now) throw now.cause;
            yield now.value;
        }
    } finally {
        stop();
    }
}
