// Home over HTTP, for an app that brings no radio of its own.

import type { Brought, ClockReading, SignInLink } from "../core/types.js";
import { clocks } from "./clocks.js";
import { ErrorCodes } from "./error_codes.js";
import { Refused, Retry } from "./errors.js";
import type { Saxaul } from "./saxaul.js";

/** A call to make: `POST` these bytes to this address with these headers. */
export interface HomeCall {
    readonly url: string;
    /** The header `Authorization`; none is left out. */
    readonly authorization: string | undefined;
    readonly contentType: string;
    readonly body: Uint8Array;
}

/** What came back, whatever its status. */
export interface HomeAnswer {
    readonly status: number;
    /** The header `X-Saxaul-Token`. */
    readonly token?: string | undefined;
    /** The header `Retry-After`, in seconds. */
    readonly retryAfterS?: number | undefined;
    readonly body: Uint8Array;
}

/** A link to a phone nearby, by the app's own radio. */
export interface NearLink {
    /** What the other phone's `greet` gave. */
    readonly greeting: () => Promise<Uint8Array>;
    /** Sends these bytes to the other phone, whose `answerNear` gives what comes back. */
    readonly ask: (asking: Uint8Array) => Promise<Uint8Array>;
}

/** An app that watches an exchange. */
export interface Patience {
    /** Where home is reached, if not where the invite link said: a page calls its own origin, unless home lets it in. */
    readonly at?: string;
    /** Hears of every page; false gives the exchange up. What came before is kept. */
    readonly goesOn?: (brought: Brought) => boolean;
    /** Gives the exchange up. What came before is kept. */
    readonly signal?: AbortSignal;
}

/** The same with clocks and timers of the app's own. What is left out is done as a browser does it. */
export interface Pace extends Patience {
    /** What the device's clocks read now. */
    readonly reading?: () => ClockReading;
    /** Waits so long, by the app's own timer. */
    readonly waits?: (ms: number) => Promise<void>;
}

/** A link that broke is tried again so often. */
const TRIES = 5;
/** After the first failure; twice as long after each further one. */
const FIRST_WAIT_MS = 1000;
/** Whoever is asked to wait longer comes another time. */
const LONGEST_WAIT_MS = 60_000;
/** A call that takes longer has failed, apart from the time that its body needs. */
const CALL_LIMIT_MS = 120_000;
/** What is sent moves at least as fast, or the link has broken. */
const SLOWEST_LINK_BYTES_A_SECOND = 128;

/** @internal */
export async function join(journal: Saxaul, link: string, name: string, at?: string): Promise<void> {
    const call = await journal.enrolCall(link, name);
    await journal.takeEnrolled(link, await post(call, at === undefined ? {} : { at }));
}

/** @internal */
export async function joinForLess(journal: Saxaul, link: string, name: string, at?: string): Promise<void> {
    const call = await journal.enrolForLessCall(link, name);
    await journal.takeEnrolled(link, await post(call, at === undefined ? {} : { at }));
}

/** @internal */
export async function exchange(journal: Saxaul, pace: Pace): Promise<Brought> {
    await journal.meetHomeAgain((pace.reading ?? clocks)());
    let total: Brought | undefined;
    for (;;) {
        const call = await journal.nextCall((pace.reading ?? clocks)());
        if (call === undefined) break;
        const answer = await patiently(journal, call, pace);
        const brought = await journal.takeAnswer(answer, (pace.reading ?? clocks)()).catch((cause: unknown) => {
            if (cause instanceof Refused && cause.code === ErrorCodes.nothingAsked) throw takenOver();
            throw cause;
        });
        total = total === undefined ? brought : together(total, brought);
        if (pace.goesOn?.(brought) === false) throw gaveUp();
    }
    if (total === undefined) throw takenOver();
    return { ...total, more: false };
}

/** @internal */
export async function exchangeNear(journal: Pick<Saxaul, "askNear" | "takeNear">, link: NearLink): Promise<Brought> {
    const greeting = await link.greeting();
    let total: Brought | undefined;
    for (;;) {
        const brought = await journal.takeNear(await link.ask(await journal.askNear(greeting)));
        total = total === undefined ? brought : together(total, brought);
        if (!brought.more) return total;
    }
}

/** @internal */
export async function signInLink(journal: Saxaul, name: string, at: string | undefined): Promise<SignInLink> {
    const pace = at === undefined ? {} : { at };
    let call = await journal.signInCall(name);
    if (call === undefined) {
        await journal.exchange(pace);
        call = await journal.signInCall(name);
    }
    if (call === undefined) throw new Retry(ErrorCodes.noSession, "home's clock cannot be right: ask later");
    return journal.takeSignIn(await post(call, pace));
}

function together(total: Brought, page: Brought): Brought {
    return {
        ...page,
        delivered: total.delivered + page.delivered,
        received: total.received + page.received,
        held: total.held + page.held,
        refused: [...total.refused, ...page.refused],
        rejected: [...total.rejected, ...page.rejected],
        was_restored: total.was_restored || page.was_restored,
        revoked: total.revoked || page.revoked,
        wipe_ordered: total.wipe_ordered || page.wipe_ordered,
    };
}

/** Makes a call; again after a while, if home asked for that, and with less in it, if the link broke. */
async function patiently(journal: Saxaul, first: HomeCall, pace: Pace): Promise<HomeAnswer> {
    let call = first;
    let waitMs = FIRST_WAIT_MS;
    for (let tries = 1; tries < TRIES; tries += 1) {
        let asked: number | undefined;
        let broke = false;
        try {
            const answer = await post(call, pace);
            if (answer.status !== 429 && answer.status !== 503) return answer;
            asked = answer.retryAfterS === undefined ? undefined : answer.retryAfterS * 1000;
        } catch (cause) {
            if (!(cause instanceof Retry) || pace.signal?.aborted) throw cause;
            broke = true;
        }
        const ms = asked ?? waitMs;
        if (ms > LONGEST_WAIT_MS) throw new Retry(ErrorCodes.comeLater, "home asks to come later", { afterMs: ms });
        await (pace.waits ?? sleep)(ms);
        if (pace.signal?.aborted) throw gaveUp();
        waitMs *= 2;
        if (broke) call = (await journal.nextCall((pace.reading ?? clocks)())) ?? call;
    }
    return post(call, pace);
}

async function post(call: HomeCall, { at, signal }: Pace): Promise<HomeAnswer> {
    const path = call.url.slice(call.url.indexOf("/v1/"));
    const url = at === undefined ? call.url : at.replace(/\/+$/, "") + path;
    const headers: Record<string, string> = { "content-type": call.contentType };
    if (call.authorization !== undefined) headers["authorization"] = call.authorization;
    const onItsWayMs = (call.body.length * 1000) / SLOWEST_LINK_BYTES_A_SECOND;
    const limit = AbortSignal.timeout(CALL_LIMIT_MS + Math.round(onItsWayMs));
    const ends = signal === undefined ? limit : AbortSignal.any([signal, limit]);
    try {
        const body = call.body as Uint8Array<ArrayBuffer>;
        const answer = await fetch(url, { method: "POST", headers, body, signal: ends, credentials: "omit" });
        const seconds = Number(answer.headers.get("retry-after") ?? Number.NaN);
        return {
            status: answer.status,
            token: answer.headers.get("x-saxaul-token") ?? undefined,
            retryAfterS: Number.isInteger(seconds) && seconds >= 0 ? seconds : undefined,
            body: new Uint8Array(await answer.arrayBuffer()),
        };
    } catch (cause) {
        if (signal?.aborted) throw gaveUp();
        throw new Retry(ErrorCodes.offline, `home is out of reach: ${String(cause)}`, { cause });
    }
}

function takenOver(): Retry {
    const why = "the app began to work in another event, or began another exchange: what came before is kept";
    return new Retry(ErrorCodes.cancelled, why);
}

/** @internal */
export function gaveUp(): Retry {
    return new Retry(ErrorCodes.cancelled, "it was cancelled: what came before is kept");
}

function sleep(ms: number): Promise<void> {
    return new Promise((done) => setTimeout(done, ms));
}
