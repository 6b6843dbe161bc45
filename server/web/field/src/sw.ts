// The service worker: keeps the app, answers from what it keeps, and never takes a page away.

declare const self: ServiceWorkerGlobalScope;
/** Everything that the app consists of, written at build. */
declare const KEPT: readonly string[];
declare const VERSION: string;

const CACHE = `field-${VERSION}`;
/** Files that another app handed over, until the page takes them. */
const SHARED = "shared-files";
const SHELL = "/field/";

self.addEventListener("install", (event) => {
    event.waitUntil(keep());
});

self.addEventListener("activate", (event) => {
    event.waitUntil(forgetOlder());
});

self.addEventListener("message", (event) => {
    // The person asked for the new version.
    if (event.data === "take over") void self.skipWaiting();
    if (event.data === "which") event.ports[0]?.postMessage(VERSION);
});

self.addEventListener("fetch", (event) => {
    const { request } = event;
    const { origin, pathname } = new URL(request.url);
    if (origin !== self.location.origin || !pathname.startsWith("/field/")) return;
    if (request.method === "POST" && pathname === "/field/share") return event.respondWith(takeShared(request));
    if (request.method === "GET") event.respondWith(answer(request, pathname));
});

async function keep(): Promise<void> {
    const cache = await caches.open(CACHE);
    // Names with a hash may come from the browser's own cache; the others must be the newest.
    const fresh = KEPT.map((path) => new Request(path, { cache: path.startsWith("/field/assets/") ? "default" : "reload" }));
    await cache.addAll(fresh);
}

/** Nobody uses an older version any more when a new one is activated. */
async function forgetOlder(): Promise<void> {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith("field-") && name !== CACHE).map((name) => caches.delete(name)));
    await self.clients.claim();
}

async function answer(request: Request, pathname: string): Promise<Response> {
    const cache = await caches.open(CACHE);
    const kept = await cache.match(request.mode === "navigate" ? SHELL : pathname);
    return kept ?? fetch(request);
}

async function takeShared(request: Request): Promise<Response> {
    const cache = await caches.open(SHARED);
    const files = (await request.formData()).getAll("bundle").filter((entry) => entry instanceof File);
    await Promise.all(files.map((file) => cache.put(`/field/shared/${crypto.randomUUID()}`, new Response(file))));
    return Response.redirect("/field/hand-over", 303);
}

export {};
