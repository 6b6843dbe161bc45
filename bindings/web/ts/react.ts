// Saxaul's journal for React. What hooks show comes from `snapshots`: an answer is the same object until it changes.

import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";

import type { EventRow, Headcounts, PeoplePage, PeopleQuery, PersonRow, RecordPage, Standing, Subject, Unconfirmed } from "../core/types.js";
import { Bug, SaxaulError } from "./errors.js";
import { openShared, watched, type Journal, type SyncSettings, type SyncStatus, type Watched } from "./index.js";

/** A journal, as soon as it is open; or why it does not open. */
export interface OpenedJournal {
    readonly journal: Journal | undefined;
    readonly error: SaxaulError | undefined;
}

/** A journal that components of this page use. */
interface InUse {
    readonly opening: Promise<Journal>;
    users: number;
}

/** By their names. */
const journals = new Map<string, InUse>();

/**
 * Opens the journal `name` as long as a component uses it, once for the page: as `openShared` does, or as `open` says. Where
 * React mounts a component twice, it stays open.
 */
export function useJournal(name: string, open: (name: string) => Promise<Journal> = openShared): OpenedJournal {
    const [opened, setOpened] = useState<OpenedJournal & { readonly name?: string }>(NOT_YET);
    useEffect(() => {
        let isUsed = true;
        const inUse = use(name, open);
        const show = (now: Partial<OpenedJournal>) => {
            if (isUsed) setOpened({ ...NOT_YET, ...now, name });
        };
        inUse.opening.then((journal) => show({ journal }), (cause: unknown) => show({ error: typed(cause) }));
        return () => {
            isUsed = false;
            leave(name, inUse);
        };
        // Who opens it is asked once: a function that is made at each call does not open it again.
    }, [name]);
    return opened.name === name ? opened : NOT_YET;
}

/** A page of people; nothing before the first answer, and before that to another query. */
export function usePeople(journal: Journal | undefined, query: PeopleQuery = {}): PeoplePage | undefined {
    return useWatched(journal, () => watched.people(query), JSON.stringify(query));
}

/** One human being, by any id; `null` if nobody here has heard of them. */
export function usePerson(journal: Journal | undefined, subject: Subject): PersonRow | null | undefined {
    return useWatched(journal, () => watched.person(subject), subject);
}

/** What the event is. */
export function useEvent(journal: Journal | undefined): EventRow | undefined {
    return useWatched(journal, watched.event, "");
}

/** Who this device is, and where it works. */
export function useStanding(journal: Journal | undefined): Standing | undefined {
    return useWatched(journal, watched.standing, "");
}

/** How many people are here, of how many: in all, by team and by site. */
export function useHeadcounts(journal: Journal | undefined): Headcounts | undefined {
    return useWatched(journal, watched.headcounts, "");
}

/** How many records home did not confirm yet. */
export function useUnconfirmed(journal: Journal | undefined): Unconfirmed | undefined {
    return useWatched(journal, watched.unconfirmed, "");
}

/** What this device recorded, with how safe each record is. */
export function useRecords(journal: Journal | undefined, offset = 0, limit = 20): RecordPage | undefined {
    return useWatched(journal, () => watched.records(offset, limit), `${offset} ${limit}`);
}

/** Any other watched query. `key` names it: another key is another query. */
export function useWatched<T>(journal: Journal | undefined, query: () => Watched<T>, key: string): T | undefined {
    // The key stands for the query, which is made anew at each call.
    const store = useMemo(() => journal?.snapshots(query()) ?? NOTHING, [journal, key]);
    return useSyncExternalStore(store.subscribe, store.getSnapshot as () => T | undefined, nothing);
}

/** How a sync stands, and what has it exchange at once. */
export interface RunningSync {
    readonly status: SyncStatus | undefined;
    readonly now: () => void;
}

/** Exchanges with home by itself as long as the component is shown. Use it once, near the root. */
export function useSync(journal: Journal | undefined, settings: Omit<SyncSettings, "status"> = {}): RunningSync {
    const { at, everyMs, soonMs } = settings;
    const [status, setStatus] = useState<SyncStatus>();
    const [ask, setAsk] = useState<() => void>();
    useEffect(() => {
        if (journal === undefined) return undefined;
        let isShown = true;
        const told = { at, everyMs, soonMs, status: (now: SyncStatus) => void (isShown && setStatus(now)) };
        const given = Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined));
        const sync = journal.sync(given);
        setAsk(() => sync.now);
        return () => {
            isShown = false;
            void sync.stop();
        };
    }, [journal, at, everyMs, soonMs]);
    return { status, now: useCallback(() => ask?.(), [ask]) };
}

const NOT_YET: OpenedJournal = { journal: undefined, error: undefined };
const nothing = () => undefined;
const NOTHING = { subscribe: () => nothing, getSnapshot: nothing };

function use(name: string, open: (name: string) => Promise<Journal>): InUse {
    const known = journals.get(name);
    if (known !== undefined) {
        known.users += 1;
        return known;
    }
    const inUse: InUse = { opening: open(name), users: 1 };
    journals.set(name, inUse);
    // Whoever uses it later tries again.
    inUse.opening.catch(() => journals.get(name) === inUse && journals.delete(name));
    return inUse;
}

/** Closes what nobody uses: not at once, because whoever is mounted again uses it again in the same moment. */
function leave(name: string, inUse: InUse): void {
    inUse.users -= 1;
    setTimeout(() => {
        if (inUse.users > 0 || journals.get(name) !== inUse) return;
        journals.delete(name);
        inUse.opening.then((journal) => journal.shutDown()).catch(() => undefined);
    });
}

function typed(cause: unknown): SaxaulError {
    return cause instanceof SaxaulError ? cause : new Bug(String(cause), cause);
}
