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
        if (this.#dist !== undefined && pathname.startsWith("/field/")) return this.#file(asked, pathname.slice("/field/".length), answer);
        if (this.meddle(asked, answer)) return;
        this.#passOn(asked, answer);
    }

    /** A file of another build, with the headers that home gives the one in the program. */
    async #file(asked, path, answer) {
        const read = (name) => readFile(new URL(name, this.#dist)).then((body) => [name, body]);
        const shell = () => (path.startsWith("assets/") ? [path] : read("index.html").catch(() => [path]));
        const [name, body] = await read(path || "index.html").catch(shell);
        if (body === undefined) return answer.writeHead(404).end();
        this.#passOn(asked, answer, { body, type: TYPES[extname(name)] });
    }

    #passOn(asked, answer, instead) {
        const { url: path, method, headers } = asked;
        const passed = request({ host: "127.0.0.1", port: this.home.port, path, method, headers }, (got) => {
            const told = { ...got.headers };
            const policy = told["content-security-policy"];
            if (policy !== undefined) told["content-security-policy"] = `${policy}; report-uri /reports`;
            if (instead === undefined) {
                answer.writeHead(got.statusCode, told);
                return got.pipe(answer);
            }
            got.resume();
            delete told["content-encoding"];
            delete told["content-length"];
            answer.writeHead(200, { ...told, "content-type": instead.type ?? "application/octet-stream" });
            answer.end(instead.body);
        });
        passed.on("error", () => asked.socket.destroy());
        asked.pipe(passed);
    }
}
