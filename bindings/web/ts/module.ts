// The WebAssembly module: loaded once, thrown away when a panic ended it.

import init, * as core from "../core/core.js";
import type { InitInput } from "../core/core.js";
import type { SaxaulError as Told } from "../core/types.js";
import { Bug, SaxaulError } from "./errors.js";

let loading: Promise<void> | undefined;
let generation = 0;

/** Loads the module, once. Without `source` it is fetched from beside the program. */
export function load(source?: InitInput | Promise<InitInput>): Promise<void> {
    loading ??= init(source === undefined ? undefined : { module_or_path: source }).then(
        () => undefined,
        (cause: unknown) => {
            loading = undefined;
            throw cause;
        },
    );
    return loading;
}

/** Which module this is: what an earlier one gave out is gone. */
export function present(): number {
    return generation;
}

/** Calls the core. What it refuses is thrown as it is meant; whatever else is thrown ended the module. */
export function guarded<T>(act: () => T): T {
    try {
        return act();
    } catch (thrown) {
        if (typeof thrown === "string") throw SaxaulError.of(JSON.parse(thrown) as Told);
        const said = lastPanic();
        core.__wbg_reset_state();
        generation += 1;
        throw new Bug(said ?? String(thrown), thrown);
    }
}

function lastPanic(): string | undefined {
    try {
        return core.last_panic();
    } catch {
        // There is not even room for that.
        return undefined;
    }
}
