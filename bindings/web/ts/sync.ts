// A sync that runs itself: exchanges with home when something was recorded and every while besides, and comes back after
// failures.

import type { Unconfirmed } from "../core/types.js";
import { HOME_IS_AWAY } from "./error_codes.js";
import { Bug, Refused, Retry, SaxaulError, SignIn } from "./errors.js";
import type { Saxaul } from "./saxaul.js";
import type { Stop } from "./watched.js";

/** After the first failure it comes back so soon; after each further one in a row twice as late. */
const FIRST_WAIT_MS = 2_000;
/** However often it failed, it comes back within this time. */
const LONGEST_WAIT_MS = 300_000;

/** However often an app wants to exchange, so long is between two exchanges. */
const SHORTEST_WAIT_MS = 1_000;
/** A browser's timer takes no longer time. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** When to exchange, where nothing goes wrong. What is left out is as good for most apps. */
export interface SyncSettings {
    /** Where home is reached, if not where the invite link said. */
    readonly at?: string;
    /** So long after an exchange the next one begins, for news from others: a minute, if not said. */
    readonly everyMs?: number;
    /** So soon after something was recorded here an exchange begins: two seconds, if not said. */
    readonly soonMs?: number;
    /** Hears how the sync stands: at once, and whenever that changes. What it throws is caught and forgotten. */
    readonly status?: (now: SyncStatus) => void;
}

/** How a sync stands. Times are milliseconds since 1970 by this device's wall clock. */
export interface SyncStatus {
    /**
     * `stuck`: home does not let this device exchange, and trying again helps nobody: `error` says why. It tries again when
     * `now` asks it to.
     */
    readonly state: "exchanging" | "waiting" | "stuck" | "stopped";
    /** So many records went to home in the exchange that is under way, or in the last one. */
    readonly delivered: number;
    /** So many changes came in it. */
    readonly received: number;
    /** So many records home does not have yet. */
    readonly undelivered: number;
    /** When the last exchange that succeeded ended. */
    readonly exchangedMs: number | undefined;
    /** Since when home is out of reach or too busy; none while it is not. */
    readonly offlineSinceMs: number | undefined;
    /** It tries again after so many milliseconds, where it waits. */
    readonly nextInMs: number | undefined;
    /** Whether home said in the last exchange that succeeded that an organizer revoked this device. */
    readonly revoked: boolean;
    /** Whether home ordered in it that this device forgets everything: hand over what is not delivered, then call `wipe`. */
    readonly wipeOrdered: boolean;
    /** Why the last exchange came to nothing. */
    readonly error: SaxaulError | undefined;
}

/** A sync that runs until it is stopped or the journal is closed. */
export interface Sync {
    /** How it stands now. */
    readonly status: SyncStatus;
    /** Exchanges as soon as it can, as when somebody asks for it. A browser that finds a network asks by itself. */
    readonly now: () => void;
    /** Ends it at once, and the exchange that is under way. Resolves when nothing of it runs any more. */
    stop(): Promise<void>;
}

/** @internal How a sync stands that was begun this moment. */
export const BEGUN: SyncStatus = {
    state: "waiting", delivered: 0, received: 0, undelivered: 0,
    exchangedMs: undefined, offlineSinceMs: undefined, nextInMs: 0,
    revoked: false, wipeOrdered: false, error: undefined,
};

/** The sync of a journal that this page or process has open. */
export class Syncing implements Sync {
    readonly #journal: Saxaul;
    readonly #settings: SyncSettings;
    readonly #ending = new AbortController();
    readonly #unobserve: Stop;
    readonly #ended: Promise<void>;
    #status: SyncStatus = BEGUN;
    #failuresInARow = 0;
    #asked = false;
    #recorded = false;
    #wake: () => void = () => undefined;

    /** @internal */
    constructor(journal: Saxaul, settings: SyncSettings) {
        this.#journal = journal;
        this.#settings = settings;
        this.#unobserve = journal.observe((changes) => {
            // Perhaps the device has joined, or works in another event now.
            if (changes.event && this.#status.state === "stuck") this.now();
            if (changes.records) void this.#count().then(() => this.#noteRecorded());
        });
        globalThis.addEventListener?.("online", this.now);
        this.#ended = this.#run();
    }

    get status(): SyncStatus {
        return this.#status;
    }

    readonly now = (): void => {
        this.#asked = true;
        this.#wake();
    };

    stop(): Promise<void> {
        this.#ending.abort();
        this.#wake();
        return this.#ended;
    }

    async #run(): Promise<void> {
        const { at, everyMs = 60_000, soonMs = 2_000 } = this.#settings;
        const signal = this.#ending.signal;
        while (!signal.aborted) {
            this.#stands({ state: "exchanging", nextInMs: undefined, delivered: 0, received: 0 });
            this.#asked = false;
            this.#recorded = false;
            let failure: unknown;
            try {
                const brought = await this.#journal.exchange({
                    ...(at === undefined ? {} : { at }),
                    signal,
                    goesOn: ({ delivered, received }) => {
                        this.#stands({
                            delivered: this.#status.delivered + delivered,
                            received: this.#status.received + received,
                            offlineSinceMs: undefined,
                        });
                        return true;
                    },
                    waits: (ms) => {
                        this.#isOffline();
                        return this.#sleep(ms, () => false);
                    },
                });
                this.#stands({ revoked: brought.revoked, wipeOrdered: brought.wipe_ordered });
            } catch (cause) {
                failure = cause;
            }
            if (signal.aborted) break;
            await this.#count();
            const ms = this.#next(failure, Math.max(everyMs, SHORTEST_WAIT_MS));
            const isSomebodys = ms === undefined || (failure instanceof Retry && failure.afterMs !== undefined);
            await this.#sleep(ms, () => this.#asked || (!isSomebodys && this.#recorded));
            if (!isSomebodys && !this.#asked && this.#recorded) {
                await this.#sleep(Math.min(soonMs, ms), () => this.#asked);
            }
        }
        this.#unobserve();
        globalThis.removeEventListener?.("online", this.now);
        this.#stands({ state: "stopped", nextInMs: undefined });
    }

    /** When to exchange next; none where somebody must mend something first. */
    #next(failure: unknown, everyMs: number): number | undefined {
        if (failure === undefined) {
            this.#failuresInARow = 0;
            this.#stands({
                state: "waiting", nextInMs: everyMs, exchangedMs: Date.now(), offlineSinceMs: undefined, error: undefined,
            });
            return everyMs;
        }
        const error = failure instanceof SaxaulError ? failure : new Bug(String(failure), failure);
        if (error instanceof Refused || error instanceof SignIn) {
            this.#stands({ state: "stuck", nextInMs: undefined, offlineSinceMs: undefined, error });
            return undefined;
        }
        const doubled = Math.min(FIRST_WAIT_MS * 2 ** this.#failuresInARow, LONGEST_WAIT_MS);
        this.#failuresInARow += 1;
        // Phones that failed together do not come back together.
        const spread = doubled / 2 + Math.random() * (doubled / 2);
        const ms = Math.round(Math.max(spread, (error instanceof Retry && error.afterMs) || 0));
        if (HOME_IS_AWAY.includes(error.code)) this.#isOffline();
        this.#stands({ state: "waiting", nextInMs: ms, error });
        return ms;
    }

    #isOffline(): void {
        this.#stands({ offlineSinceMs: this.#status.offlineSinceMs ?? Date.now() });
    }

    async #count(): Promise<void> {
        const open: Unconfirmed | undefined = await this.#journal.unconfirmed().catch(() => undefined);
        if (open === undefined) return;
        this.#stands({ undelivered: open.on_this_device + open.carried });
        this.#wake();
    }

    #noteRecorded(): void {
        this.#recorded ||= this.#status.undelivered > 0;
        this.#wake();
    }

    /** Waits so long, or for ever; less if it is woken for what `until` finds, or stopped. */
    async #sleep(ms: number | undefined, until: () => boolean): Promise<void> {
        let isOver = false;
        const timer = ms === undefined || ms > LONGEST_TIMER_MS ? undefined : setTimeout(() => {
            isOver = true;
            this.#wake();
        }, ms);
        // In Node a program ends although its sync waits.
        (timer as { unref?: () => void } | undefined)?.unref?.();
        while (!isOver && !this.#ending.signal.aborted && !until()) {
            await new Promise<void>((woken) => (this.#wake = woken));
        }
        clearTimeout(timer);
    }

    #stands(change: Partial<SyncStatus>): void {
        const now = { ...this.#status, ...change };
        if (JSON.stringify(now) === JSON.stringify(this.#status)) return;
        this.#status = now;
        try {
            this.#settings.status?.(now);
        } catch {
            // Who throws has been told all the same.
        }
    }
}
