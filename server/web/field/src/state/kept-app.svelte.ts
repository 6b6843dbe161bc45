// Whether this phone has everything that it needs without a network, and newer versions of the app.

import { keepSetting, setting } from "./kept";

const UPDATE_LATE_MS = 14 * 24 * 3_600_000;

class KeptApp {
    /** The app is kept whole, the reader of badges too. */
    program = $state(false);
    decoder = $state(false);
    /** Whether the browser promised to keep the data; unknown before it answers. */
    persisted = $state<boolean>();
    /** There is so little space that this may be a private window. */
    isSmall = $state(false);
    /** A newer version waits to be used. */
    waiting = $state.raw<ServiceWorker>();
    waitsLong = $state(false);
    version = $state("");
    /** Asks to install the app, where the browser lets a page ask. */
    install = $state.raw<() => Promise<unknown>>();

    constructor() {
        // The browser may offer it before the journal is open.
        addEventListener("beforeinstallprompt", (event) => {
            event.preventDefault();
            this.install = (event as Event & { prompt(): Promise<unknown> }).prompt.bind(event);
        });
    }

    begin(): void {
        void this.#askStorage();
        if (!("serviceWorker" in navigator)) return;
        void this.#register();
    }

    async persist(): Promise<void> {
        this.persisted = (await navigator.storage?.persist?.()) ?? false;
    }

    /** Uses the newer version from now on. The page is loaded anew when that version has taken over. */
    takeOver(): void {
        navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
        keepSetting("update", "");
        this.waiting?.postMessage("take over");
    }

    async #askStorage(): Promise<void> {
        const storage = navigator.storage;
        this.persisted = (await storage?.persisted?.()) ?? false;
        const { quota = 0 } = (await storage?.estimate?.()) ?? {};
        this.isSmall = quota > 0 && quota < 300 * 2 ** 20;
    }

    async #register(): Promise<void> {
        try {
            const registration = await navigator.serviceWorker.register("/field/sw.js", { scope: "/field/", updateViaCache: "none" });
            this.#await(registration);
            registration.addEventListener("updatefound", () => {
                const coming = registration.installing;
                coming?.addEventListener("statechange", () => this.#await(registration));
            });
        } catch {
            // No network now: what was kept before serves on.
        }
        const { active } = await navigator.serviceWorker.ready;
        this.program = true;
        this.decoder = await hasDecoder();
        const channel = new MessageChannel();
        channel.port1.onmessage = ({ data }: MessageEvent<string>) => (this.version = data);
        active?.postMessage("which", [channel.port2]);
    }

    #await(registration: ServiceWorkerRegistration): void {
        if (registration.waiting === null || navigator.serviceWorker.controller === null) return;
        this.waiting = registration.waiting;
        const since = Number(setting("update")) || Date.now();
        keepSetting("update", String(since));
        this.waitsLong = Date.now() - since > UPDATE_LATE_MS;
    }
}

async function hasDecoder(): Promise<boolean> {
    for (const name of await caches.keys()) {
        const kept = await (await caches.open(name)).keys();
        if (kept.some(({ url }) => /zxing_reader.*\.wasm$/.test(url))) return true;
    }
    return false;
}

export const keptApp = new KeptApp();
