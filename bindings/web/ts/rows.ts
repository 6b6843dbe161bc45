// Where a journal is kept. The core holds the rows in memory; a platform keeps them, and says when they are durable.

import type { Incarnation } from "../core/types.js";

/** A row of a journal. */
export interface Row {
    readonly key: string;
    readonly value: Uint8Array;
}

/** A row that changed. Without a value it is gone. */
export interface Change {
    readonly key: string;
    readonly value: Uint8Array | undefined;
}

/** Keeps the rows of one journal. Nobody else may have them open meanwhile. */
export interface RowStore {
    /** Every row there is. */
    readAll(): Promise<Row[]>;

    /**
     * Writes changes in their order: all of them or none. What it promises is what a person is told: when it resolves, the
     * changes are durable. When it rejects, `readAll` tells what is there.
     */
    write(changes: readonly Change[]): Promise<void>;

    /**
     * The incarnation that was noted last, where no copy of the rows takes it along; empty where none was noted. A store whose
     * rows nobody copies has neither this nor `noteIncarnation`.
     */
    notedIncarnation?(): Promise<string>;

    /** Notes under which incarnation the device writes from now on. */
    noteIncarnation?(incarnation: Incarnation): Promise<void>;

    /** Lets go of the rows, so that somebody else may open them. Repeating it is harmless. */
    close(): Promise<void>;

    /** Removes what `write` left empty, and lets go of it. */
    remove(): Promise<void>;
}
