// The camera: one stream for a visit, the centre of its picture to the decoder ten times a second at most.

import type { Seen } from "./decoder.worker";

/** Shorter edge of the square that is looked at, in the camera's own pixels. */
const CROP_PX = 640;
const BETWEEN_FRAMES_MS = 100;
/** The same code is not read again within this time. */
const SAME_CODE_MS = 5_000;
/** After so many frames in a row that could not be looked at, the camera has failed. */
const MOST_FAILURES = 20;

export type CameraFailure = "denied" | "none";

let decoder: Promise<Worker> | undefined;

/** Starts the decoder, once, and anew after it failed. Resolves when it can read. */
function startDecoder(): Promise<Worker> {
    return decoder ??= new Promise((resolve, reject) => {
        const worker = new Worker(new URL("./decoder.worker.ts", import.meta.url), { type: "module", name: "decoder" });
        worker.addEventListener("message", ({ data }: MessageEvent<Seen>) => "ready" in data && resolve(worker));
        worker.addEventListener("error", (error) => {
            decoder = undefined;
            worker.terminate();
            reject(new Error(error.message));
        });
    });
}

/** A camera that reads codes until it is stopped. */
export class Camera {
    readonly #stream: MediaStream;
    readonly #stopping = new AbortController();

    private constructor(stream: MediaStream) {
        this.#stream = stream;
    }

    /**
     * Asks for the camera and shows it. Rejects with the name of what a person can do something about. A camera that fails
     * later stops, and calls `ended`.
     */
    static async start(video: HTMLVideoElement, read: (text: string) => void, ended: () => void): Promise<Camera> {
        let stream: MediaStream;
        try {
            const picture = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } };
            stream = await navigator.mediaDevices.getUserMedia({ video: picture, audio: false });
        } catch (cause) {
            const isDenied = cause instanceof DOMException && (cause.name === "NotAllowedError" || cause.name === "SecurityError");
            throw new CameraError(isDenied ? "denied" : "none");
        }
        const camera = new Camera(stream);
        try {
            video.srcObject = stream;
            await video.play();
            await startDecoder();
        } catch {
            camera.stop();
            throw new CameraError("none");
        }
        const fails = () => {
            camera.stop();
            ended();
        };
        stream.getVideoTracks().forEach((track) => track.addEventListener("ended", fails, { signal: camera.#stopping.signal }));
        camera.#look(video, read).catch(fails);
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

    async #look(video: HTMLVideoElement, read: (text: string) => void): Promise<void> {
        let last: { readonly text: string; readonly at: number } | undefined;
        const { signal } = this.#stopping;
        let failures = 0;
        while (!signal.aborted) {
            const began = performance.now();
            let text: string | undefined;
            try {
                text = await seenIn(video, await startDecoder(), signal);
                failures = 0;
            } catch (cause) {
                failures += 1;
                if (failures === MOST_FAILURES) throw cause;
            }
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
    const heard = new AbortController();
    const listening = { signal: heard.signal };
    return new Promise<string | undefined>((resolve, reject) => {
        worker.addEventListener("message", ({ data }: MessageEvent<Seen>) => "ready" in data || resolve(data.text), listening);
        worker.addEventListener("error", (error) => reject(new Error(error.message)), listening);
        signal.addEventListener("abort", () => resolve(undefined), listening);
        worker.postMessage(frame, [frame]);
    }).finally(() => heard.abort());
}
