// Small things that the app keeps beside the journal: drafts in IndexedDB, as they outlive a kill of the browser;
// settings in the local storage, as they are wanted before anything is drawn.

const TABLE = "drafts";

let opening: Promise<IDBDatabase> | undefined;

function database(): Promise<IDBDatabase> {
    opening ??= new Promise((resolve, reject) => {
        const asked = indexedDB.open("field-drafts", 1);
        asked.onupgradeneeded = () => asked.result.createObjectStore(TABLE);
        asked.onsuccess = () => resolve(asked.result);
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
        return localStorage.getItem(`field.${key}`);
    } catch {
        // The browser keeps nothing for this page.
        return null;
    }
}

export function keepSetting(key: string, value: string): void {
    try {
        localStorage.setItem(`field.${key}`, value);
    } catch {
        // It holds until the page is closed.
    }
}
