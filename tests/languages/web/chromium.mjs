// Headless Chromium, as a process of its own that can be killed as a phone dies.

import { spawn } from "node:child_process";
import { createRequire } from "node:module";

// Playwright's client stands with the tools that `.ci/setup` installs.
const { chromium } = createRequire(new URL("../../../target/tools/web/", import.meta.url))("playwright-core");

const QUIET = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
];

/** Starts Chromium with a profile that stays; gives it, its pages, and what kills it. */
export async function launch(profile) {
    const program = process.env.CHROMIUM ?? "/usr/bin/chromium";
    const args = [...QUIET, `--user-data-dir=${profile}`, "--remote-debugging-port=0", "about:blank"];
    const child = spawn(program, args, { detached: true, stdio: ["ignore", "ignore", "pipe"] });
    const kill = () => {
        try {
            process.kill(-child.pid, "SIGKILL");
        } catch {
            // It has ended.
        }
    };
    process.on("exit", kill);
    const ended = new Promise((done) => child.on("exit", done));
    const browser = await chromium.connectOverCDP(await address(child));
    const [context] = browser.contexts();
    return { context, kill, ended, async close() {
        await browser.close();
        kill();
        await ended;
    } };
}

/** Where it listens, as it says itself. */
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
