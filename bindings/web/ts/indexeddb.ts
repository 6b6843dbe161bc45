// A journal in a browser's IndexedDB. A tab that has it open keeps other tabs out by a Web Lock.

import { ErrorCodes } from "./error_codes.js";
import { Refused, Retry } from "./errors.js";
import type { Change, Row, RowStore } from "./rows.js";

const TABLE = "rows";

/** A journal in IndexedDB. */
export class IndexedDbRows implements RowStore {
    readonly #name: string;
    readonly #db: IDBDatabase;
    readonly #release: () => void;

    private constructor(name: string, db: IDBDatabase, release: () => void) {
        this.#name = name;
        this.#db = db;
        this.#release = release;
    }

    /** Opens the database `name`, or makes it. Rejects with `Retry` while another tab has it open. */
    static async open(name: string): Promise<IndexedDbRows> {
        if (globalThis.navigator?.locks === undefined || globalThis.indexedDB === undefined) {
            throw new Refused(ErrorCodes.insecureContext, "a browser keeps a journal for pages over HTTPS or on localhost alone");
        }
        const release = await lock(`saxaul/${name}`);
        try {
            const opening = indexedDB.open(name, 1);
            opening.onupgradeneeded = () => opening.result.createObjectStore(TABLE);
            return new IndexedDbRows(name, await done(opening), release);
        } catch (cause) {
            release();
            if (cause instanceof DOMException && cause.name === "VersionError") {
                throw new Refused(ErrorCodes.newerJournal, "a newer program made this journal: update this one");
            }
            throw new Retry(ErrorCodes.notSaved, `the browser does not open the journal: ${String(cause)}`, { cause });
        }
    }

    async readAll(): Promise<Row[]> {
        const table = this.#db.transaction(TABLE, "readonly").objectStore(TABLE);
        const [keys, values] = await Promise.all([done(table.getAllKeys()), done(table.getAll())]);
        return keys.map((key, at) => ({ key: String(key), value: values[at] as Uint8Array }));
    }

    /** `complete` comes when everything is on the disk: that is asked for. */
    write(changes: readonly Change[]): Promise<void> {
        return new Promise((resolve, reject) => {
            const transaction = this.#db.transaction(TABLE, "readwrite", { durability: "strict" });
            transaction.oncomplete = () => resolve();
            transaction.onabort = () => reject(transaction.error ?? new Error("the browser gave the transaction up"));
            const table = transaction.objectStore(TABLE);
            for (const { key, value } of changes) {
                if (value === undefined) table.delete(key);
                else table.put(value, key);
            }
            transaction.commit();
        });
    }

    async close(): Promise<void> {
        this.#db.close();
        this.#release();
    }

    async remove(): Promise<void> {
        this.#db.close();
        try {
            await done(indexedDB.deleteDatabase(this.#name));
        } finally {
            this.#release();
        }
    }
}

/** Takes a lock, and gives what lets go of it. The browser lets go by itself when the tab ends. */
function lock(name: string): Promise<() => void> {
    return new Promise((resolve, reject) => {
        const held = navigator.locks.request(name, { ifAvailable: true }, (taken) => {
            if (taken === null) {
                reject(new Retry(ErrorCodes.inUse, "another tab, or this one, has the journal open"));
                return undefined;
            }
            return new Promise<void>((release) => resolve(release));
        });
        held.catch(reject);
    });
}

function done<T>(request: IDBRequest<T>): Promise<T> {
    return new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
    });
}
