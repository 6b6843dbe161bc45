// What pages do that use one journal, each in a tab of its own: tabs.mjs says which, and when.

import * as saxaul from "/saxaul/dist/index.js";

import { check } from "./gate.mjs";
import { addPerson, does, failsWith, sceneOf } from "./mistakes.mjs";

let journal;

/** Opens the journal of a story's device in this tab by one of the package's ways, and keeps it. */
export async function opens(way, story, name, options = {}) {
    const by = {
        alone: (recorded) => saxaul.open(name, { recorded, yielded: () => (globalThis.yielded = true), ...options }),
        shared: (recorded) => saxaul.openShared(name, { recorded, ...options }),
    };
    const scene = sceneOf(JSON.parse(story), (_, recorded) => by[way](recorded));
    journal = await scene.open(name, "office");
    if (options.joins) await joins(story);
}

/** Opens it in a worker. */
export async function opensInWorker(story, name, options = {}) {
    const worker = new Worker("/gate_worker.mjs", { type: "module" });
    journal = await saxaul.openInWorker(worker, name, { yielded: () => (globalThis.yielded = true), ...options });
    if (options.joins) await joins(story);
}

/** The device of a worker draws its own key, and so cannot join without home. */
async function joins(story) {
    const { link, enrolled } = JSON.parse(story).devices.office;
    await journal.takeEnrolled(link, { status: 200, body: new TextEncoder().encode(enrolled) });
}

export async function adds(id, family) {
    return (await does(journal, addPerson(id, family))).state;
}

export async function finds(text) {
    return (await journal.people({ text })).rows.map((row) => row.name);
}

export async function closes() {
    await journal.shutDown();
}

/** What a call was rejected with; whether it is of the package's own classes. */
export async function fails(call, ...args) {
    const error = await journal[call](...args).then(() => undefined, (cause) => cause);
    check(error instanceof saxaul.SaxaulError && error.name.toLowerCase() === error.kind.replace("_", ""), String(error));
    return `${error.kind} ${error.code}`;
}

/** Begins something and keeps what comes of it. */
export function begins(act) {
    globalThis.begun = act().then((done) => done, (error) => `${error.kind} ${error.code}`);
}

/** Watches who is there; `seen` holds what was shown. */
export function watches() {
    globalThis.seen = [];
    journal.watch(saxaul.watched.people(), { shown: (page) => globalThis.seen.push(page.total) });
}

/** Has a sync run to where no home is; `statuses` holds how it stood. */
export function syncs(at) {
    globalThis.statuses = [];
    const status = (now) => globalThis.statuses.push({ ...now, isTyped: now.error instanceof saxaul.SaxaulError });
    globalThis.syncing = journal.sync({ at, status });
}

/** From now on nothing that is written reaches the disk, and no failure is told. */
export function hangs() {
    const table = { put: () => undefined, delete: () => undefined };
    IDBDatabase.prototype.transaction = () => ({ objectStore: () => table, commit: () => (globalThis.hung = true) });
}

/** From now on the answers that this tab gives to others are lost. */
export function answersNobody() {
    const { postMessage } = BroadcastChannel.prototype;
    BroadcastChannel.prototype.postMessage = function lossy(message) {
        if ("outcome" in message) globalThis.lost = true;
        else postMessage.call(this, message);
    };
}

/** A wall clock that is set back while the page is awake is a wall clock alone; one that jumps ahead looks like a sleep. */
export function setsClocks() {
    const [now, mono] = [Date.now.bind(Date), performance.now.bind(performance)];
    let [wallMs, monoMs] = [0, 0];
    Date.now = () => now() + wallMs;
    performance.now = () => mono() + monoMs;
    const first = saxaul.clocks();
    wallMs -= 86_400_000;
    const back = saxaul.clocks();
    check(back.boot === first.boot && back.mono_ms >= first.mono_ms, [first, back]);
    check(back.wall_ms < first.wall_ms - 86_000_000, "it says what the clock shows");
    wallMs += 3_600_000;
    const slept = saxaul.clocks();
    check(slept.boot !== back.boot && slept.mono_ms === 0, [back, slept]);
    // Nobody saw what the clocks did for an hour: the page may have slept, and the clock been set back after that.
    [wallMs, monoMs] = [wallMs - 86_400_000, monoMs + 3_600_000];
    const unseen = saxaul.clocks();
    check(unseen.boot !== slept.boot && unseen.mono_ms === 0, [slept, unseen]);
    [Date.now, performance.now] = [now, mono];
}

/** The journal says when the wall clock is before its last record. */
export async function noticesClockSetBack(story) {
    await opens("alone", story, "clock", { joins: true });
    check((await journal.clockSetBackMs()) === 0, "nothing was recorded yet");
    const reading = { ...saxaul.clocks(), wall_ms: Date.now() + 7_200_000 };
    await journal.perform(addPerson(2, "Ann"), reading);
    const ms = await journal.clockSetBackMs();
    check(ms > 7_100_000 && ms <= 7_200_000, ms);
    check((await journal.clockSetBackMs(reading)) === 0, "a clock that is right again");
    await closes();
}

/** A connection that the browser lost is opened again, once; what the browser threw away is not half written. */
export async function losesConnections(story) {
    await opens("alone", story, "connection", { joins: true });
    const { transaction } = IDBDatabase.prototype;
    const fail = (times, how) => {
        IDBDatabase.prototype.transaction = function failing(...args) {
            if (times === 0) return transaction.apply(this, args);
            times -= 1;
            how(this);
            return transaction.apply(this, args);
        };
    };
    const isLost = () => {
        throw new DOMException("Connection to Indexed Database server lost. Refresh the page to try again", "UnknownError");
    };
    fail(1, isLost);
    check((await adds(2, "Ann")) === "saved_here", "the server of the database was lost");
    fail(1, (db) => db.close());
    check((await adds(4, "Ben")) === "saved_here", "the connection was closed");
    fail(2, isLost);
    await failsWith("retry not_saved", does(journal, addPerson(6, "Cem")));
    check((await finds("")).join() === "Ann,Ben", await finds(""));
    check((await adds(6, "Cem")) === "saved_here", "it can be done again");

    let opened;
    fail(1, (db) => (opened = db));
    await adds(8, "Dan");
    opened.close();
    opened.onclose();
    check((await adds(10, "Eve")) === "saved_here", "the browser said that it closed the connection");
    IDBDatabase.prototype.transaction = transaction;

    // As from the browser's own window, by hand. Nothing holds that up.
    await new Promise((resolve, reject) => Object.assign(indexedDB.deleteDatabase("connection"), {
        onsuccess: resolve, onerror: reject, onblocked: reject,
    }));
    await failsWith("retry not_saved", does(journal, addPerson(12, "Fay")));
    await failsWith("refused no_event", journal.event());
    await closes();
}

/** As React does in its strict mode: open, close and open again, none of it awaited. */
export async function opensTwiceAtOnce(story) {
    const { open } = sceneOf(JSON.parse(story), (name, recorded) => saxaul.open(name, { recorded, wait: true }));
    const first = open("strict", "office");
    first.then((opened) => opened.shutDown());
    const second = await open("strict", "office");
    check((await second.standing()) !== undefined, "it is open");
    await second.shutDown();
    const held = await open("strict", "office");
    const waiting = new AbortController();
    const third = saxaul.open("strict", { wait: waiting.signal });
    waiting.abort();
    await failsWith("retry cancelled", third);
    await held.shutDown();
}
