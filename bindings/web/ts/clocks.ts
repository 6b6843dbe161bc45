// What the clocks of a browser or of Node read.

import type { ClockReading } from "../core/core.js";

/** The two clocks may drift apart by so much while neither was set nor slept. */
const DRIFT_MS = 2000;

let run: { readonly boot: number; readonly offset: number } | undefined;

/**
 * What the clocks read now. Where the clock that only moves forward stood still, as it does in many browsers while the
 * machine sleeps, another run of it begins.
 */
export function clocks(): ClockReading {
    const [mono, wall] = [performance.now(), Date.now()];
    const offset = wall - mono;
    if (run === undefined || Math.abs(offset - run.offset) > DRIFT_MS) run = { boot: drawn(), offset };
    return { boot: run.boot, mono_ms: Math.floor(mono), wall_ms: wall };
}

/** A number that was not drawn before. */
function drawn(): number {
    const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
    return (high & 0x1f_ffff) * 2 ** 32 + low;
}
