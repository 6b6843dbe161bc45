/// <reference lib="esnext.disposable" preserve="true" />
// One device's journal. Everything that it can do is done by the core; here is when.

import type { Core } from "../core/core.js";
import type {
    Action, Bearer, Brought, Changes, ClockReading, ConflictRow, DeviceId, EventId, EventRow, Headcounts, HoursRow,
    Incarnation, Inspection, KeptEvent, Known, NoticeRow, PeoplePage, PeopleQuery, PersonDetails, PersonRow, RecordPage,
    RecordQuery, RecordRow, ScannedCode, SignInLink, SimilarRow, Standing, Subject, TimelineRow, TotalsRow,
    Unconfirmed, UnixMillis, WalkInRow,
} from "../core/types.js";
import { clocks } from "./clocks.js";
import { ErrorCodes } from "./error_codes.js";
import { Bug, Refused, Retry } from "./errors.js";
import {
    exchange, exchangeNear, gaveUp, join, joinForLess, signInLink, type HomeAnswer, type HomeCall, type NearLink, type Pace,
} from "./home.js";
import * as wasm from "../core/core.js";
import { guarded, load, present } from "./module.js";
import type { RowStore } from "./rows.js";
import { Syncing, type SyncSettings } from "./sync.js";
import { each, snapshots, watch, type Snapshots, type Stop, type Watched, type Watcher } from "./watched.js";

/** Entropy that is handed in, for a recording that must give the same bytes everywhere. */
export interface Recorded {
    readonly seed: Uint8Array;
    readonly incarnation: Incarnation;
}

/** Hears what changed. What it throws is caught and forgotten. */
export type Listener = (changes: Changes) => void;

/** A core of one module. */
interface Opened {
    readonly core: Core;
    readonly module: number;
}

/**
 * One device's journal, opened. Calls wait for each other, in the order in which they were made; what was recorded is
 * durable when its promise resolves.
 */
export class Saxaul {
    readonly #store: RowStore;
    readonly #recorded: Recorded | undefined;
    #opened: Opened | undefined;
    /** The incarnation that the store noted last; none where it notes none. */
    #noted: string | undefined;
    #closed = false;
    readonly #listeners = new Set<Listener>();
    #exchanging: { readonly ended: Promise<Brought>; readonly isGivenUp: () => boolean } | undefined;
    #syncing: Syncing | undefined;
    #last: Promise<unknown> = Promise.resolve();

    private constructor(store: RowStore, recorded: Recorded | undefined) {
        this.#store = store;
        this.#recorded = recorded;
    }

    /**
     * Opens the journal that is kept in `store`, or begins one. `recorded` is for recordings: never use it for a device
     * that people work with.
     *
     * Rejects with `Refused` for a journal of a newer version. A damaged one opens for reading: see `isReadOnly`.
     */
    static async open(store: RowStore, recorded?: Recorded): Promise<Saxaul> {
        await load();
        const journal = new Saxaul(store, recorded);
        try {
            await journal.#turn(() => undefined);
        } catch (cause) {
            await store.close();
            throw cause;
        }
        return journal;
    }

    /**
     * Closes the journal, when earlier calls are done, so that another tab may open it. A sync ends at once. Later calls are
     * refused.
     */
    async shutDown(): Promise<void> {
        await this.#syncing?.stop();
        const turn = this.#last.then(async () => {
            if (this.#closed) return;
            this.#closed = true;
            this.#letGo();
            await this.#store.close();
        });
        this.#last = turn.catch(() => undefined);
        await turn;
    }

    /** Whether the journal is damaged and open for reading alone. `exportBundle` saves what can be saved. */
    isReadOnly(): Promise<boolean> {
        return this.#turn((core) => core.is_read_only());
    }

    /** The same, for `await using`. */
    [Symbol.asyncDispose](): Promise<void> {
        return this.shutDown();
    }

    /**
     * Has `listener` hear what changes from now on, beside everybody else who listens. The first call comes soon, and says
     * that everything is new.
     */
    observe(listener: Listener): Stop {
        const own: Listener = (changes) => listener(changes);
        this.#listeners.add(own);
        queueMicrotask(() => {
            if (this.#listeners.has(own)) hear(own, { event: true, everybody: true, subjects: [], records: true });
        });
        return () => this.#listeners.delete(own);
    }

    /** Has `watcher` be shown what a query gives: now, and again only if that is something else than before. */
    watch<T>(query: Watched<T>, watcher: Watcher<T>): Stop {
        return watch(this, query, watcher);
    }

    /** What a query gives, now and whenever that is something else than before, for `for await`. A failure ends it. */
    each<T>(query: Watched<T>): AsyncGenerator<T, void, undefined> {
        return each(this, query);
    }

    /** What a query gives, for React's `useSyncExternalStore` and what is like it. Keep it as long as the query is shown. */
    snapshots<T>(query: Watched<T>): Snapshots<T> {
        return snapshots(this, query);
    }

    /** Who this device is, and where it works. */
    standing(): Promise<Standing> {
        return this.#shown((core) => core.standing());
    }

    /** Joins with an invite link over HTTP; at another address of home, if one is named. */
    join(link: string, name: string, at?: string): Promise<void> {
        return join(this, link, name, at);
    }

    /** The same where home answered `gives_less`, and the person agrees: the invite takes rights away. */
    joinForLess(link: string, name: string, at?: string): Promise<void> {
        return joinForLess(this, link, name, at);
    }

    /**
     * Exchanges with home over HTTP until neither side has more. Other calls go on meanwhile. While an exchange is under way,
     * another one is not begun: whoever asks waits for it.
     */
    async exchange(pace: Pace = {}): Promise<Brought> {
        for (let under = this.#exchanging; under !== undefined; under = this.#exchanging) {
            try {
                return await unlessAborted(under.ended, pace.signal);
            } catch (cause) {
                // Whoever began it gave it up; whoever waited for it did not.
                if (pace.signal?.aborted || !under.isGivenUp()) throw cause;
            }
        }
        let isGivenUp = false;
        const goesOn = (brought: Brought) => {
            isGivenUp ||= pace.goesOn?.(brought) === false;
            return !isGivenUp;
        };
        const ended = exchange(this, { ...pace, goesOn }).finally(() => (this.#exchanging = undefined));
        this.#exchanging = { ended, isGivenUp: () => isGivenUp || (pace.signal?.aborted ?? false) };
        return ended;
    }

    /**
     * Exchanges with home by itself, from now on: soon after something was recorded, when the browser finds a network, and
     * every while besides. When home is out of reach or busy it comes back, later each time. A journal has one sync: another
     * one ends the one before.
     */
    sync(settings: SyncSettings = {}): Syncing {
        if (this.#closed) throw new Refused(ErrorCodes.closed, "the journal was closed: open it again");
        void this.#syncing?.stop();
        this.#syncing = new Syncing(this, settings);
        return this.#syncing;
    }

    /**
     * A link by which the person who holds this device signs in to the console, as an organizer of the event: good once, for a
     * quarter of an hour. `name` is what the list of sessions calls the person. Exchanges with home first where that was not
     * done in the last minutes. `at` is where home is reached, if not where the invite link said.
     */
    signInLink(name: string, at?: string): Promise<SignInLink> {
        return signInLink(this, name, at);
    }

    /** The call that asks home for such a link; none where home must be met first. `now` is what the clocks read. */
    signInCall(name: string, now: ClockReading = clocks()): Promise<HomeCall | undefined> {
        const when = JSON.stringify(now);
        return this.#turn((core) => {
            const call = core.sign_in_call(name, when);
            return call && plain(call);
        });
    }

    /** Takes home's answer to that call. */
    takeSignIn(answer: HomeAnswer): Promise<SignInLink> {
        return this.#shown((core) => core.take_sign_in(reply(answer)));
    }

    /**
     * Exchanges with a phone nearby until neither side has more: what is here goes there, and what this one may read comes from
     * there. Other calls go on meanwhile. What `link` throws ends it; what came before is kept.
     */
    exchangeNear(link: NearLink): Promise<Brought> {
        return exchangeNear(this, link);
    }

    /** The call that asks home to let this device in. Repeating it is harmless. */
    enrolCall(link: string, name: string): Promise<HomeCall> {
        return this.#turn((core) => plain(core.enrol_call(link, name)));
    }

    /** The same call where home answered `gives_less`, and the person agrees: the invite takes rights away. */
    enrolForLessCall(link: string, name: string): Promise<HomeCall> {
        return this.#turn((core) => plain(core.enrol_for_less_call(link, name)));
    }

    /** Takes home's answer to that call: the device is in, and works in the event of the link. */
    takeEnrolled(link: string, answer: HomeAnswer): Promise<void> {
        return this.#turn((core) => core.take_enrolled(link, reply(answer)));
    }

    /** Works in another event from now on. */
    chooseEvent(event: EventId): Promise<void> {
        return this.#turn((core) => core.choose_event(event));
    }

    /**
     * Does something for a person. When this resolves, it is saved on this device. Without a `reading` the clocks are read
     * now, before the call waits for its turn.
     *
     * Rejects with `Refused` and why; with `Retry` if it could not be written, and then nothing was done.
     */
    perform(action: Action, reading: ClockReading = clocks()): Promise<RecordRow> {
        return this.performJson(JSON.stringify(action), reading);
    }

    /** The same, as JSON: for whole numbers beyond `Number.MAX_SAFE_INTEGER`. */
    performJson(action: string, reading: ClockReading = clocks()): Promise<RecordRow> {
        const when = JSON.stringify(reading);
        return this.#shown((core) => core.perform(action, when));
    }

    /**
     * Does several things for a person at once, such as registering somebody and marking them present: all of them or none.
     * When this resolves, they are saved on this device. Rejects as `perform` does.
     */
    performAll(actions: Action[], reading: ClockReading = clocks()): Promise<RecordRow[]> {
        const [what, when] = [JSON.stringify(actions), JSON.stringify(reading)];
        return this.#shown((core) => core.perform_all(what, when));
    }

    /**
     * Says what a scanned code means here. The bearer of a badge may be checked in with the method `qr` from now on, until
     * the journal is closed.
     */
    readCode(text: string): Promise<ScannedCode> {
        return this.#shown((core) => core.read_code(text));
    }

    /**
     * Reads a badge at a gate: its signature and its event are checked. The bearer may be checked in with the method `qr`.
     *
     * Rejects with `Refused` and the code `not_a_badge`, `bad_badge` or `badge_of_other_event`.
     */
    scan(text: string): Promise<Bearer> {
        return this.#shown((core) => core.scan(text));
    }

    /**
     * By how many milliseconds the wall clock is before what it read at the last record: it was set back, or was ahead then.
     * 0 where it is not. An app shows it to whoever can set the clock right.
     */
    async clockSetBackMs(reading: ClockReading = clocks()): Promise<number> {
        const [last] = (await this.records(0, 1)).rows;
        return last === undefined ? 0 : Math.max(0, last.wall_ms - reading.wall_ms);
    }

    /** What the event is. */
    event(): Promise<EventRow> {
        return this.#shown((core) => core.event());
    }

    /** How many people are here, of how many: in all, by team and by site. */
    headcounts(): Promise<Headcounts> {
        return this.#shown((core) => core.headcounts());
    }

    /** A page of people: at most 200, and 20 where no limit is named. */
    people(query: PeopleQuery = {}): Promise<PeoplePage> {
        const asked = JSON.stringify({ limit: 20, ...query });
        return this.#shown((core) => core.people(asked));
    }

    /** One human being, by any id; `null` if nobody here has heard of them. */
    person(subject: Subject): Promise<PersonRow | null> {
        return this.#shown((core) => core.person(subject));
    }

    /** The hours of everybody, or of one human being: a row for each day. */
    hours(of?: Subject): Promise<HoursRow[]> {
        return this.#shown((core) => core.hours(of));
    }

    /** The whole view as JSON: the same documents give the same bytes on every device. */
    viewJson(): Promise<Uint8Array> {
        return this.#turn((core) => core.view_json());
    }

    /** What this device recorded, with how safe each record is. */
    records(offset: number, limit: number): Promise<RecordPage> {
        return this.findRecords({ offset, limit });
    }

    /** What this device recorded that a query asks for: at most 200 rows, and 20 where no limit is named. */
    findRecords(query: RecordQuery = {}): Promise<RecordPage> {
        const asked = JSON.stringify({ limit: 20, ...query });
        return this.#shown((core) => core.records(asked));
    }

    /** Everything that is known of one human being, by any id; `null` if nobody here has heard of them. */
    personDetails(subject: Subject): Promise<PersonDetails | null> {
        return this.#shown((core) => core.person_details(subject));
    }

    /** What was recorded of one human being, on every device, with what became of each record: the newest first. */
    timeline(subject: Subject): Promise<TimelineRow[]> {
        return this.#shown((core) => core.timeline(subject));
    }

    /** Who may be meant by what is typed of somebody before they are registered: the likeliest first, at most five. */
    similar(known: Known): Promise<SimilarRow[]> {
        const typed = JSON.stringify(known);
        return this.#shown((core) => core.similar(typed));
    }

    /** The fields on which several people said different things. The action `edit_person` with one of the values decides. */
    conflicts(): Promise<ConflictRow[]> {
        return this.#shown((core) => core.conflicts());
    }

    /** The people who were registered at gates, the newest first. */
    walkIns(): Promise<WalkInRow[]> {
        return this.#shown((core) => core.walk_ins());
    }

    /** What the gate must know of people, by person. */
    notices(): Promise<NoticeRow[]> {
        return this.#shown((core) => core.notices());
    }

    /** The sums of the event. */
    totals(): Promise<TotalsRow> {
        return this.#shown((core) => core.totals());
    }

    /** The events of which something is kept here, with their names. */
    events(): Promise<KeptEvent[]> {
        return this.#shown((core) => core.events());
    }

    /** The date at a moment, in ISO 8601 and in the event's time zone. */
    dateAt(at: UnixMillis): Promise<string> {
        return this.#shown((core) => core.date_at(at));
    }

    /** What the journal holds, for whoever helps over the telephone and for a report to the developers. It names no person. */
    inspect(): Promise<Inspection> {
        return this.#shown((core) => core.inspect());
    }

    /** How many records home did not confirm yet. */
    unconfirmed(): Promise<Unconfirmed> {
        return this.#shown((core) => core.unconfirmed());
    }

    /** Begins an exchange with home. One that was under way is given up; nothing is lost by that. */
    meetHome(): Promise<void> {
        return this.#turn((core) => core.meet_home());
    }

    /** The same soon after an exchange, in its session, which saves a call. `now` is what the clocks read. */
    meetHomeAgain(now: ClockReading = clocks()): Promise<void> {
        const when = JSON.stringify(now);
        return this.#turn((core) => core.meet_home_again(when));
    }

    /**
     * The next call to home; none when the exchange is over. Asking again without an answer, because the link broke, gives
     * the call with half as much in it. `now` is what the clocks read: read them for each call, and again for its answer.
     */
    nextCall(now: ClockReading = clocks()): Promise<HomeCall | undefined> {
        const when = JSON.stringify(now);
        return this.#turn((core) => {
            const call = core.next_call(when);
            return call && plain(call);
        });
    }

    /** Takes home's answer to the last call, whatever its status. */
    takeAnswer(answer: HomeAnswer, reading: ClockReading = clocks()): Promise<Brought> {
        const when = JSON.stringify(reading);
        return this.#shown((core) => core.take_answer(reply(answer), when));
    }

    /** Greets a phone nearby that is about to ask this one: give it these bytes first. */
    greet(): Promise<Uint8Array> {
        return this.#turn((core) => core.greet());
    }

    /** Answers a request of the phone that was greeted. */
    answerNear(asking: Uint8Array): Promise<Uint8Array> {
        return this.#turn((core) => core.answer_near(asking));
    }

    /** Stops answering. */
    stopAnswering(): Promise<void> {
        return this.#turn((core) => core.stop_answering());
    }

    /** The next request to the phone that greeted this one so. */
    askNear(greeting: Uint8Array): Promise<Uint8Array> {
        return this.#turn((core) => core.ask_near(greeting));
    }

    /** Takes the answer to that request. Where it says that there is more, ask again with the same greeting. */
    takeNear(giving: Uint8Array): Promise<Brought> {
        return this.#shown((core) => core.take_near(giving));
    }

    /** Writes a bundle for a memory card: all that is here and that `reader` may read; without a reader, everything. */
    exportBundle(reader?: DeviceId): Promise<Uint8Array> {
        return this.#turn((core) => core.export_bundle(reader));
    }

    /** Takes a bundle over. Repeating it is harmless. */
    importBundle(bundle: Uint8Array): Promise<Brought> {
        return this.#shown((core) => core.import_bundle(bundle));
    }

    /** Forgets everything, as home ordered in the last exchange, and closes. Nothing that home does not have is lost. */
    async wipe(): Promise<void> {
        await this.#turn(async (core) => {
            guarded(() => core.wipe());
            await this.#write(core);
            this.#closed = true;
            this.#letGo();
            await this.#store.remove();
        });
        await this.#syncing?.stop();
    }

    #shown<T>(act: (core: Core) => string): Promise<T> {
        return this.#turn((core) => JSON.parse(act(core)) as T);
    }

    /** Lets the core act when it is its turn, and answers when what came of it is durable. */
    #turn<T>(act: (core: Core) => T | Promise<T>): Promise<T> {
        const turn = this.#last.then(async () => {
            if (this.#closed) throw new Refused(ErrorCodes.closed, "the journal was closed: open it again");
            const core = await this.#core();
            let done: T;
            try {
                done = await guarded(() => act(core));
            } finally {
                // What was refused may have taught the core something all the same.
                await this.#write(core);
            }
            return done;
        });
        this.#last = turn.catch(() => undefined);
        return turn;
    }

    async #write(core: Core): Promise<void> {
        if (!this.#isCurrent(core)) return;
        const batch = guarded(() => core.take_batch());
        const changes = batch.map(({ key, value }) => ({ key, value }));
        batch.forEach((row) => row.free());
        if (changes.length > 0) {
            try {
                await this.#note(core);
                await this.#store.write(changes);
            } catch (cause) {
                this.#letGo();
                throw new Retry(ErrorCodes.notSaved, "the journal could not be written: nothing was done", { cause });
            }
        }
        this.#tell(core);
    }

    /** Notes a new incarnation before anything is written under it. */
    async #note(core: Core): Promise<void> {
        if (this.#noted === undefined) return;
        const incarnation = guarded(() => core.incarnation());
        if (incarnation === this.#noted) return;
        await this.#store.noteIncarnation?.(incarnation);
        this.#noted = incarnation;
    }

    #tell(core: Core): void {
        // While it was written, another journal may have ended the module.
        if (!this.#isCurrent(core)) return;
        const changes = guarded(() => core.take_changes());
        if (changes === undefined) return;
        const told = JSON.parse(changes) as Changes;
        this.#listeners.forEach((listener) => hear(listener, told));
    }

    /** The core; opened anew from what is kept, if it was lost. */
    async #core(): Promise<Core> {
        if (this.#opened?.module === present()) return this.#opened.core;
        this.#opened = undefined;
        const rows = await this.#kept();
        this.#noted = await this.#store.notedIncarnation?.();
        const module = present();
        const core = guarded(() => {
            const kept = new wasm.KeptRows();
            for (const { key, value } of rows) kept.add(key, value);
            const recorded = this.#recorded;
            try {
                if (recorded === undefined) return wasm.Core.open(kept, this.#noted);
                return wasm.Core.open_recorded(kept, recorded.seed, recorded.incarnation);
            } finally {
                kept.free();
            }
        });
        this.#opened = { core, module };
        await this.#write(core);
        return core;
    }

    async #kept() {
        try {
            return await this.#store.readAll();
        } catch (cause) {
            if (cause instanceof Refused || cause instanceof Bug) throw cause;
            throw new Retry(ErrorCodes.notSaved, "the journal could not be read", { cause });
        }
    }

    #isCurrent(core: Core): boolean {
        return this.#opened?.core === core && this.#opened.module === present();
    }

    #letGo(): void {
        if (this.#opened?.module === present()) this.#opened.core.free();
        this.#opened = undefined;
    }
}

function hear(listener: Listener, changes: Changes): void {
    try {
        listener(changes);
    } catch {
        // A listener that throws has heard it all the same.
    }
}

/** Waits for something that goes on, whoever stops waiting. */
function unlessAborted<T>(ended: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    if (signal === undefined) return ended;
    return new Promise((resolve, reject) => {
        const stop = () => reject(gaveUp());
        if (signal.aborted) stop();
        signal.addEventListener("abort", stop, { once: true });
        ended.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
    });
}

function plain(call: wasm.HomeCall): HomeCall {
    const { url, authorization, content_type, body } = call;
    call.free();
    return { url, authorization, contentType: content_type, body };
}

function reply({ status, token, retryAfterS, body }: HomeAnswer) {
    return new wasm.HomeReply(status, token, retryAfterS, body);
}
