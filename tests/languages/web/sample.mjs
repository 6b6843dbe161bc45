// A person at a gate, with the sample in React, in headless Chromium: `node sample.mjs COMMAND PROFILE [MORE]`. The sample is
// built once for each command, as its author would, and served at the port `SITE_PORT`.

import { mkdir } from "node:fs/promises";

import { launch } from "./chromium.mjs";
import { check } from "./gate.mjs";
import { build, createServer, makeProject } from "./project.mjs";
import { serve } from "./site.mjs";

const [command, profile, ...more] = process.argv.slice(2);
const project = await makeProject({ sample: "react" });
await mkdir(profile, { recursive: true });
const browser = await launch(`${profile}/chromium`);

/** The sample in a tab. Whatever it throws ends the program. */
async function opens(address) {
    const page = await browser.context.newPage();
    page.on("pageerror", (cause) => {
        throw cause;
    });
    await page.goto(address);
    return page;
}

const person = (page, name) => page.getByRole("list", { name: "People" }).getByRole("listitem").filter({ hasText: name });
const onlyHere = (page, count) => page.getByLabel("Only here").getByText(String(count), { exact: true }).waitFor();
const says = (page, text) => page.getByRole("status").getByText(text).waitFor();
const field = (page) => page.getByLabel("Name, code or badge");

const acts = {
    /** Joins, scans a badge, and leaves when home has that. */
    async join(page, link, badge) {
        await page.getByLabel("Invite link").fill(link);
        await page.getByLabel("Name of this device").fill("sample");
        await page.getByRole("button", { name: "Join" }).click();
        await person(page, "Ахметова").waitFor();
        await field(page).fill(badge.slice(0, -1) + (badge.endsWith("A") ? "B" : "A"));
        await field(page).press("Enter");
        await says(page, "The badge is damaged or forged");
        await field(page).fill(badge);
        await field(page).press("Enter");
        await says(page, "In: Ахметова");
        await page.getByLabel("Inside").getByText("1", { exact: true }).waitFor();
        await onlyHere(page, 0);
        await page.getByText("at home").waitFor();
    },

    /** Works without home, in two tabs, and takes something back. */
    async offline(page) {
        await page.getByText("home is out of reach").waitFor();
        await field(page).fill("serik");
        await person(page, "Серік").getByRole("button", { name: "In" }).click();
        await says(page, "In: Серік");
        await onlyHere(page, 1);
        await page.reload();
        await onlyHere(page, 1);
        const other = await opens(page.url());
        await onlyHere(other, 1);
        await field(other).fill("akhmetova");
        await person(other, "Ахметова").getByRole("button", { name: "Out" }).click();
        await says(other, "Out: Ахметова");
        await onlyHere(page, 2);
        await page.getByText("check_out").getByRole("button", { name: "Undo" }).click();
        await says(page, "Taken back");
        await onlyHere(other, 3);
        await person(other, "inside at pier").nth(1).waitFor();
    },

    /** Hands over what waits. */
    async exchange(page) {
        await onlyHere(page, 0);
    },
};

if (command === "strict") {
    // In development React mounts everything twice.
    const development = await createServer({ root: project.path, logLevel: "error", server: { port: 0, host: "127.0.0.1" } });
    await development.listen();
    await browser.context.addInitScript(() => {
        globalThis.requests = 0;
        const { request } = LockManager.prototype;
        LockManager.prototype.request = function counted(...args) {
            globalThis.requests += 1;
            return request.apply(this, args);
        };
    });
    const page = await opens(development.resolvedUrls.local[0].replace("127.0.0.1", "localhost"));
    await page.getByLabel("Invite link").waitFor();
    check((await page.evaluate(() => globalThis.requests)) === 1, "the journal was opened once");
    await development.close();
} else {
    if (command === "join") check((await project.compiles("--project", ".")) === "", "it compiles");
    await build({ root: project.path, logLevel: "error" });
    const site = await serve(Number(process.env.SITE_PORT ?? 0), { "/": new URL("dist/", project.url) });
    const page = await opens(`${site.origin}/`);
    await acts[command](page, ...more);
    site.close();
}
await browser.close();
await project.removes();
console.log("done");
