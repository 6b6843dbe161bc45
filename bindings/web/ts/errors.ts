// What an app can do about a failure: four cases, as in every language.

import type { SaxaulError as Told } from "../core/types.js";
import { ErrorCodes } from "./error_codes.js";

/** Why something was not done. What was recorded before is safe. */
export abstract class SaxaulError extends Error {
    abstract readonly kind: Told["kind"];

    /** `code` is stable: one of `ErrorCodes`, or of a newer home. `sentence(code, language)` is what people are told. */
    constructor(readonly code: string, why: string, cause?: unknown) {
        super(`${why} (${code})`, { cause });
        this.name = "SaxaulError";
    }

    /** @internal */
    static of(told: Told): SaxaulError {
        switch (told.kind) {
            case "retry":
                return new Retry(told.code, told.why, { afterMs: told.after_ms ?? undefined });
            case "sign_in":
                return new SignIn(told.code, told.why);
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
    /** How long to wait at least, in milliseconds, if that is known. */
    readonly afterMs: number | undefined;

    constructor(code: string, why: string, more: { afterMs?: number | undefined; cause?: unknown } = {}) {
        super(code, why, more.cause);
        this.name = "Retry";
        this.afterMs = more.afterMs;
    }
}

/** This device must join with an invite first, or again. */
export class SignIn extends SaxaulError {
    override readonly kind = "sign_in";
    override name = "SignIn";
}

/** It cannot be done, now or later. */
export class Refused extends SaxaulError {
    override readonly kind = "refused";
    override name = "Refused";
}

/** A mistake in this library. The journal is whole, and opened anew at the next call. */
export class Bug extends SaxaulError {
    override readonly kind = "bug";
    override name = "Bug";

    constructor(what: string, cause?: unknown) {
        super(ErrorCodes.bug, what, cause);
    }
}

/** An error on its way from one page, tab or worker to another. What is no `SaxaulError` arrives as an `Error`. */
export type SentError = Told | { readonly kind: "other"; readonly name: string; readonly message: string };

/** @internal */
export function sent(error: unknown): SentError {
    if (!(error instanceof SaxaulError)) {
        const { name = "Error", message = String(error) } = error instanceof Error ? error : {};
        return { kind: "other", name, message };
    }
    const { code, kind } = error;
    const why = error.message.slice(0, -` (${code})`.length);
    if (kind === "bug") return { kind, what: why };
    if (kind === "retry") return { kind, code, why, after_ms: (error as Retry).afterMs ?? null };
    return { kind, code, why };
}

/** @internal */
export function arrived(error: SentError): Error {
    if (error.kind !== "other") return SaxaulError.of(error);
    return Object.assign(new Error(error.message), { name: error.name });
}
