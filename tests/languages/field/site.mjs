// What stands before home until the binary serves the app itself: the app under `/field/` with its headers, the API passed on.
// A test takes the network away by closing it, and cuts or slows calls by `meddle`.

import { readFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { extname } from "node:path";

const DIST = new URL("../../../server/web/field/dist/", import.meta.url);

const TYPES = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".wasm": "application/wasm",
    ".svg": "image/svg+xml", ".png": "image/png", ".webmanifest": "application/manifest+json",
};

/** What a page of the app may do, and nothing more. */
export const POLICY = [
    "default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "style-src 'self'", "img-src 'self' blob: data:", "media-src 'self' blob:",
    "connect-src 'self'", "worker-src 'self'", "manifest-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
].join("; ");

const HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(self), screen-wake-lock=(self), local-network=(self), loopback-network=(), geolocation=(), microphone=(), payment=(), usb=()",
};

/** Serves the app of `dist`, and home at `home.port`. */
export class Site {
    #server;
    #dist;
    port = 0;
    /** What the browser reported against the policy. */
    reports = [];
    /** Sees each call to home before it is passed on; true means that it was answered, or cut. */
    meddle = () => false;

    constructor(home, dist = DIST) {
        this.home = home;
        this.#dist = dist;
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
        // A redirect keeps the secret that stands behind the #.
        if (pathname === "/join") return answer.writeHead(302, { location: "/field/join", "cache-control": "no-store" }).end();
        if (pathname === "/field") return answer.writeHead(308, { location: "/field/" }).end();
        if (pathname.startsWith("/field/")) return this.#file(pathname.slice("/field/".length), answer);
        if (this.meddle(asked, answer)) return;
        this.#passOn(asked, answer);
    }

    async #file(path, answer) {
        let found = path;
        let body = await readFile(new URL(path || "index.html", this.#dist)).catch(() => undefined);
        // Every other address is a screen of the app; a file that is gone is gone.
        if (body === undefined && !path.startsWith("assets/")) {
            found = "";
            body = await readFile(new URL("index.html", this.#dist));
        }
        if (body === undefined) return answer.writeHead(404, HEADERS).end();
        answer.writeHead(200, {
            ...HEADERS,
            "content-type": TYPES[extname(found || "index.html")] ?? "application/octet-stream",
            "cache-control": path.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache",
            "content-security-policy": `${POLICY}; report-uri /reports`,
        });
        answer.end(body);
    }

    #passOn(asked, answer) {
        const { url: path, method, headers } = asked;
        const passed = request({ host: "127.0.0.1", port: this.home.port, path, method, headers }, (got) => {
            answer.writeHead(got.statusCode, got.headers);
            got.pipe(answer);
        });
        passed.on("error", () => asked.socket.destroy());
        asked.pipe(passed);
    }
}
