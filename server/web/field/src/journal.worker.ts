// The worker that holds the journal: it carries the page's calls to the package, and decides nothing.

import { clocks, newWalkInId, open, SaxaulError, type Brought, type ClockReading, type Saxaul, type SyncStatus } from "saxaul";
import { moment, type Asked, type Failure, type Journal, type SyncState, type Told } from "./journal";

const NAME = "gate";
/** Home serves this app: another address of it is none of a page's business. */
const AT = self.location.origin;
/** A tap that failed to be saved may be tried again for so long as the tap that it was. */
const LONGEST_DELAY_MS = 3_600_000;

type Calls = { [Call in keyof Journal]: (...args: Parameters<Journal[Call]>) => Promise<ReturnType<Journal[Call]>> };

let opened: Saxaul | undefined;

const calls: Calls = {
    async open(takeOver) {
        opened = await open(NAME, { takeOver, yielded });
        opened.observe(({ event, everybody, subjects, records }) =>
            tell({ news: "changes", event, view: event || everybody || subjects.length > 0, records }));
        if ((await opened.standing()).event !== null) void meetHome().catch(() => undefined).finally(startSync);
    },
    async join(link, name) {
        await journal().join(link, name, AT);
        await meetHome().finally(startSync);
    },
    async joinForLess(link, name) {
        await journal().joinForLess(link, name, AT);
        await meetHome().finally(startSync);
    },
    standing: () => journal().standing(),
    event: () => journal().event(),
    people: (query) => journal().people(query),
    person: (subject) => journal().person(subject),
    headcounts: () => journal().headcounts(),
    personDetails: (subject) => journal().personDetails(subject),
    timeline: (subject) => journal().timeline(subject),
    records: (query) => journal().findRecords(query),
    unconfirmed: () => journal().unconfirmed(),
    readCode: (text) => journal().readCode(text),
    similar: (known) => journal().similar(known),
    perform: (actions, at) => journal().performAll(actions, readingAt(at)),
    newWalkInId: async () => newWalkInId(),
    exchangeNow: meetHome,
    exportBundle: () => journal().exportBundle(),
    importBundle: (bundle) => journal().importBundle(bundle),
    isReadOnly: () => journal().isReadOnly(),
    wipe: () => journal().wipe(),
};

self.onmessage = async ({ data: { id, call, args } }: MessageEvent<Asked>) => {
    try {
        const asked = calls[call] as (...args: readonly unknown[]) => Promise<unknown>;
        tell({ id, gave: await asked(...args) });
    } catch (cause) {
        tell({ id, failure: failure(cause) });
    }
};

/** Another tab took the journal over. */
function yielded(): void {
    opened = undefined;
    tell({ news: "yielded" });
}

function tell(told: Told): void {
    self.postMessage(told);
}

function journal(): Saxaul {
    if (opened === undefined) throw new Error("the journal is not open");
    return opened;
}

/** Exchanges once, and tells what the sync that runs by itself does not: an order to forget everything. */
async function meetHome(): Promise<void> {
    const brought = await journal().exchange({ at: AT, goesOn: showsProgress });
    tell({ news: "exchanged", ms: Date.now(), revoked: brought.revoked, wipeOrdered: brought.wipe_ordered });
}

function showsProgress({ snapshot_bytes: got, snapshot_total: total }: Brought): boolean {
    if (got !== null && total !== null) tell({ news: "page", got, total });
    return true;
}

function startSync(): void {
    // Another tab may have taken the journal over meanwhile.
    opened?.sync({ at: AT, status: (now) => tell({ news: "sync", sync: shown(now) }) });
}

function shown({ state, received, delivered, exchangedMs, offlineSinceMs, error }: SyncStatus): SyncState {
    return { state, received, delivered, exchangedMs, offlineSinceMs, failure: error && failure(error) };
}

function failure(cause: unknown): Failure {
    if (cause instanceof SaxaulError) return { kind: cause.kind, code: cause.code, why: cause.message };
    return { kind: "bug", code: "bug", why: String(cause) };
}

/** What the clocks read at the moment of a tap, in the boot of this worker, in which the anchors stand too. */
function readingAt(at: number): ClockReading {
    const now = clocks();
    const ago = Math.round(moment() - at);
    if (ago < 0 || ago > LONGEST_DELAY_MS || ago > now.mono_ms) return now;
    return { ...now, mono_ms: now.mono_ms - ago, wall_ms: now.wall_ms - ago };
}
