// Whoever has a journal open, for others that use it.

import type { Brought } from "../core/types.js";
import { asHere } from "./clocks.js";
import { ErrorCodes } from "./error_codes.js";
import { Refused, sent } from "./errors.js";
import { CALLS, type Journal } from "./journal.js";
import type { Stop } from "./watched.js";
import type { Sync, SyncSettings, SyncStatus } from "./sync.js";
import type { Ask, Outcome, SentStatus, Told } from "./wire.js";

type Calling = Extract<Ask, { readonly id: number }>;

/** Does what clients ask of a journal, and tells them what came of it. */
export class Host {
    readonly owner: string;
    readonly #journal: Journal;
    readonly #tell: (told: Told) => void;
    readonly #underWay = new Map<string, AbortController>();
    readonly #syncs: SharedSync;
    readonly #unobserve: Stop;
    #ending: Promise<void> | undefined;
    #hasEnded = false;

    constructor(journal: Journal, owner: string, tell: (told: Told) => void) {
        this.owner = owner;
        this.#journal = journal;
        this.#tell = tell;
        this.#syncs = new SharedSync(journal);
        this.#unobserve = journal.observe((changes) => tell({ owner, changes }));
    }

    /** Tells everybody who has the journal open from now on. */
    begin(): void {
        this.#tell({ owner: this.owner, begins: true });
    }

    /** Takes what a client says. */
    take(ask: Ask): void {
        if ("who" in ask) return this.#hasEnded ? undefined : this.#tell({ owner: this.owner, begins: true, client: ask.who });
        if (ask.owner !== this.owner) return;
        if ("stop" in ask) return this.#underWay.get(`${ask.client} ${ask.stop}`)?.abort();
        void this.#answer(ask);
    }

    /** Closes the journal when what was asked is done, and tells everybody. What is asked from now on is gone. */
    end(): Promise<void> {
        this.#ending ??= this.#journal.shutDown().finally(() => {
            this.#hasEnded = true;
            this.#unobserve();
            this.#tell({ owner: this.owner, ends: true });
        });
        return this.#ending;
    }

    async #answer(asked: Calling): Promise<void> {
        const { client, id } = asked;
        const name = `${client} ${id}`;
        const tell = (outcome: Outcome) => this.#tell({ owner: this.owner, client, id, outcome });
        const ending = new AbortController();
        this.#underWay.set(name, ending);
        try {
            tell({ done: await this.#act(asked, (progress) => tell({ progress }), ending.signal) });
            if (asked.call === "wipe") await this.end();
        } catch (cause) {
            const isGone = cause instanceof Refused && cause.code === ErrorCodes.closed;
            tell(isGone ? { gone: true } : { failed: sent(cause) });
        } finally {
            this.#underWay.delete(name);
        }
    }

    async #act({ call, args, reading }: Calling, goes: (on: Brought | SentStatus) => void, signal: AbortSignal): Promise<unknown> {
        if (call === "exchange") {
            const goesOn = (brought: Brought) => (goes(brought), true);
            return this.#journal.exchange({ ...(args[0] as object), goesOn, signal });
        }
        if (call === "sync") {
            const status = (now: SyncStatus) => goes({ ...now, error: now.error && sent(now.error) });
            return this.#syncs.join(args[0] as SyncSettings, status, signal);
        }
        if (call === "syncNow") return this.#syncs.now();
        if (call === "shutDown") return this.end();
        if (!Object.hasOwn(CALLS, call)) throw new Refused(ErrorCodes.badInput, `there is no call ${String(call)}`);
        const handed = [...args];
        if (reading !== undefined) handed[reading.at] = asHere(reading.now);
        const does = this.#journal[call] as (...args: unknown[]) => Promise<unknown>;
        return does.apply(this.#journal, handed);
    }
}

/** The one sync of a journal, for all who want one. The settings are those of whoever wanted it first. */
class SharedSync {
    readonly #journal: Journal;
    #running: { readonly sync: Sync; readonly watchers: Set<(now: SyncStatus) => void> } | undefined;

    constructor(journal: Journal) {
        this.#journal = journal;
    }

    /** Has it run, and `status` hear how it stands, until `signal` ends that. */
    join(settings: SyncSettings, status: (now: SyncStatus) => void, signal: AbortSignal): Promise<void> {
        const running = (this.#running ??= this.#begin(settings));
        return new Promise((resolve, reject) => {
            const own = (now: SyncStatus) => {
                status(now);
                // Whoever wants it did not stop it: the journal was closed.
                if (now.state === "stopped") reject(new Refused(ErrorCodes.closed, "the journal was closed"));
            };
            signal.addEventListener("abort", () => {
                running.watchers.delete(own);
                if (running.watchers.size === 0 && this.#running === running) {
                    this.#running = undefined;
                    void running.sync.stop();
                }
                resolve();
            }, { once: true });
            running.watchers.add(own);
            own(running.sync.status);
        });
    }

    now(): void {
        this.#running?.sync.now();
    }

    #begin(settings: SyncSettings) {
        const watchers = new Set<(now: SyncStatus) => void>();
        const status = (now: SyncStatus) => [...watchers].forEach((watcher) => watcher(now));
        return { sync: this.#journal.sync({ ...settings, status }), watchers };
    }
}
