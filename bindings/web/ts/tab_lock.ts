// The right to have a journal open, which one tab or worker of a browser holds at a time: a Web Lock. Whoever wants it may
// ask the holder to yield.

import { ErrorCodes } from "./error_codes.js";
import { Refused, Retry } from "./errors.js";

/** How to come by a journal that another tab has open. */
export interface Claim {
    /** Waits until nobody else has it open, or until the signal ends that. */
    readonly wait?: true | AbortSignal;
    /** Asks the tab that has it open to close it, which that tab does as soon as its calls are done. */
    readonly takeOver?: boolean;
}

/** A tab that does not yield within this time will not: it hangs, or its browser stopped it. */
export const YIELDS_WITHIN_MS = 10_000;
/** Whoever has the journal now may be another one than before: it is asked so often. */
const ASK_AGAIN_MS = 500;

/** What tabs say to each other about who has a journal. */
interface Said {
    readonly tab: "yield" | "alone" | "who";
}

/** Whether whoever holds the lock has the journal to itself, or does what other tabs ask of it. */
export type Use = "alone" | "shared";

/** A lock that is held. */
export class TabLock {
    readonly #release: () => void;
    readonly #channel: BroadcastChannel;
    #asked = false;
    #yields: (() => void) | undefined;

    private constructor(name: string, use: Use, release: () => void) {
        this.#release = release;
        this.#channel = tabsOf(name);
        const sayAlone = () => use === "alone" && this.#channel.postMessage({ tab: "alone" } satisfies Said);
        sayAlone();
        this.#channel.onmessage = ({ data }: MessageEvent<Said>) => {
            if (data.tab === "who") sayAlone();
            if (data.tab !== "yield" || this.#asked) return;
            this.#asked = true;
            this.#yields?.();
        };
    }

    /**
     * Takes the lock. Rejects with `Retry` where another tab, or this one, holds it and does not let go of it; and where
     * the signal ends the waiting.
     */
    static async take(name: string, { wait, takeOver = false }: Claim = {}, use: Use = "alone"): Promise<TabLock> {
        if (globalThis.navigator?.locks === undefined) {
            throw new Refused(ErrorCodes.insecureContext, "a browser keeps a journal for pages over HTTPS or on localhost alone");
        }
        if (wait === undefined && !takeOver) return new TabLock(name, use, await request(name, { ifAvailable: true }));
        const ends = wait === undefined ? AbortSignal.timeout(YIELDS_WITHIN_MS) : wait === true ? undefined : wait;
        const stop = takeOver ? askToYield(name) : () => undefined;
        try {
            return new TabLock(name, use, await request(name, ends === undefined ? {} : { signal: ends }));
        } catch (cause) {
            if (ends?.aborted) throw wait === undefined ? inUse() : new Retry(ErrorCodes.cancelled, "the app waits no more", { cause });
            throw cause;
        } finally {
            stop();
        }
    }

    /** Has `yields` called when somebody asks for the lock, or has asked already. It lets go of the lock soon. */
    whenAsked(yields: () => void): void {
        this.#yields = yields;
        if (this.#asked) yields();
    }

    /** Lets go of the lock. The browser does that by itself when the tab ends. Repeating it is harmless. */
    release(): void {
        this.#channel.close();
        this.#release();
    }
}

/** Asks whether a tab has the journal to itself; calls `alone` if it says so. Returns what stops listening. */
export function askIfAlone(name: string, alone: () => void): () => void {
    const channel = tabsOf(name);
    channel.onmessage = ({ data }: MessageEvent<Said>) => {
        if (data.tab === "alone") alone();
    };
    channel.postMessage({ tab: "who" } satisfies Said);
    return () => channel.close();
}

/** @internal */
export function inUse(): Retry {
    return new Retry(ErrorCodes.inUse, "another tab, or this one, has the journal open");
}

function tabsOf(name: string): BroadcastChannel {
    return new BroadcastChannel(`saxaul/${name}/lock`);
}

/** Asks whoever has the journal to itself to close it, again and again until that is stopped. */
export function askToYield(name: string): () => void {
    const channel = tabsOf(name);
    const ask = () => channel.postMessage({ tab: "yield" } satisfies Said);
    ask();
    const asking = setInterval(ask, ASK_AGAIN_MS);
    return () => {
        clearInterval(asking);
        channel.close();
    };
}

/**
 * Takes a lock, and gives what lets go of it. Chromium forgets a signal that comes right after the request: what it grants
 * to whoever waits no more is let go of at once.
 */
function request(name: string, options: LockOptions): Promise<() => void> {
    return new Promise((resolve, reject) => {
        const { signal } = options;
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
        const held = navigator.locks.request(`saxaul/${name}`, options, (taken) => {
            if (taken === null) reject(inUse());
            if (taken === null || signal?.aborted) return undefined;
            return new Promise<void>((release) => resolve(release));
        });
        held.catch(reject);
    });
}
