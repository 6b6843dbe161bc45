// What the clocks of a browser or of Node read.

import type { ClockReading } from "../core/core.js";

/** The two clocks may drift apart by so much while neither was set nor slept. */
const DRIFT_MS = 2000;

let run: { readonly boot: number; readonly began: number; readonly offset: number } | undefined;

/**
 * What the clocks read now. A page is a boot, and so is a run of Node. Where the clock that only moves forward stood still,
 * as it does in many browsers while the machine sleeps, or the wall clock was set, another boot begins with this reading.
 */
export function clocks(): ClockReading {
    const [mono, wall] = [performance.now(), Date.now()];
    const offset = wall - mono;
    if (run === undefined) run = { boot: drawn(), began: 0, offset };
    else if (Math.abs(offset - run.offset) > DRIFT_MS) run = { boot: drawn(), began: mono, offset };
    return { boot: run.boot, mono_ms: Math.floor(mono - run.began), wall_ms: wall };
}

/** A number that was not drawn before. */
function drawn(): number {
    const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
    return (high & 0x1f_ffff) * 2 ** 32 + low;
}
