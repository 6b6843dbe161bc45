// What stands between a browser and home, and passes on all that goes by, the app itself too. A test takes the network away by
// closing it, cuts or slows calls by `meddle`, and serves another build of the app than the one in the program.

import { readFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { extname } from "node:path";

const TYPES = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".wasm": "application/wasm",
    ".svg": "image/svg+xml", ".png": "image/png", ".webmanifest": "application/manifest+json",
};

/** Serves what home at `home.port` does. */
export class Site {
    #server;
    #dist;
    /** What home said last with a file whose name says what is in it, and with another one. */
    #headers = { asset: {}, page: {} };
    port = 0;
    /** What the browser reported against the policy. */
    reports = [];
    /** Sees each call to home before it is passed on; true means that it was answered, or cut. */
    meddle = () => false;

    constructor(home) {
        this.home = home;
    }

    get origin() {
        return `http://localhost:${this.port}`;
    }

    /** Another build of the app is served from now on. */
    set dist(dist) {
        this.#dist = dist;
    }

    async open() {
        this.#server = createServer((asked, answer) => void this.#answer(asked, answer));
        await new Promise((ready) => this.#server.listen(this.port, "127.0.0.1", ready));
        this.port = this.#server.address().port;
    }

    /** As if there were no network. */
    async close() {
        this.#server.closeAllConnections();
        await new Promise((done) => this.#server.close(done));
    }

    async #answer(asked, answer) {
        const { pathname } = new URL(asked.url, this.origin);
        if (pathname === "/reports") {
            let text = "";
            for await (const part of asked) text += part;
            this.reports.push(text);
            return answer.writeHead(204).end();
        }
        if (this.#dist !== undefined && pathname.startsWith("/field/")) return this.#file(pathname.slice("/field/".length), answer);
        if (this.meddle(asked, answer)) return;
        this.#passOn(asked, answer);
    }

    /** A file of another build, with the headers that home gave one of the build in the program. */
    async #file(path, answer) {
        const read = (name) => readFile(new URL(name, this.#dist)).then((body) => [name, body]);
        const shell = () => (path.startsWith("assets/") ? [path] : read("index.html").catch(() => [path]));
        const [name, body] = await read(path || "index.html").catch(shell);
        if (body === undefined) return answer.writeHead(404).end();
        const headers = this.#headers[path.startsWith("assets/") ? "asset" : "page"];
        answer.writeHead(200, { ...headers, "content-type": TYPES[extname(name)] ?? "application/octet-stream" });
        answer.end(body);
    }

    #passOn(asked, answer) {
        const { url: path, method, headers } = asked;
        const passed = request({ host: "127.0.0.1", port: this.home.port, path, method, headers }, (got) => {
            const told = { ...got.headers };
            const policy = told["content-security-policy"];
            if (policy !== undefined) told["content-security-policy"] = `${policy}; report-uri /reports`;
            if (path.startsWith("/field/") && got.statusCode === 200) {
                const { "content-encoding": _, "content-length": __, ...kept } = told;
                this.#headers[path.startsWith("/field/assets/") ? "asset" : "page"] = kept;
            }
            answer.writeHead(got.statusCode, told);
            got.pipe(answer);
        });
        passed.on("error", () => asked.socket.destroy());
        asked.pipe(passed);
    }
}
