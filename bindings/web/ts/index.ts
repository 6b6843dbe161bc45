// Saxaul's replica for JavaScript: rosters and attendance that work without a network. Here for a browser.

import type { InitInput } from "../core/core.js";
import { clocks } from "./clocks.js";
import { IndexedDbRows } from "./indexeddb.js";
import { inWorker, type WorkerOptions } from "./in_worker.js";
import type { Journal } from "./journal.js";
import { load } from "./module.js";
import { Saxaul, type Recorded } from "./saxaul.js";
import { share } from "./shared.js";
import type { Claim } from "./tab_lock.js";

export * from "./common.js";
export { IndexedDbRows } from "./indexeddb.js";
export type { WorkerOptions } from "./in_worker.js";
export type { Claim } from "./tab_lock.js";

/** How to open a journal, and where the WebAssembly module comes from, if not from beside this program. */
export interface SharedOptions extends Claim {
    readonly module?: InitInput | Promise<InitInput>;
    /** For recordings alone. */
    readonly recorded?: Recorded;
}

/** How to open a journal for this page alone. */
export interface Options extends SharedOptions {
    /** Hears that another tab took the journal over, and that it is closed here. */
    readonly yielded?: () => void;
}

/**
 * Opens the journal `name` of this browser for this page alone, or begins one. Rejects with `Retry` while another tab has it
 * open, unless it shall wait or take over. Another tab may take it over as well: see `yielded`.
 */
export async function open(name: string, { module, recorded, yielded, ...claim }: Options = {}): Promise<Saxaul> {
    await load(module);
    const rows = await IndexedDbRows.open(name, claim);
    const journal = await Saxaul.open(rows, recorded);
    clocks();
    rows.whenAsked(() => void journal.shutDown().finally(yielded));
    return journal;
}

/**
 * Opens the journal `name` of this browser together with other tabs that open it so, or begins one. One tab has it open,
 * and the others ask that one; when it is closed, another takes its place. A call whose answer was lost so is made again
 * where that is harmless. `perform` is not: it rejects with `Retry` and the code `unknown_outcome`, and `records` tells whether it was done.
 *
 * Rejects with `Retry` while a tab has the journal to itself, unless it shall wait or take over.
 */
export async function openShared(name: string, { module, recorded, ...claim }: SharedOptions = {}): Promise<Journal> {
    await load(module);
    clocks();
    return share(name, claim, recorded);
}

/**
 * Opens the journal `name` of this browser in `worker`, whose program imports `saxaul/worker`, so that the page never waits
 * for it. The worker ends when the app ends it.
 */
export async function openInWorker(worker: Worker, name: string, options: WorkerOptions = {}): Promise<Journal> {
    clocks();
    return inWorker(worker, name, options);
}
