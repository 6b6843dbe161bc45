// What the app knows of the journal, kept up to date: the screens read it, and ask for the rest.

import { Failed, startJournal, type EventRow, type Failure, type Headcounts, type News, type Remote, type Standing, type SyncState, type Unconfirmed } from "../journal";
import { endWipe, keepSetting, setting } from "./kept";
import { prefs } from "./prefs.svelte";

export type Phase = "opening" | "elsewhere" | "join" | "open" | "failed" | "wiped";

class Session {
    phase = $state<Phase>("opening");
    failure = $state.raw<Failure>();
    standing = $state.raw<Standing>();
    event = $state.raw<EventRow>();
    unconfirmed = $state.raw<Unconfirmed>({ on_this_device: 0, carried: 0, held: 0, refused: 0 });
    records = $state(0);
    headcounts = $state.raw<Headcounts>();
    sync = $state.raw<SyncState>();
    /** How much of the roster came, while it comes for the first time. */
    page = $state.raw<{ got: number; total: number }>();
    readOnly = $state(false);
    revoked = $state(false);
    wipeOrdered = $state(false);
    /** Counts what changed: a screen that reads it asks again. */
    view = $state(0);
    recorded = $state(0);
    /** The last exchange that succeeded, by this device's clock. */
    exchangedMs = $state(Number(setting("exchanged")) || undefined);
    readonly journal: Remote = startJournal((news) => this.#hear(news));

    /** So many records are known to be at home. */
    get home(): number {
        const { on_this_device, carried, held, refused } = this.unconfirmed;
        return Math.max(0, this.records - on_this_device - carried - held - refused);
    }

    get zone(): string {
        return this.event?.time_zone ?? "Asia/Almaty";
    }

    /** The site at which this device records: where it was set, else where the invite put it. */
    get site(): string {
        const sites = this.event?.sites ?? [];
        const wanted = [prefs.site, this.standing?.site, sites.length === 1 ? sites[0]?.key : undefined];
        return wanted.find((key) => sites.some((site) => site.key === key)) ?? "";
    }

    async open(takeOver: boolean): Promise<void> {
        this.phase = "opening";
        try {
            await this.journal.open(takeOver);
            this.readOnly = await this.journal.isReadOnly();
            await this.refresh();
        } catch (cause) {
            this.failure = failure(cause);
            this.phase = this.failure.code === "in_use" ? "elsewhere" : "failed";
        }
    }

    /** Asks anew who this device is; it may have joined. */
    async refresh(): Promise<void> {
        this.standing = await this.journal.standing();
        if (this.standing.event === null) {
            this.phase = "join";
            await endWipe();
            return;
        }
        this.event = await this.journal.event();
        this.phase = "open";
        // The gate is there at once; who is inside takes a moment with thousands of people.
        void this.#askRecords().catch(ignored);
        void this.#askView().catch(ignored);
    }

    #hear(news: News): void {
        switch (news.news) {
            case "changes":
                if (this.phase !== "open") return;
                if (news.event) void this.#askEvent().catch(ignored);
                if (news.view) void this.#askView().catch(ignored);
                if (news.records) void this.#askRecords().catch(ignored);
                return;
            case "sync":
                this.sync = news.sync;
                if (news.sync.exchangedMs !== undefined) this.#exchanged(news.sync.exchangedMs);
                return;
            case "exchanged":
                this.#exchanged(news.ms);
                this.revoked = news.revoked;
                this.wipeOrdered = news.wipeOrdered;
                return;
            case "page":
                this.page = { got: news.got, total: news.total };
                return;
            case "yielded":
                this.phase = "elsewhere";
                return;
        }
    }

    #exchanged(ms: number): void {
        this.exchangedMs = ms;
        keepSetting("exchanged", String(ms));
    }

    async #askEvent(): Promise<void> {
        [this.standing, this.event] = await Promise.all([this.journal.standing(), this.journal.event()]);
    }

    async #askView(): Promise<void> {
        this.headcounts = await this.journal.headcounts();
        this.view += 1;
    }

    async #askRecords(): Promise<void> {
        const [unconfirmed, page] = await Promise.all([this.journal.unconfirmed(), this.journal.records({ limit: 1 })]);
        this.unconfirmed = unconfirmed;
        this.records = page.total;
        this.recorded += 1;
    }
}

/** The journal was given to another tab, or ends: what is shown says so already. */
function ignored(): void {}

export function failure(cause: unknown): Failure {
    return cause instanceof Failed ? cause.failure : { kind: "bug", code: "bug", why: String(cause) };
}

export const session = new Session();
