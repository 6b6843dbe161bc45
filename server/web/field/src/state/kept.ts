// Small things that the app keeps beside the journal: drafts in IndexedDB, as they outlive a kill of the browser;
// settings in the local storage, as they are wanted before anything is drawn.

import { forgetShared } from "./shared";

const TABLE = "drafts";
const DRAFTS = "field-drafts";
const SETTINGS = "field.";
/** Stands from the begin of a wipe until everything is forgotten. */
const WIPING = "wiping";

let opening: Promise<IDBDatabase> | undefined;

function database(): Promise<IDBDatabase> {
    opening ??= new Promise((resolve, reject) => {
        const asked = indexedDB.open(DRAFTS, 1);
        asked.onupgradeneeded = () => asked.result.createObjectStore(TABLE);
        asked.onsuccess = () => {
            // Another tab forgets everything.
            asked.result.onversionchange = () => {
                opening = undefined;
                asked.result.close();
            };
            resolve(asked.result);
        };
        asked.onerror = () => {
            opening = undefined;
            reject(asked.error ?? new Error("no drafts are kept"));
        };
    });
    return opening;
}

/** What was typed and not yet recorded. */
export async function draft<T>(key: string): Promise<T | undefined> {
    const table = (await database()).transaction(TABLE).objectStore(TABLE);
    return new Promise((resolve, reject) => {
        const asked = table.get(key);
        asked.onsuccess = () => resolve(asked.result as T | undefined);
        asked.onerror = () => reject(asked.error ?? new Error("the draft was not read"));
    });
}

/** Keeps a draft; without a value it is gone. Resolves when the browser has it. */
export async function keepDraft(key: string, value: unknown): Promise<void> {
    const transaction = (await database()).transaction(TABLE, "readwrite");
    const table = transaction.objectStore(TABLE);
    if (value === undefined) table.delete(key);
    else table.put(value, key);
    transaction.commit();
    return new Promise((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error ?? new Error("the draft was not kept"));
    });
}

/** A setting of this device, as text. */
export function setting(key: string): string | null {
    try {
        return localStorage.getItem(SETTINGS + key);
    } catch {
        // The browser keeps nothing for this page.
        return null;
    }
}

export function keepSetting(key: string, value: string): void {
    try {
        localStorage.setItem(SETTINGS + key, value);
    } catch {
        // It holds until the page is closed.
    }
}

/** Forgets everything around `wipe`, which empties the journal. A browser that dies meanwhile ends it at its next start. */
export async function forgetAllWith(wipe: () => Promise<unknown>): Promise<void> {
    keepSetting(WIPING, "on");
    await wipe();
    await forgetAll();
}

/** Ends a wipe that was cut short after the journal was empty. */
export async function endWipe(): Promise<void> {
    if (setting(WIPING) !== null) await forgetAll();
}

async function forgetAll(): Promise<void> {
    await forgetShared();
    await forgetDrafts();
    for (const key of Object.keys(localStorage)) if (key.startsWith(SETTINGS)) localStorage.removeItem(key);
}

function forgetDrafts(): Promise<void> {
    return new Promise((resolve, reject) => {
        const asked = indexedDB.deleteDatabase(DRAFTS);
        asked.onsuccess = () => resolve();
        asked.onerror = () => reject(asked.error ?? new Error("the drafts were not forgotten"));
    });
}
