// What a page of the app is served from: its files, and home behind the same origin, for a page calls its own alone.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };
const FILES = {
    "/saxaul/": new URL("../../../target/bindings/web/", import.meta.url),
    "/": new URL("./", import.meta.url),
};

/** Serves the app at an address of its own; what is asked of home goes on to `home`, if there is one. */
export async function serve(port, home) {
    const server = createServer((asked, answer) => {
        const { pathname } = new URL(asked.url, "http://localhost");
        const work = pathname.startsWith("/v1/") ? pass(asked, answer, home) : give(pathname, answer);
        work.catch((error) => {
            answer.writeHead(502);
            answer.end(String(error));
        });
    });
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

async function pass(asked, answer, home) {
    const parts = [];
    for await (const part of asked) parts.push(part);
    const headers = { "content-type": asked.headers["content-type"] };
    if (asked.headers.authorization) headers.authorization = asked.headers.authorization;
    const answered = await fetch(`${home}${asked.url}`, { method: "POST", headers, body: Buffer.concat(parts) });
    const back = {};
    for (const name of ["content-type", "x-saxaul-token", "retry-after"]) {
        if (answered.headers.has(name)) back[name] = answered.headers.get(name);
    }
    answer.writeHead(answered.status, back);
    answer.end(Buffer.from(await answered.arrayBuffer()));
}
