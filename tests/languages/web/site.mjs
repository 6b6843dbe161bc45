// What a page of the app is served from. Home is elsewhere, and lets pages of this origin in.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };
/** The package and the pages of these tests. */
const FILES = {
    "/saxaul/": new URL("../../../target/bindings/web/", import.meta.url),
    "/": new URL("./", import.meta.url),
};

/** Serves the app at an address of its own; or what stands in other directories. */
export async function serve(port, files = FILES) {
    const server = createServer((asked, answer) => void give(new URL(asked.url, "http://localhost").pathname, files, answer));
    await new Promise((ready) => server.listen(port, "127.0.0.1", ready));
    return { origin: `http://localhost:${server.address().port}`, close() {
        server.closeAllConnections();
        server.close();
    } };
}

async function give(pathname, files, answer) {
    const root = Object.keys(files).find((start) => pathname.startsWith(start));
    const file = new URL(pathname.slice(root.length) || "index.html", files[root]);
    const body = await readFile(file).catch(() => undefined);
    answer.writeHead(body ? 200 : 404, { "content-type": TYPES[extname(file.pathname)] ?? "text/plain" });
    answer.end(body);
}
