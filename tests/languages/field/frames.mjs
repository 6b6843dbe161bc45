// What a phone's camera sees of a badge: a small code, tilted, blurred, unevenly lit, with a sensor's noise. Written as
// raw video, which Chromium takes for a camera.

import { createRequire } from "node:module";
import { open } from "node:fs/promises";

const { generate, correction } = createRequire(new URL("../../../server/web/field/package.json", import.meta.url))("lean-qr");

const WIDTH = 1280;
const HEIGHT = 720;
export const FRAMES_A_SECOND = 10;
/** Width of a module in pixels, as a badge of 34 mm has it at 25 cm. */
const MODULE_PX = 2.5;
const NOISE = 8;
const MARGIN = 4;
/** A badge is held by hand. */
const TILT = 0.12;
/** Points of a pixel that are looked at in each direction: a lens blurs. */
const POINTS = 3;

/** Writes frames that repeat for ever. Each part shows one text, or nothing, for so many frames. */
export async function film(path, parts) {
    const random = drawnFrom(7);
    const noise = Float32Array.from({ length: 1 << 16 }, () => gaussian(random) * NOISE);
    const file = await open(path, "w");
    await file.write(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F${FRAMES_A_SECOND}:1 Ip A1:1 C420jpeg\n`);
    const colour = Buffer.alloc((WIDTH / 2) * (HEIGHT / 2) * 2, 128);
    for (const { text, frames } of parts) {
        const scene = drawn(text);
        for (let frame = 0; frame < frames; frame += 1) {
            const luma = Buffer.alloc(WIDTH * HEIGHT);
            let at = Math.floor(random() * noise.length);
            for (let pixel = 0; pixel < luma.length; pixel += 1) {
                // Steps of different lengths, so that lines do not repeat each other.
                at = (at + 1 + (pixel % 5)) & 0xffff;
                luma[pixel] = Math.max(0, Math.min(255, scene[pixel] + noise[at]));
            }
            await file.write("FRAME\n");
            await file.write(luma);
            await file.write(colour);
        }
    }
    await file.close();
}

/** A scene without noise: a code in the middle, darker towards one side. */
function drawn(text) {
    const scene = new Float32Array(WIDTH * HEIGHT);
    const code = text === undefined ? undefined : generate(text, { minCorrectionLevel: correction.M });
    const [cos, sin] = [Math.cos(TILT), Math.sin(TILT)];
    const brightness = (x, y) => {
        const [across, down] = [x - WIDTH / 2, y - HEIGHT / 2];
        const light = 150 + (across / WIDTH) * 60 - (down / HEIGHT) * 30;
        if (code === undefined) return light * 0.7;
        const column = Math.floor((across * cos + down * sin) / MODULE_PX + code.size / 2);
        const row = Math.floor((down * cos - across * sin) / MODULE_PX + code.size / 2);
        const outside = Math.max(-column, -row, column - code.size + 1, row - code.size + 1);
        if (outside > MARGIN) return light * 0.7;
        return light * (outside <= 0 && code.get(column, row) ? 0.25 : 1.2);
    };
    for (let y = 0; y < HEIGHT; y += 1) {
        for (let x = 0; x < WIDTH; x += 1) {
            let sum = 0;
            for (let point = 0; point < POINTS * POINTS; point += 1) {
                sum += brightness(x + (point % POINTS) / POINTS, y + Math.floor(point / POINTS) / POINTS);
            }
            scene[y * WIDTH + x] = sum / (POINTS * POINTS);
        }
    }
    return scene;
}

/** The same numbers in each run. */
function drawnFrom(seed) {
    let state = seed;
    return () => {
        state = (state + 0x6d2b79f5) | 0;
        let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
        mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
}

function gaussian(random) {
    return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
