// The gate: a tap or a badge becomes a record, a record becomes a band. What counts is decided by the journal.

import { moment, type Action, type Failure, type PersonRow, type RecordRow } from "../journal";
import { failure, session } from "../state/session.svelte";
import { keepSetting, setting } from "../state/kept";
import { give, type Signal } from "./signals";

export type Mode = "in" | "out" | "auto";
type Direction = "in" | "out";
type Method = "qr" | "search";

/** Somebody at the gate; without a row, newer than this phone's roster. */
export interface Who {
    readonly subject: string;
    readonly row: PersonRow | null;
}

/** What the last act came to. */
export type Band =
    | { readonly is: "in" | "out" | "registered"; readonly who: Who; readonly records: RecordRow[] }
    | { readonly is: "already" | "moved"; readonly who: Who; readonly records: RecordRow[] }
    | { readonly is: "soon"; readonly who: Who; readonly then: Direction; readonly method: Method }
    | { readonly is: "team"; readonly to: Direction; readonly count: number; readonly records: RecordRow[] }
    | { readonly is: "noted" | "undone"; readonly name: string }
    | { readonly is: "code"; readonly what: "other_event" | "bad_badge" | "other" | "invite" | "letter" }
    | { readonly is: "unsaved"; readonly failure: Failure; readonly again: () => Promise<unknown> };

/** After so long the band goes by itself. */
const BAND_MS = 8_000;
/** Whoever passed less long ago is asked about, where the gate decides by itself. */
const SOON_MS = 120_000;
const RECENT = 5;
const PASSAGES = ["check_in", "check_out", "walk_in"];
/** So many records are looked through for the last passages. */
const LOOKED_AT = 60;

class Gate {
    mode = $state<Mode>((setting("mode") as Mode | null) ?? "in");
    band = $state.raw<Band>();
    recent = $state.raw<RecordRow[]>([]);
    /** Whose tap is being saved. */
    pressed = $state<string>();
    #passed = new Map<string, number>();
    #timer: ReturnType<typeof setTimeout> | undefined;

    setMode(mode: Mode): void {
        this.mode = mode;
        keepSetting("mode", mode);
    }

    /** Somebody was tapped in the list, or their badge was read. */
    async pass(who: Who, method: Method): Promise<void> {
        // A finger that trembles taps twice.
        if (this.pressed === who.subject) return;
        const to = this.mode === "auto" ? this.#byItself(who.row) : this.mode;
        const passed = this.#passed.get(who.subject);
        if (this.mode === "auto" && passed !== undefined && performance.now() - passed < SOON_MS) {
            this.#show({ is: "soon", who, then: to, method }, "attention");
            return;
        }
        await this.record(who, to, method);
    }

    async record(who: Who, to: Direction, method: Method): Promise<void> {
        const { subject, row } = who;
        const act: Action = { do: to === "in" ? "check_in" : "check_out", subject, site: session.site, method };
        const records = await this.#save([act], subject, () => this.record(who, to, method));
        if (records === undefined) return;
        this.#passed.set(subject, performance.now());
        if (to === "out") this.#show({ is: "out", who, records }, "out");
        else if (row?.inside_at === session.site) this.#show({ is: "already", who, records }, "attention");
        else if (row !== null && row.inside_at !== null) this.#show({ is: "moved", who, records }, "attention");
        else this.#show({ is: "in", who, records }, isNoted(row) ? "in_attention" : "in");
    }

    /** Registers somebody and checks them in: all of it, or nothing. Tells whether it is saved. */
    async register(actions: Action[], subject: string): Promise<boolean> {
        const records = await this.#save(actions, subject, () => this.register(actions, subject));
        if (records === undefined) return false;
        this.#passed.set(subject, performance.now());
        const who = { subject, row: await session.journal.person(subject) };
        this.#show({ is: "registered", who, records }, isNoted(who.row) ? "in_attention" : "in");
        return true;
    }

    async team(people: readonly PersonRow[], to: Direction): Promise<void> {
        const what = to === "in" ? "check_in" : "check_out";
        const actions = people.map(({ subject }): Action => ({ do: what, subject, site: session.site, method: "search" }));
        const records = await this.#save(actions, "team", () => this.team(people, to));
        if (records !== undefined) this.#show({ is: "team", to, count: records.length, records }, to);
    }

    /** Records what is no passage: a card, a consent, an incident. Tells whether it is saved. */
    async note(actions: Action[], name: string): Promise<boolean> {
        const records = await this.#save(actions, name, () => this.note(actions, name));
        if (records === undefined) return false;
        this.#show({ is: "noted", name }, "in");
        return true;
    }

    /** A check-in that was meant as a check-out: one is taken back, the other recorded, in one act. */
    async outInstead(who: Who, records: readonly RecordRow[]): Promise<void> {
        const out: Action = { do: "check_out", subject: who.subject, site: session.site, method: "search" };
        const saved = await this.#save([...undoing(records), out], who.subject, () => this.outInstead(who, records));
        if (saved !== undefined) this.#show({ is: "out", who, records: saved.slice(-1) }, "out");
    }

    async undo(records: readonly RecordRow[], name: string): Promise<void> {
        const saved = await this.#save(undoing(records), records[0]?.subject ?? "", () => this.undo(records, name));
        if (saved === undefined) return;
        records.forEach(({ subject }) => subject !== null && this.#passed.delete(subject));
        this.#show({ is: "undone", name }, "attention");
    }

    /** A badge was read, by a camera or by a scanner with a cable. */
    async read(text: string): Promise<void> {
        try {
            const code = await session.journal.readCode(text);
            if (code.kind !== "badge") return this.#show({ is: "code", what: code.kind }, "stop");
            await this.pass({ subject: code.subject, row: await session.journal.person(code.subject) }, "qr");
        } catch (cause) {
            this.#show({ is: "unsaved", failure: failure(cause), again: () => this.read(text) }, "not_saved");
        }
    }

    dismiss(): void {
        clearTimeout(this.#timer);
        this.band = undefined;
    }

    /** Looks up the last passages anew. */
    async refresh(): Promise<void> {
        const { rows } = await session.journal.records({ limit: LOOKED_AT });
        const last = rows.filter(({ kind, entry }) => entry !== null && PASSAGES.includes(kind));
        // Whoever was registered and checked in at once is one line.
        const lines = last.filter(({ kind, subject, wall_ms }) =>
            kind !== "walk_in" || !last.some((other) => other.kind === "check_in" && other.subject === subject && other.wall_ms === wall_ms));
        this.recent = lines.slice(0, RECENT);
    }

    #byItself(row: PersonRow | null): Direction {
        return row?.inside_at === session.site ? "out" : "in";
    }

    async #save(actions: Action[], pressed: string, again: () => Promise<unknown>): Promise<RecordRow[] | undefined> {
        const at = moment();
        this.pressed = pressed;
        try {
            return await session.journal.perform(actions, at);
        } catch (cause) {
            this.#show({ is: "unsaved", failure: failure(cause), again }, "not_saved");
            return undefined;
        } finally {
            this.pressed = undefined;
        }
    }

    #show(band: Band, signal: Signal): void {
        clearTimeout(this.#timer);
        this.band = band;
        give(signal);
        if (band.is !== "unsaved" && band.is !== "soon") this.#timer = setTimeout(() => (this.band = undefined), BAND_MS);
    }
}

/** Whether the gate must know something of them. It keeps nobody out. */
export function isNoted(row: PersonRow | null): boolean {
    return row !== null && (row.withdrawn !== null || row.notices.length > 0);
}

/** Takes records back. A registration takes what else was recorded of the walk-in with it. */
function undoing(records: readonly RecordRow[]): Action[] {
    const whole = records.find(({ kind }) => kind === "walk_in");
    const entries = (whole === undefined ? records : [whole]).flatMap(({ entry }) => (entry === null ? [] : [entry]));
    return entries.map((entry) => ({ do: "undo", entry }));
}

export const gate = new Gate();
