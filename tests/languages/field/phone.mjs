// A phone: Chromium as a process of its own, with a profile that stays. It fails on what no page may do: an error on the
// console, a report against the policy, a request to another origin, a serious hindrance to a person.

import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const app = createRequire(new URL("../../../server/web/field/package.json", import.meta.url));
const { chromium } = app("playwright-core");
const axe = await readFile(app.resolve("axe-core/axe.min.js"), "utf8");

const QUIET = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--mute-audio", "--hide-scrollbars",
];
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
/** What the browser itself says where a story took the network away. */
const WITHOUT_NETWORK = /net::ERR_|Failed to load resource|An unknown error occurred when fetching the script/;

export class Phone {
    #child;
    #browser;
    faults = [];
    /** Whether a story takes the network away: the browser then says so on the console. */
    mayBeOffline = false;

    constructor(profile, site) {
        this.profile = profile;
        this.site = site;
    }

    /** Starts the browser. `more` are further switches, as for a fake camera. */
    static async start(profile, site, more = []) {
        const phone = new Phone(profile, site);
        await phone.launch(more);
        return phone;
    }

    async launch(more = []) {
        const program = process.env.CHROMIUM ?? "/usr/bin/chromium";
        const args = [...QUIET, ...more, `--user-data-dir=${this.profile}`, "--remote-debugging-port=0", "about:blank"];
        this.#child = spawn(program, args, { detached: true, stdio: ["ignore", "ignore", "pipe"] });
        process.on("exit", () => this.kill());
        this.#browser = await chromium.connectOverCDP(await address(this.#child));
        [this.context] = this.#browser.contexts();
        await this.context.setDefaultTimeout(30_000);
        await this.context.route("**/*", (route) => {
            const url = new URL(route.request().url());
            if (url.protocol.startsWith("http") && url.origin !== this.site.origin) this.faults.push(`a request to ${url.origin}`);
            return route.fallback();
        });
    }

    /** A page of the app at a path below `/field`, 390 pixels wide. */
    async open(path = "/", { width = 390, height = 844 } = {}) {
        const page = await this.context.newPage();
        await page.setViewportSize({ width, height });
        this.watch(page);
        await page.goto(path.startsWith("http") ? path : `${this.site.origin}/field${path}`);
        return page;
    }

    watch(page) {
        page.on("console", (message) => {
            if (message.type() !== "error" && message.type() !== "warning") return;
            if (this.mayBeOffline && WITHOUT_NETWORK.test(message.text())) return;
            this.faults.push(`console: ${message.text()} ${message.location().url}`);
        });
        page.on("pageerror", (error) => this.faults.push(`page: ${error.stack ?? error}`));
    }

    /** Ends the browser as a dying phone does. */
    kill() {
        try {
            process.kill(-this.#child.pid, "SIGKILL");
        } catch {
            // It has ended.
        }
    }

    async dies() {
        const ended = new Promise((done) => this.#child.on("exit", done));
        this.kill();
        await ended;
        await this.#browser.close().catch(() => undefined);
    }

    async close() {
        await this.#browser.close();
        await this.dies();
    }

    /** What hinders a person on this screen, seriously. */
    async check(page, what) {
        await page.evaluate(axe);
        const found = await page.evaluate((rules) => globalThis.axe.run({ runOnly: { type: "tag", values: rules } }), RULES);
        for (const { id, impact, nodes } of found.violations) {
            if (impact !== "serious" && impact !== "critical") continue;
            // What stands behind a bar at the edge of the screen comes out when it is scrolled.
            const hindering = nodes.filter(({ any }) => id !== "target-size" || !/partially obscured/.test(any[0]?.message ?? ""));
            if (hindering.length === 0) continue;
            this.faults.push(`${what}: ${id}: ${hindering.map(({ html, any }) => `${html.slice(0, 160)} ${any[0]?.message ?? ""}`).join("\n    ")}`);
        }
    }

    /** Fails if anything happened that no page may do. */
    assertFaultless() {
        const faults = [...this.faults, ...this.site.reports.map((report) => `policy: ${report}`)];
        if (faults.length > 0) throw new Error(faults.join("\n"));
    }
}

function address(child) {
    return new Promise((resolve, reject) => {
        let said = "";
        child.stderr.on("data", (text) => {
            said += text;
            const found = said.match(/DevTools listening on (ws:\S+)/);
            if (found) resolve(found[1]);
        });
        child.on("exit", () => reject(new Error(`Chromium ended:\n${said}`)));
        child.on("error", reject);
    });
}
