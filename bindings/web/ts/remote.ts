// A journal that somebody else has open: another tab, a worker, or a later one of them.

import type { Brought, Changes } from "../core/types.js";
import { clocks, isOfThisBrowser } from "./clocks.js";
import { ErrorCodes } from "./error_codes.js";
import { arrived, Bug, Refused, Retry, SaxaulError } from "./errors.js";
import { exchangeNear, gaveUp, type NearLink, type Patience } from "./home.js";
import { CALLS, READINGS, type Call, type Journal } from "./journal.js";
import type { Listener } from "./saxaul.js";
import { BEGUN, type Sync, type SyncSettings, type SyncStatus } from "./sync.js";
import { each, snapshots, watch, type Snapshots, type Stop, type Watched, type Watcher } from "./watched.js";
import { drawName, type Ask, type LongCall, type Outcome, type SentStatus, type Told } from "./wire.js";

type Called = Call | LongCall | "syncNow" | "shutDown";

/** A call that was not answered yet. */
interface Waiting {
    readonly call: Called;
    readonly send: (owner: string) => void;
    /** To whom it was sent. */
    sentTo: string | undefined;
    readonly goes: (on: Brought | SentStatus) => void;
    readonly resolve: (done: unknown) => void;
    readonly reject: (cause: Error) => void;
}

interface Long {
    readonly goes?: (on: Brought | SentStatus) => void;
    readonly signal?: AbortSignal | undefined;
}

const EVERYTHING: Changes = { event: true, everybody: true, subjects: [], records: true };

export interface Remote extends Pick<Journal, Call> {}

/**
 * A journal whose calls go to its owner. When another owner follows, calls that were not answered are made again where that
 * is harmless; the others reject with `Retry` and the code `unknown_outcome`, because nobody knows whether they were done.
 */
export class Remote implements Journal {
    readonly client = drawName();
    readonly #send: (ask: Ask) => void;
    readonly #shutDown: () => Promise<void>;
    readonly #waiting = new Map<number, Waiting>();
    /** The same calls, as what ends with them. */
    readonly #underWay = new Set<Promise<void>>();
    readonly #listeners = new Set<Listener>();
    readonly #found: Promise<void>;
    #foundOne: () => void = () => undefined;
    #notFound: (cause: Error) => void = () => undefined;
    #owner: string | undefined;
    /** Why nobody has the journal open who could be asked. */
    #absent: Error | undefined;
    #closing = false;
    #closed: Error | undefined;
    #calls = 0;
    #sync: RemoteSync | undefined;

    /** `send` hands on what is said to the owner; `shutDown` closes the journal, if that is this one's to do. */
    constructor(send: (ask: Ask) => void, shutDown: (remote: Remote) => Promise<void>) {
        this.#send = send;
        this.#shutDown = () => shutDown(this);
        this.#found = new Promise((found, notFound) => {
            this.#foundOne = found;
            this.#notFound = notFound;
        });
        this.#found.catch(() => undefined);
        send({ who: this.client });
    }

    /** Resolves when somebody has the journal open. */
    found(): Promise<void> {
        return this.#found;
    }

    /** Takes what an owner says. */
    hear(told: Told): void {
        if ("begins" in told) return this.#isOwned(told.owner);
        if ("outcome" in told) return told.client === this.client ? this.#heard(told.owner, told.id, told.outcome) : undefined;
        if (told.owner !== this.#owner) return;
        if ("ends" in told) this.#owner = undefined;
        else this.#listeners.forEach((listener) => tellOf(told.changes, listener));
    }

    /** Calls that wait are rejected, as are all that follow until somebody has the journal open. */
    fails(cause: Error): void {
        this.#owner = undefined;
        this.#absent = cause;
        this.#notFound(cause);
        this.#rejectAll(cause);
    }

    /** Ends it: every call is rejected from now on. */
    close(cause: Error = wasClosed()): void {
        this.#closed ??= cause;
        this.fails(this.#closed);
    }

    /** Makes a call. */
    call(call: Called, args: readonly unknown[], { goes = () => undefined, signal }: Long = {}): Promise<unknown> {
        const isTooLate = this.#closing && call !== "shutDown";
        const cannot = this.#closed ?? (isTooLate ? wasClosed() : this.#absent);
        if (cannot !== undefined) return Promise.reject(cannot);
        if (signal?.aborted) return Promise.reject(gaveUp());
        const id = (this.#calls += 1);
        const at = READINGS[call as Call];
        const given = at === undefined ? undefined : args[at];
        const now = given === undefined ? clocks() : isOfThisBrowser(given) ? given : undefined;
        const reading = at === undefined || now === undefined ? {} : { reading: { at, now } };
        const answered = new Promise((resolve, reject) => {
            const send = (owner: string) => this.#send({ client: this.client, owner, id, call, args, ...reading });
            const waiting: Waiting = { call, send, sentTo: undefined, goes, resolve, reject };
            this.#waiting.set(id, waiting);
            signal?.addEventListener("abort", () => this.#stop(id), { once: true });
            this.#begin(id, waiting);
        });
        const isOver = answered.then(() => undefined, () => undefined).finally(() => this.#underWay.delete(isOver));
        this.#underWay.add(isOver);
        return answered;
    }

    exchange({ at, goesOn, signal }: Patience = {}): Promise<Brought> {
        const ends = new AbortController();
        const stop = () => ends.abort();
        if (signal?.aborted) stop();
        signal?.addEventListener("abort", stop, { once: true });
        const goes = (on: Brought | SentStatus) => {
            if (goesOn?.(on as Brought) === false) stop();
        };
        const over = this.call("exchange", [at === undefined ? {} : { at }], { goes, signal: ends.signal });
        return over.finally(() => signal?.removeEventListener("abort", stop)) as Promise<Brought>;
    }

    exchangeNear(link: NearLink): Promise<Brought> {
        return exchangeNear(this, link);
    }

    sync(settings: SyncSettings = {}): Sync {
        if (this.#closed !== undefined || this.#closing) throw this.#closed ?? wasClosed();
        void this.#sync?.stop();
        this.#sync = new RemoteSync(this, settings);
        return this.#sync;
    }

    observe(listener: Listener): Stop {
        const own: Listener = (changes) => listener(changes);
        this.#listeners.add(own);
        queueMicrotask(() => {
            if (this.#listeners.has(own)) tellOf(EVERYTHING, own);
        });
        return () => this.#listeners.delete(own);
    }

    watch<T>(query: Watched<T>, watcher: Watcher<T>): Stop {
        return watch(this, query, watcher);
    }

    each<T>(query: Watched<T>): AsyncGenerator<T, void, undefined> {
        return each(this, query);
    }

    snapshots<T>(query: Watched<T>): Snapshots<T> {
        return snapshots(this, query);
    }

    async shutDown(): Promise<void> {
        if (this.#closed !== undefined) return;
        this.#closing = true;
        for (const [id, { call }] of this.#waiting) {
            if (call === "exchange" || call === "sync") this.#stop(id);
        }
        await Promise.all([this.#sync?.stop(), ...this.#underWay]);
        if (this.#closed !== undefined) return;
        await this.#shutDown();
        this.close();
    }

    [Symbol.asyncDispose](): Promise<void> {
        return this.shutDown();
    }

    /**
     * Sends a call; one that must not be made twice only when the owner has just shown that it lives. Later calls stay behind
     * it.
     */
    #begin(id: number, waiting: Waiting): void {
        if (this.#owner === undefined) return;
        const isHeldUp = [...this.#waiting.values()].some((other) => other !== waiting && other.sentTo === undefined);
        if (CALLS[waiting.call as Call] === "once") this.#send({ who: this.client });
        else if (!isHeldUp) this.#ask(id, waiting, this.#owner);
    }

    #isOwned(owner: string): void {
        if (this.#closed !== undefined) return;
        const isNew = owner !== this.#owner;
        this.#owner = owner;
        this.#absent = undefined;
        for (const [id, waiting] of [...this.#waiting]) {
            if (waiting.sentTo !== owner) this.#ask(id, waiting, owner);
        }
        if (!isNew) return;
        this.#foundOne();
        // What changed meanwhile was told to nobody.
        this.#listeners.forEach((listener) => tellOf(EVERYTHING, listener));
    }

    #ask(id: number, waiting: Waiting, owner: string): void {
        const { call, sentTo, send, reject } = waiting;
        if (sentTo !== undefined && CALLS[call as Call] === "once") {
            this.#waiting.delete(id);
            return reject(new Retry(ErrorCodes.unknownOutcome, "the tab that had the journal open ended before it answered: look whether it was done"));
        }
        waiting.sentTo = owner;
        try {
            send(owner);
        } catch (cause) {
            // What cannot be sent, such as a function.
            this.#waiting.delete(id);
            reject(new Refused(ErrorCodes.badInput, String(cause), cause));
        }
    }

    #heard(owner: string, id: number, outcome: Outcome): void {
        const waiting = this.#waiting.get(id);
        if (waiting === undefined || waiting.sentTo !== owner) return;
        if ("progress" in outcome) {
            try {
                waiting.goes(outcome.progress);
            } catch (cause) {
                this.#stop(id, cause as Error);
            }
            return;
        }
        if ("gone" in outcome) {
            // It was not done, and waits for the next owner.
            waiting.sentTo = undefined;
            return;
        }
        this.#waiting.delete(id);
        if ("failed" in outcome) waiting.reject(arrived(outcome.failed));
        else if (waiting.call === "wipe") void this.#leave().then(() => waiting.resolve(undefined));
        else waiting.resolve(outcome.done);
    }

    /** Closes what was wiped. */
    async #leave(): Promise<void> {
        this.#closing = true;
        await this.#shutDown().catch(() => undefined);
        this.close();
    }

    #stop(id: number, cause: Error = gaveUp()): void {
        const waiting = this.#waiting.get(id);
        if (waiting === undefined) return;
        this.#waiting.delete(id);
        if (waiting.sentTo !== undefined) this.#send({ client: this.client, owner: waiting.sentTo, stop: id });
        waiting.reject(cause);
    }

    #rejectAll(cause: Error): void {
        const waiting = [...this.#waiting.values()];
        this.#waiting.clear();
        waiting.forEach(({ reject }) => reject(cause));
    }
}

for (const call of Object.keys(CALLS) as Call[]) {
    Object.defineProperty(Remote.prototype, call, {
        value(this: Remote, ...args: unknown[]) {
            return this.call(call, args);
        },
    });
}

/** A sync that the owner runs, whoever that is. */
class RemoteSync implements Sync {
    readonly #remote: Remote;
    readonly #settings: SyncSettings;
    readonly #ending = new AbortController();
    readonly #ended: Promise<void>;
    #status = BEGUN;

    constructor(remote: Remote, { status, ...settings }: SyncSettings) {
        this.#remote = remote;
        this.#settings = status === undefined ? {} : { status };
        const goes = (on: Brought | SentStatus) => {
            const { error, ...now } = on as SentStatus;
            // A sync that stopped by itself goes on with the next owner.
            if (now.state !== "stopped") this.#stands({ ...now, error: error && asSaxaulError(arrived(error)) });
        };
        const over = remote.call("sync", [settings], { goes, signal: this.#ending.signal });
        this.#ended = over.then(() => undefined, () => undefined).then(() => {
            this.#stands({ ...this.#status, state: "stopped", nextInMs: undefined });
        });
    }

    get status(): SyncStatus {
        return this.#status;
    }

    readonly now = (): void => {
        this.#remote.call("syncNow", []).catch(() => undefined);
    };

    stop(): Promise<void> {
        this.#ending.abort();
        return this.#ended;
    }

    #stands(now: SyncStatus): void {
        this.#status = now;
        try {
            this.#settings.status?.(now);
        } catch {
            // Who throws has been told all the same.
        }
    }
}

function wasClosed(): Refused {
    return new Refused(ErrorCodes.closed, "the journal was closed: open it again");
}

function asSaxaulError(error: Error): SaxaulError {
    return error instanceof SaxaulError ? error : new Bug(error.message, error);
}

function tellOf(changes: Changes, listener: Listener): void {
    try {
        listener(changes);
    } catch {
        // A listener that throws has heard it all the same.
    }
}
