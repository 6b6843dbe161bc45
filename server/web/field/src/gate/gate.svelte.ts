// The gate: a tap or a badge becomes a record, a record becomes a band. What counts is decided by the journal.

import { moment, type Action, type Failure, type PersonRow, type RecordRow } from "../journal";
import { failure, session } from "../state/session.svelte";
import { keepSetting, setting } from "../state/kept";
import { give, type Signal } from "./signals";

export type Mode = "in" | "out" | "auto";
type Direction = "in" | "out";
type Method = "qr" | "search";

/** What a tap asks for. It is the same act however often it is tried. */
interface Act {
    /** What it is about: one act at a time is saved for it. */
    readonly thing: string;
    readonly actions: Action[];
    /** The moment of the first tap, on the clock of `moment`. */
    readonly at: number;
    /** What follows once it is saved, at whichever try. */
    readonly saved: (records: RecordRow[]) => unknown;
}

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
    | { readonly is: "unsaved"; readonly thing: string; readonly failure: Failure; readonly again: () => Promise<unknown> };

/** After so long the band goes by itself. */
const BAND_MS = 8_000;
/** Whoever passed less long ago is asked about, where the gate decides by itself. */
const SOON_MS = 120_000;
/** The same act asked for again within this time is a finger that trembles. */
const ECHO_MS = 600;
const RECENT = 5;
const PASSAGES = ["check_in", "check_out", "walk_in"];
/** So many records are looked through for the last passages. */
const LOOKED_AT = 60;

class Gate {
    mode = $state<Mode>((setting("mode") as Mode | null) ?? "in");
    band = $state.raw<Band>();
    recent = $state.raw<RecordRow[]>([]);
    /** What acts are being saved about. */
    saving = $state.raw<readonly string[]>([]);
    #last: { readonly actions: string; readonly at: number } | undefined;
    #passed = new Map<string, number>();
    #timer: ReturnType<typeof setTimeout> | undefined;

    setMode(mode: Mode): void {
        this.mode = mode;
        keepSetting("mode", mode);
    }

    /** Somebody was tapped in the list, or their badge was read. `done` follows when it is saved, or asked about. */
    async pass(who: Who, method: Method, done: () => unknown = () => undefined): Promise<void> {
        const to = this.mode === "auto" ? this.#byItself(who.row) : this.mode;
        const passed = this.#passed.get(who.subject);
        if (this.mode === "auto" && passed !== undefined && performance.now() - passed < SOON_MS) {
            this.#show({ is: "soon", who, then: to, method }, "attention");
            await done();
            return;
        }
        const act = this.#passage(who, to, method);
        await this.#save({ ...act, saved: async (records) => {
            act.saved(records);
            await done();
        } });
    }

    /** A button says that somebody came, or left. */
    async record(who: Who, to: Direction, method: Method): Promise<void> {
        await this.#saveOnce(this.#passage(who, to, method));
    }

    #passage(who: Who, to: Direction, method: Method): Act {
        const { subject } = who;
        const action: Action = { do: to === "in" ? "check_in" : "check_out", subject, site: session.site, method };
        return { thing: subject, actions: [action], at: moment(), saved: (records) => this.#hasPassed(who, to, records) };
    }

    #hasPassed(who: Who, to: Direction, records: RecordRow[]): void {
        const { subject, row } = who;
        this.#passed.set(subject, performance.now());
        if (to === "out") this.#show({ is: "out", who, records }, "out");
        else if (row?.inside_at === session.site) this.#show({ is: "already", who, records }, "attention");
        else if (row !== null && row.inside_at !== null) this.#show({ is: "moved", who, records }, "attention");
        else this.#show({ is: "in", who, records }, isNoted(row) ? "in_attention" : "in");
    }

    /** Registers somebody and checks them in: all of it, or nothing. `saved` follows, also where a later try succeeds. */
    async register(actions: Action[], subject: string, saved: () => unknown): Promise<void> {
        await this.#saveOnce({ thing: subject, actions, at: moment(), saved: async (records) => {
            await saved();
            this.#passed.set(subject, performance.now());
            const who = { subject, row: await session.journal.person(subject).catch(() => null) };
            this.#show({ is: "registered", who, records }, isNoted(who.row) ? "in_attention" : "in");
        } });
    }

    async team(people: readonly PersonRow[], to: Direction): Promise<void> {
        const what = to === "in" ? "check_in" : "check_out";
        const actions = people.map(({ subject }): Action => ({ do: what, subject, site: session.site, method: "search" }));
        await this.#saveOnce({ thing: "team", actions, at: moment(), saved: (records) => this.#show({ is: "team", to, count: records.length, records }, to) });
    }

    /** Records what is no passage: a card, a consent, an incident. `saved` follows, also where a later try succeeds. */
    async note(thing: string, actions: Action[], name: string, saved: () => unknown = () => undefined): Promise<void> {
        await this.#saveOnce({ thing, actions, at: moment(), saved: async () => {
            await saved();
            this.#show({ is: "noted", name }, "in");
        } });
    }

    /** What was typed about a thing changed: what failed to be saved is not to be tried again as it was. */
    changed(thing: string): void {
        if (this.band?.is === "unsaved" && this.band.thing === thing) this.dismiss();
    }

    /** A check-in that was meant as a check-out: one is taken back, the other recorded, in one act. */
    async outInstead(who: Who, records: readonly RecordRow[]): Promise<void> {
        const out: Action = { do: "check_out", subject: who.subject, site: session.site, method: "search" };
        await this.#saveOnce({
            thing: who.subject, actions: [...undoing(records), out], at: moment(),
            saved: (saved) => this.#show({ is: "out", who, records: saved.slice(-1) }, "out"),
        });
    }

    async undo(records: readonly RecordRow[], name: string): Promise<void> {
        await this.#saveOnce({ thing: records[0]?.subject ?? "", actions: undoing(records), at: moment(), saved: () => {
            records.forEach(({ subject }) => subject !== null && this.#passed.delete(subject));
            this.#show({ is: "undone", name }, "attention");
        } });
    }

    /** A badge was read, by a camera or by a scanner with a cable. */
    async read(text: string): Promise<void> {
        try {
            const code = await session.journal.readCode(text);
            if (code.kind !== "badge") return this.#show({ is: "code", what: code.kind }, "stop");
            await this.pass({ subject: code.subject, row: await session.journal.person(code.subject) }, "qr");
        } catch (cause) {
            this.#show({ is: "unsaved", thing: text, failure: failure(cause), again: () => this.read(text) }, "not_saved");
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

    /** Saves what a button asked for, unless the same was saved a moment ago. */
    async #saveOnce(act: Act): Promise<void> {
        const isEcho = this.#last?.actions === JSON.stringify(act.actions) && act.at - this.#last.at < ECHO_MS;
        if (!isEcho) await this.#save(act);
    }

    /** Saves an act, one at a time for the same thing: a second tap meanwhile asks for nothing. */
    async #save(act: Act): Promise<void> {
        const { thing } = act;
        if (this.saving.includes(thing)) return;
        this.saving = [...this.saving, thing];
        try {
            const records = await this.#perform(act);
            if (records !== undefined) await act.saved(records);
        } finally {
            this.saving = this.saving.filter((other) => other !== thing);
        }
    }

    async #perform(act: Act): Promise<RecordRow[] | undefined> {
        const { thing, actions, at } = act;
        try {
            const records = await session.journal.perform(actions, at);
            this.#last = { actions: JSON.stringify(actions), at: moment() };
            return records;
        } catch (cause) {
            this.#show({ is: "unsaved", thing, failure: failure(cause), again: () => this.#save(act) }, "not_saved");
            return undefined;
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
