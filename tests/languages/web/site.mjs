// What a page of the app is served from. Home is elsewhere, and lets pages of this origin in.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };
const FILES = {
    "/saxaul/": new URL("../../../target/bindings/web/", import.meta.url),
    "/": new URL("./", import.meta.url),
};

/** Serves the app at an address of its own. */
export async function serve(port) {
    const server = createServer((asked, answer) => void give(new URL(asked.url, "http://localhost").pathname, answer));
    await new Promise((ready) => server.listen(port, "127.0.0.1", ready));
    return { origin: `http://localhost:${server.address().port}`, close() {
        server.closeAllConnections();
        server.close();
    } };
}

async function give(pathname, answer) {
    const root = pathname.startsWith("/saxaul/") ? "/saxaul/" : "/";
    const file = new URL(pathname.slice(root.length), FILES[root]);
    const body = await readFile(file).catch(() => undefined);
    answer.writeHead(body ? 200 : 404, { "content-type": TYPES[extname(file.pathname)] ?? "text/plain" });
    answer.end(body);
}
