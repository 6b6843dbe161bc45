// The camera: one stream for a visit, the centre of its picture to the decoder ten times a second at most.

import type { Seen } from "./decoder.worker";

/** Shorter edge of the square that is looked at, in the camera's own pixels. */
const CROP_PX = 640;
const BETWEEN_FRAMES_MS = 100;
/** The same code is not read again within this time. */
const SAME_CODE_MS = 5_000;

export type CameraFailure = "denied" | "none";

let decoder: Worker | undefined;

/** Starts the decoder, once. Resolves when it can read. */
export function startDecoder(): Promise<Worker> {
    const worker = (decoder ??= new Worker(new URL("./decoder.worker.ts", import.meta.url), { type: "module", name: "decoder" }));
    return ready ??= new Promise((resolve, reject) => {
        worker.addEventListener("message", ({ data }: MessageEvent<Seen>) => "ready" in data && resolve(worker));
        worker.addEventListener("error", (error) => {
            decoder = ready = undefined;
            reject(new Error(error.message));
        });
    });
}
let ready: Promise<Worker> | undefined;

/** A camera that reads codes until it is stopped. */
export class Camera {
    readonly #stream: MediaStream;
    readonly #stopping = new AbortController();

    private constructor(stream: MediaStream) {
        this.#stream = stream;
    }

    /** Asks for the camera and shows it. Rejects with the name of what a person can do something about. */
    static async start(video: HTMLVideoElement, read: (text: string) => void): Promise<Camera> {
        let stream: MediaStream;
        try {
            const picture = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } };
            stream = await navigator.mediaDevices.getUserMedia({ video: picture, audio: false });
        } catch (cause) {
            const isDenied = cause instanceof DOMException && (cause.name === "NotAllowedError" || cause.name === "SecurityError");
            throw new CameraError(isDenied ? "denied" : "none");
        }
        const camera = new Camera(stream);
        video.srcObject = stream;
        await video.play();
        void camera.#look(video, await startDecoder(), read);
        return camera;
    }

    get hasTorch(): boolean {
        const [track] = this.#stream.getVideoTracks();
        return (track?.getCapabilities?.() as { torch?: boolean } | undefined)?.torch === true;
    }

    async torch(on: boolean): Promise<void> {
        const [track] = this.#stream.getVideoTracks();
        await track?.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] });
    }

    stop(): void {
        this.#stopping.abort();
        this.#stream.getTracks().forEach((track) => track.stop());
    }

    async #look(video: HTMLVideoElement, worker: Worker, read: (text: string) => void): Promise<void> {
        let last: { readonly text: string; readonly at: number } | undefined;
        const { signal } = this.#stopping;
        while (!signal.aborted) {
            const began = performance.now();
            const text = await seenIn(video, worker, signal);
            if (text !== undefined && !signal.aborted) {
                // A badge that stays before the camera is read once.
                const isNew = last?.text !== text || began - last.at > SAME_CODE_MS;
                last = { text, at: began };
                if (isNew) read(text);
            }
            await new Promise((done) => setTimeout(done, Math.max(0, BETWEEN_FRAMES_MS - (performance.now() - began))));
        }
    }
}

export class CameraError extends Error {
    constructor(readonly what: CameraFailure) {
        super(what);
    }
}

async function seenIn(video: HTMLVideoElement, worker: Worker, signal: AbortSignal): Promise<string | undefined> {
    const { videoWidth: width, videoHeight: height } = video;
    if (width === 0 || document.hidden) return undefined;
    const size = Math.min(width, height, CROP_PX);
    const frame = await createImageBitmap(video, (width - size) / 2, (height - size) / 2, size, size);
    return new Promise((resolve) => {
        const seen = ({ data }: MessageEvent<Seen>) => {
            if ("ready" in data) return;
            worker.removeEventListener("message", seen);
            resolve(data.text);
        };
        worker.addEventListener("message", seen);
        signal.addEventListener("abort", () => resolve(undefined), { once: true });
        worker.postMessage(frame, [frame]);
    });
}
