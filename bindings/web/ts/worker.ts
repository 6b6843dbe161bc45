// The program of a worker that has journals open for its page: import it in a module worker, and hand that to
// `openInWorker`.

import { sent } from "./errors.js";
import { Host } from "./host.js";
import { open, openShared } from "./index.js";
import type { GivenUp, Opened, Opening } from "./in_worker.js";
import type { Journal } from "./journal.js";
import type { Ask } from "./wire.js";

globalThis.addEventListener("message", ({ data, ports: [port] }: MessageEvent<unknown>) => {
    if (port !== undefined && isOpening(data)) void serve(data, port);
});

async function serve({ saxaul: name, waits, takeOver, shared, module }: Opening, port: MessagePort): Promise<void> {
    const giving = new AbortController();
    const early: Ask[] = [];
    let host: Host | undefined;
    port.onmessage = ({ data }: MessageEvent<Ask | GivenUp>) => {
        if ("givesUp" in data) giving.abort();
        else if (host === undefined) early.push(data);
        else host.take(data);
    };
    const options = {
        ...(module === undefined ? {} : { module }),
        ...(waits ? { wait: giving.signal } : {}),
        takeOver,
    };
    try {
        const journal: Journal = await (shared ? openShared(name, options) : open(name, { ...options, yielded: () => void host?.end() }));
        host = new Host(journal, "worker", (told) => port.postMessage(told));
        early.forEach((ask) => host?.take(ask));
    } catch (cause) {
        port.postMessage({ notOpened: sent(cause) } satisfies Opened);
    }
}

function isOpening(data: unknown): data is Opening {
    return typeof (data as Opening | null)?.saxaul === "string";
}
