// A journal in a browser's IndexedDB. A tab that has it open keeps other tabs out by a Web Lock.

import { ErrorCodes } from "./error_codes.js";
import { Refused, Retry } from "./errors.js";
import type { Change, Row, RowStore } from "./rows.js";
import { TabLock, type Claim } from "./tab_lock.js";

const TABLE = "rows";

/** A journal in IndexedDB. A connection that the browser lost is opened again, once for each call. */
export class IndexedDbRows implements RowStore {
    readonly #name: string;
    readonly #lock: TabLock;
    #db: IDBDatabase | undefined;

    private constructor(name: string, lock: TabLock) {
        this.#name = name;
        this.#lock = lock;
    }

    /** Opens the database `name`, or makes it. Rejects with `Retry` while another tab has it open; `claim` may change that. */
    static async open(name: string, claim: Claim = {}): Promise<IndexedDbRows> {
        if (globalThis.indexedDB === undefined) {
            throw new Refused(ErrorCodes.insecureContext, "a browser keeps a journal for pages over HTTPS or on localhost alone");
        }
        return IndexedDbRows.under(await TabLock.take(name, claim), name);
    }

    /** @internal Opens it under a lock that is held already, and is let go of when it is closed or does not open. */
    static async under(lock: TabLock, name: string): Promise<IndexedDbRows> {
        const rows = new IndexedDbRows(name, lock);
        try {
            await rows.#connection("may begin");
            return rows;
        } catch (cause) {
            lock.release();
            if (cause instanceof Refused) throw cause;
            throw new Retry(ErrorCodes.notSaved, `the browser does not open the journal: ${String(cause)}`, { cause });
        }
    }

    /** Has `yields` called when another tab asks for the journal: close it then. */
    whenAsked(yields: () => void): void {
        this.#lock.whenAsked(yields);
    }

    async readAll(): Promise<Row[]> {
        return this.#again("may begin", async (db) => {
            const table = db.transaction(TABLE, "readonly").objectStore(TABLE);
            const [keys, values] = await Promise.all([done(table.getAllKeys()), done(table.getAll())]);
            return keys.map((key, at) => ({ key: String(key), value: values[at] as Uint8Array }));
        });
    }

    /**
     * `complete` comes when everything is on the disk: that is asked for. Where the connection was lost meanwhile, the same
     * rows are written again: nobody else writes, so they come out the same.
     */
    write(changes: readonly Change[]): Promise<void> {
        return this.#again("must be there", (db) => new Promise((resolve, reject) => {
            const transaction = db.transaction(TABLE, "readwrite", { durability: "strict" });
            transaction.oncomplete = () => resolve();
            transaction.onabort = () => reject(transaction.error ?? new Error("the browser gave the transaction up"));
            const table = transaction.objectStore(TABLE);
            for (const { key, value } of changes) {
                if (value === undefined) table.delete(key);
                else table.put(value, key);
            }
            transaction.commit();
        }));
    }

    async close(): Promise<void> {
        this.#disconnect();
        this.#lock.release();
    }

    async remove(): Promise<void> {
        this.#disconnect();
        try {
            await done(indexedDB.deleteDatabase(this.#name));
        } finally {
            this.#lock.release();
        }
    }

    /** Acts over the connection; over a new one, where the connection was lost. */
    async #again<T>(database: Database, act: (db: IDBDatabase) => Promise<T>): Promise<T> {
        const db = await this.#connection(database);
        try {
            return await act(db);
        } catch (cause) {
            if (!isLost(cause) && this.#db === db) throw cause;
            if (this.#db === db) this.#disconnect();
            return act(await this.#connection(database));
        }
    }

    async #connection(database: Database): Promise<IDBDatabase> {
        if (this.#db !== undefined) return this.#db;
        const opening = indexedDB.open(this.#name, 1);
        opening.onupgradeneeded = () => {
            if (database === "may begin") opening.result.createObjectStore(TABLE);
            // A part of a journal would be worse than none.
            else opening.transaction?.abort();
        };
        const db = await done(opening).catch((cause: DOMException) => {
            if (cause.name !== "VersionError") throw cause;
            throw new Refused(ErrorCodes.newerJournal, "a newer program made this journal: update this one", cause);
        });
        // The browser closes it when it throws the data away, or when WebKit lost its storage process.
        db.onclose = () => this.#forget(db);
        db.onversionchange = () => {
            db.close();
            this.#forget(db);
        };
        this.#db = db;
        return db;
    }

    #disconnect(): void {
        this.#db?.close();
        this.#db = undefined;
    }

    #forget(db: IDBDatabase): void {
        if (this.#db === db) this.#db = undefined;
    }
}

/** Whether the database is made where there is none. */
type Database = "may begin" | "must be there";

/** Whether the browser lost the connection. WebKit says `UnknownError` ("Connection to Indexed Database server lost"). */
function isLost(cause: unknown): boolean {
    return cause instanceof DOMException && (cause.name === "InvalidStateError" || cause.name === "UnknownError");
}

function done<T>(request: IDBRequest<T>): Promise<T> {
    return new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
    });
}
