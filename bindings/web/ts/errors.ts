// What an app can do about a failure: four cases, as in every language.

import type { SaxaulError as Told } from "../core/core.js";

/** Why something was not done. What was recorded before is safe. */
export abstract class SaxaulError extends Error {
    abstract readonly kind: Told["kind"];

    /** @internal */
    static of(told: Told): SaxaulError {
        switch (told.kind) {
            case "retry":
                return new Retry(told.why, told.after_ms ?? undefined);
            case "sign_in":
                return new SignIn(told.why);
            case "refused":
                return new Refused(told.code, told.why);
            case "bug":
                return new Bug(told.what);
        }
    }
}

/** It may work later: there is no space, another tab holds the journal, home is busy or out of reach. */
export class Retry extends SaxaulError {
    override readonly kind = "retry";

    /** `afterMs` says how long to wait at least, if that is known. */
    constructor(why: string, readonly afterMs?: number, cause?: unknown) {
        super(why, { cause });
    }
}

/** This device must join with an invite first, or again. */
export class SignIn extends SaxaulError {
    override readonly kind = "sign_in";
}

/** It cannot be done, now or later. */
export class Refused extends SaxaulError {
    override readonly kind = "refused";

    /** `code` is stable: for programs and for translation. */
    constructor(readonly code: string, why: string) {
        super(`${why} (${code})`);
    }
}

/** A mistake in this library. The journal is whole, and opened anew at the next call. */
export class Bug extends SaxaulError {
    override readonly kind = "bug";
}
