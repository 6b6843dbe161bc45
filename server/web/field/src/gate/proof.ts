// A known code, by which a browser's own reader proves that it works before it is trusted with badges.

export const PROOF = "SAXAUL";

/** The modules of the code, a row a number, the leftmost module the highest of 21 bits. */
const ROWS = [
    2084991, 1072961, 1528925, 1525085, 1526365, 1069377, 2086271, 4352, 480231, 1544769, 849322, 1714947, 616099, 4136, 2081370,
    1065471, 1531420, 1529836, 1529696, 1068585, 2081956,
];
const MODULE_PX = 6;
const MARGIN = 4;

export function drawProof(): OffscreenCanvas {
    const size = (ROWS.length + 2 * MARGIN) * MODULE_PX;
    const canvas = new OffscreenCanvas(size, size);
    const context = canvas.getContext("2d")!;
    context.fillStyle = "#fff";
    context.fillRect(0, 0, size, size);
    context.fillStyle = "#000";
    ROWS.forEach((row, y) => {
        for (let x = 0; x < ROWS.length; x += 1) {
            if ((row >> (ROWS.length - 1 - x)) & 1) {
                context.fillRect((x + MARGIN) * MODULE_PX, (y + MARGIN) * MODULE_PX, MODULE_PX, MODULE_PX);
            }
        }
    });
    return canvas;
}
