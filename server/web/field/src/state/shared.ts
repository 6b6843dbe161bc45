// Files that another app handed over: the service worker keeps them until the page takes them.

const SHARED = "shared-files";

/** The files; they are kept no longer. */
export async function takeShared(): Promise<Blob[]> {
    if (!("caches" in globalThis) || !(await caches.has(SHARED))) return [];
    const cache = await caches.open(SHARED);
    const files: Blob[] = [];
    for (const request of await cache.keys()) {
        const kept = await cache.match(request);
        if (kept !== undefined) files.push(await kept.blob());
    }
    await caches.delete(SHARED);
    return files;
}

export async function forgetShared(): Promise<void> {
    if ("caches" in globalThis) await caches.delete(SHARED);
}
