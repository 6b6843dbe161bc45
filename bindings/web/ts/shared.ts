// A journal that several tabs use at once. One of them has it open, by a Web Lock; the others ask it. When it closes the
// journal or dies, the browser gives the lock to the next.

import { Host } from "./host.js";
import { gaveUp } from "./home.js";
import { IndexedDbRows } from "./indexeddb.js";
import type { Journal } from "./journal.js";
import { Remote } from "./remote.js";
import { Saxaul, type Recorded } from "./saxaul.js";
import { askIfAlone, askToYield, inUse, TabLock, YIELDS_WITHIN_MS, type Claim } from "./tab_lock.js";
import { drawName, type Ask, type Told } from "./wire.js";

/** @internal Uses the journal `name` together with other tabs. Rejects with `Retry` while a tab has it to itself. */
export async function share(name: string, claim: Claim, recorded: Recorded | undefined): Promise<Journal> {
    return await new Tab(name, claim, recorded).opened();
}

class Tab {
    readonly #name: string;
    readonly #recorded: Recorded | undefined;
    readonly #channel: BroadcastChannel;
    readonly #remote: Remote;
    readonly #leaving = new AbortController();
    readonly #left: Promise<void>;
    readonly #stopListening: () => void;
    #stopAsking: (() => void) | undefined;
    #isOpened = false;
    #host: Host | undefined;

    constructor(name: string, { wait, takeOver = false }: Claim, recorded: Recorded | undefined) {
        this.#name = name;
        this.#recorded = recorded;
        this.#channel = new BroadcastChannel(`saxaul/${name}`);
        this.#channel.onmessage = ({ data }: MessageEvent<Ask | Told>) => {
            if (isTold(data)) this.#remote.hear(data);
            else this.#host?.take(data);
        };
        this.#remote = new Remote((ask) => this.#ask(ask), () => this.#leave());
        this.#stopListening = askIfAlone(name, () => {
            if (this.#isOpened || (wait === undefined && !takeOver)) this.#remote.fails(inUse());
            else if (takeOver) this.#stopAsking ??= askToYield(name);
        });
        const ends = wait ?? (takeOver ? AbortSignal.timeout(YIELDS_WITHIN_MS) : true);
        if (ends !== true) {
            const giveUp = () => void (this.#isOpened || this.#remote.fails(wait === undefined ? inUse() : gaveUp()));
            if (ends.aborted) giveUp();
            ends.addEventListener("abort", giveUp, { once: true });
        }
        this.#left = this.#own();
    }

    async opened(): Promise<Journal> {
        try {
            await this.#remote.found();
        } catch (cause) {
            await this.#leave();
            throw cause;
        } finally {
            this.#stopAsking?.();
        }
        this.#isOpened = true;
        return this.#remote;
    }

    #ask(ask: Ask): void {
        if (this.#host !== undefined) this.#host.take(ask);
        else this.#channel.postMessage(ask);
    }

    /** To one's own, and to the other tabs what is theirs. */
    #tell(told: Told): void {
        const isOwn = "client" in told && told.client === this.#remote.client;
        if (!isOwn) this.#channel.postMessage(told);
        this.#remote.hear(told);
    }

    /** Has the journal open whenever it is this tab's turn, until it leaves. */
    async #own(): Promise<void> {
        const wait = this.#leaving.signal;
        while (!wait.aborted) {
            try {
                const lock = await TabLock.take(this.#name, { wait }, "shared");
                this.#stopAsking?.();
                await this.#haveOpen(await IndexedDbRows.under(lock, this.#name));
            } catch (cause) {
                if (!wait.aborted) {
                    this.#hangUp();
                    this.#remote.close(cause as Error);
                }
                return;
            }
        }
    }

    /** Has it open until it is wiped, another tab wants it for itself, or this tab leaves. */
    async #haveOpen(rows: IndexedDbRows): Promise<void> {
        const journal = await Saxaul.open(rows, this.#recorded);
        const ended = new Promise<void>((end) => {
            this.#host = new Host(journal, drawName(), (told) => {
                this.#tell(told);
                if ("ends" in told) end();
            });
        });
        this.#host?.begin();
        const end = () => void this.#host?.end();
        rows.whenAsked(end);
        this.#leaving.signal.addEventListener("abort", end, { once: true });
        if (this.#leaving.signal.aborted) end();
        await ended;
        this.#leaving.signal.removeEventListener("abort", end);
        this.#host = undefined;
    }

    async #leave(): Promise<void> {
        this.#leaving.abort();
        await this.#left;
        this.#hangUp();
    }

    #hangUp(): void {
        this.#stopListening();
        this.#channel.close();
    }
}

function isTold(said: Ask | Told): said is Told {
    return "begins" in said || "ends" in said || "changes" in said || "outcome" in said;
}
