// The worker that holds the journal: it carries the page's calls to the package, and decides nothing.

import { clocks, newWalkInId, open, SaxaulError, type Brought, type ClockReading, type Saxaul, type Syncing, type SyncStatus } from "saxaul";
import { moment, type Asked, type Failure, type Journal, type SyncState, type Told } from "./journal";

const NAME = "gate";
/** Home serves this app: another address of it is none of a page's business. */
const AT = self.location.origin;
/** A tap that is older than this waited for more than a busy worker. */
const LONGEST_DELAY_MS = 60_000;

type Calls = { [Call in keyof Journal]: (...args: Parameters<Journal[Call]>) => Promise<ReturnType<Journal[Call]>> };

const tabs = new BroadcastChannel(`saxaul/${NAME}`);
let opened: Saxaul | undefined;
let syncing: Syncing | undefined;

const calls: Calls = {
    async open(takeOver) {
        if (takeOver) {
            tabs.postMessage("yield");
            await navigator.locks.request(`saxaul/${NAME}`, () => undefined);
        }
        opened = await open(NAME);
        opened.observe(({ event, everybody, subjects, records }) =>
            tell({ news: "changes", event, view: event || everybody || subjects.length > 0, records }));
        if ((await opened.standing()).event !== null) startSync();
    },
    async join(link, name) {
        await journal().join(link, name, AT);
        await firstExchange();
    },
    async joinForLess(link, name) {
        await journal().joinForLess(link, name, AT);
        await firstExchange();
    },
    standing: () => journal().standing(),
    event: () => journal().event(),
    people: (query) => journal().people(query),
    person: (subject) => journal().person(subject),
    headcounts: () => journal().headcounts(),
    hours: (of) => journal().hours(of),
    records: (offset, limit) => journal().records(offset, limit),
    unconfirmed: () => journal().unconfirmed(),
    readCode: (text) => journal().readCode(text),
    async similar({ name, phone }) {
        const texts = [phone?.replace(/\D/g, "").slice(-4), name?.family].filter((text) => text !== undefined && text.length > 2);
        const found = await Promise.all(texts.map((text) => journal().people({ text: text!, limit: 3 })));
        const rows = new Map(found.flatMap((page) => page.rows).map((row) => [row.subject, row]));
        return [...rows.values()].slice(0, 3);
    },
    perform: (actions, at) => journal().performAll(actions, readingAt(at)),
    newWalkInId: async () => newWalkInId(),
    async exchangeNow() {
        if (syncing === undefined) startSync();
        else syncing.now();
    },
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

tabs.onmessage = async ({ data }: MessageEvent<string>) => {
    if (data !== "yield" || opened === undefined) return;
    const yielding = opened;
    opened = syncing = undefined;
    await yielding.shutDown();
    tell({ news: "yielded" });
};

function tell(told: Told): void {
    self.postMessage(told);
}

function journal(): Saxaul {
    if (opened === undefined) throw new Error("the journal is not open");
    return opened;
}

async function firstExchange(): Promise<void> {
    await journal().exchange({ at: AT, goesOn: showsProgress });
    startSync();
}

function showsProgress({ snapshot_bytes: got, snapshot_total: total }: Brought): boolean {
    if (got !== null && total !== null) tell({ news: "page", got, total });
    return true;
}

function startSync(): void {
    syncing = journal().sync({ at: AT, status: (now) => tell({ news: "sync", sync: shown(now) }) });
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
