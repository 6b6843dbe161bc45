// What goes between those who use a journal and the one that has it open: tabs over a channel that all hear, a page and its
// worker over a port.

import type { Brought, Changes, ClockReading } from "../core/types.js";
import type { SentError } from "./errors.js";
import type { Call } from "./journal.js";
import type { SyncStatus } from "./sync.js";

/** Calls that tell how they go on until they end: an exchange, a sync. */
export type LongCall = "exchange" | "sync";

/** What a client says. */
export type Ask =
    /** Who has the journal open? This client asks. */
    | { readonly who: string }
    /** A call, to this owner. */
    | {
        readonly client: string;
        readonly owner: string;
        readonly id: number;
        readonly call: Call | LongCall | "syncNow" | "shutDown";
        readonly args: readonly unknown[];
        /** What the client's clocks read when it called, and which argument that is. */
        readonly reading?: { readonly at: number; readonly now: ClockReading };
    }
    /** That call is not waited for any more: it ends, if it is one that goes on. */
    | { readonly client: string; readonly owner: string; readonly stop: number };

/** How a sync stands, on its way. */
export type SentStatus = Omit<SyncStatus, "error"> & { readonly error: SentError | undefined };

/** What came of a call. */
export type Outcome =
    | { readonly progress: Brought | SentStatus }
    | { readonly done: unknown }
    | { readonly failed: SentError }
    /** Nothing was done: the owner closes the journal. The next one is to be asked. */
    | { readonly gone: true };

/** What an owner says. */
export type Told =
    /** I have the journal open: to everybody, or to the client that asked. */
    | { readonly owner: string; readonly begins: true; readonly client?: string }
    /** I do not have it open any more. */
    | { readonly owner: string; readonly ends: true }
    /** This changed. */
    | { readonly owner: string; readonly changes: Changes }
    /** That came of your call. */
    | { readonly owner: string; readonly client: string; readonly id: number; readonly outcome: Outcome };

/** A name that nobody else has. */
export function drawName(): string {
    return crypto.randomUUID();
}
