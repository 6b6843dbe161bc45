// A journal that a worker has open for its page.

import { ErrorCodes } from "./error_codes.js";
import { arrived, Bug, Refused, type SentError } from "./errors.js";
import type { Journal } from "./journal.js";
import { Remote } from "./remote.js";
import type { Claim } from "./tab_lock.js";
import type { Told } from "./wire.js";

/** How a worker opens a journal. */
export interface WorkerOptions extends Claim {
    /** Uses it together with other tabs, as `openShared` does. */
    readonly shared?: boolean;
    /** Where the worker finds the WebAssembly module, if not beside its program. */
    readonly module?: string | URL | WebAssembly.Module;
    /** Hears that another tab took the journal over, and that it is closed here. */
    readonly yielded?: () => void;
}

/** What a page asks of its worker: to open a journal, and to be told of it through the port that comes along. */
export interface Opening {
    readonly saxaul: string;
    readonly waits: boolean;
    readonly takeOver: boolean;
    readonly shared: boolean;
    readonly module: string | WebAssembly.Module | undefined;
}

/** What goes through the port beside calls and answers. */
export type Opened = { readonly notOpened: SentError };
/** The page waits no more. */
export type GivenUp = { readonly givesUp: true };

/** @internal */
export async function inWorker(worker: Worker, name: string, options: WorkerOptions): Promise<Journal> {
    const { wait, takeOver = false, shared = false, module, yielded } = options;
    const { port1: port, port2 } = new MessageChannel();
    let isOurs = false;
    const remote = new Remote((ask) => port.postMessage(ask), async (open) => {
        isOurs = true;
        await open.call("shutDown", []);
        port.close();
    });
    port.onmessage = ({ data }: MessageEvent<Told | Opened>) => {
        if ("notOpened" in data) return remote.close(arrived(data.notOpened));
        remote.hear(data);
        if (!("ends" in data) || isOurs) return;
        remote.close(new Refused(ErrorCodes.closed, "the journal was closed: open it again"));
        yielded?.();
    };
    worker.addEventListener("error", (event) => remote.close(new Bug(`the worker ended: ${event.message}`)));
    if (wait instanceof AbortSignal) {
        const giveUp = () => port.postMessage({ givesUp: true } satisfies GivenUp);
        if (wait.aborted) giveUp();
        wait.addEventListener("abort", giveUp, { once: true });
    }
    const opening: Opening = {
        saxaul: name, waits: wait !== undefined, takeOver, shared,
        module: module instanceof URL ? module.href : module,
    };
    worker.postMessage(opening, [port2]);
    await remote.found();
    return remote;
}
