// Reads codes from frames of a camera, off the page's thread: by the browser's own reader where it proves itself on a
// known code, else by ZXing.

import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import wasm from "zxing-wasm/reader/zxing_reader.wasm?url";
import { drawProof, PROOF } from "./proof";

interface BarcodeReader {
    detect(image: ImageBitmap | OffscreenCanvas): Promise<readonly { readonly rawValue: string }[]>;
}
declare const BarcodeDetector: undefined | { new (how: { formats: string[] }): BarcodeReader };

/** From here on this worker's messages are `Seen`, one for each frame; the first one says that it is ready. */
export type Seen = { readonly ready: "browser" | "zxing" } | { readonly text: string | undefined };

let own: BarcodeReader | undefined;
let canvas: OffscreenCanvas | undefined;

const ready = begin();
// The page hears of it as of any error of this worker.
ready.catch((cause: unknown) => self.reportError(cause));

self.onmessage = async ({ data: frame }: MessageEvent<ImageBitmap>) => {
    await ready;
    let text: string | undefined;
    try {
        text = own === undefined ? await decode(frame) : (await own.detect(frame))[0]?.rawValue;
    } catch {
        // A frame that cannot be read shows nothing; the next one comes at once.
    } finally {
        frame.close();
        tell({ text });
    }
};

async function begin(): Promise<void> {
    if (typeof BarcodeDetector !== "undefined") {
        try {
            const reader = new BarcodeDetector({ formats: ["qr_code"] });
            const [found] = await reader.detect(drawProof());
            if (found?.rawValue === PROOF) own = reader;
        } catch {
            // It is there in name alone, as where a part of the system was never downloaded.
        }
    }
    await prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: own === undefined });
    tell({ ready: own === undefined ? "zxing" : "browser" });
}

async function decode(frame: ImageBitmap): Promise<string | undefined> {
    const { width, height } = frame;
    if (canvas?.width !== width || canvas.height !== height) canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d", { willReadFrequently: true })!;
    context.drawImage(frame, 0, 0);
    const found = await readBarcodes(context.getImageData(0, 0, width, height), { formats: ["QRCode"], tryHarder: true, maxNumberOfSymbols: 1 });
    return found.find(({ isValid }) => isValid)?.text;
}

function tell(seen: Seen): void {
    self.postMessage(seen);
}
