// Puts beside each file of the build what brotli makes of it, where that is shorter: the program sends it as it is.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants } from "node:zlib";

const dist = new URL("../dist/", import.meta.url);

for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || /\.(png|br)$/.test(entry.name)) continue;
    const path = `${entry.parentPath}/${entry.name}`;
    const bytes = readFileSync(path);
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
    const compressed = brotliCompressSync(bytes, { params });
    if (compressed.length < bytes.length) writeFileSync(`${path}.br`, compressed);
}
