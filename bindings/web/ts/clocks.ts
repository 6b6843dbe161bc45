// What the clocks of a browser or of Node read.

import type { ClockReading } from "../core/types.js";

/** The two clocks may drift apart by so much while neither was set nor slept. */
const DRIFT_MS = 2000;
/** The clocks are looked at so often. */
const BEAT_MS = 1000;
/** Who looked at the clocks so lately was awake since then. */
const AWAKE_MS = 3000;

interface Run {
    readonly boot: number;
    readonly began: number;
    /** The wall clock less the clock that only moves forward. */
    offset: number;
    /** When the clocks were looked at last, by the clock that only moves forward. */
    seen: number;
}

let run: Run | undefined;

/**
 * What the clocks read now. A page is a boot, and so is a run of Node. Where the clock that only moves forward stood still,
 * as it does in many browsers while the machine sleeps, another boot begins with this reading. A wall clock that was set
 * back while the page was awake changes nothing: no sleep moves it so. One that was set forward looks like a sleep, and
 * begins another boot as well.
 */
export function clocks(): ClockReading {
    const [mono, wall] = [performance.now(), Date.now()];
    const offset = wall - mono;
    if (run === undefined) {
        run = { boot: drawn(), began: 0, offset, seen: mono };
        const beating = setInterval(clocks, BEAT_MS);
        // In Node a program ends although its clocks are looked at.
        (beating as { unref?: () => void }).unref?.();
    }
    const wasSetBack = offset < run.offset - DRIFT_MS && mono - run.seen <= AWAKE_MS;
    if (wasSetBack) run.offset = offset;
    if (Math.abs(offset - run.offset) > DRIFT_MS) run = { boot: drawn(), began: mono, offset, seen: mono };
    run.seen = mono;
    return { boot: run.boot, mono_ms: Math.floor(mono - run.began), wall_ms: wall };
}

/** A reading of another page's or a worker's clocks takes so long to come here, at most. */
const LONGEST_WAY_MS = 10_000;

/**
 * A reading that another page of this browser or its worker took a moment ago, by the clocks of this one: the wall clock is
 * the same, and says how long ago. Where that is not to be told, the reading stays as it is, in a boot of its own.
 */
export function asHere(there: ClockReading, here: ClockReading = clocks()): ClockReading {
    const agoMs = here.wall_ms - there.wall_ms;
    const isTold = agoMs >= 0 && agoMs <= LONGEST_WAY_MS && agoMs <= here.mono_ms;
    const reading = isTold ? { boot: here.boot, mono_ms: here.mono_ms - agoMs, wall_ms: there.wall_ms } : { ...there };
    ofThisBrowser.add(reading);
    return reading;
}

/** Readings that this browser's clocks gave, here or in another of its pages. */
const ofThisBrowser = new WeakSet<object>();

/** Whether a reading comes from another page of this browser: whoever hands it on to a third one says so there as well. */
export function isOfThisBrowser(reading: unknown): reading is ClockReading {
    return typeof reading === "object" && reading !== null && ofThisBrowser.has(reading);
}

/** A number that was not drawn before. */
function drawn(): number {
    const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
    return (high & 0x1f_ffff) * 2 ** 32 + low;
}
