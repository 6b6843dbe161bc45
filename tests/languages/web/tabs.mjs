// Several tabs of one browser, and workers, with one journal: `node tabs.mjs STORY PROFILE`.

import { readFile } from "node:fs/promises";

import { launch } from "./chromium.mjs";
import { check } from "./gate.mjs";
import { serve } from "./site.mjs";

const [path, profile] = process.argv.slice(2);
const story = await readFile(path, "utf8");
const site = await serve(0);
const browser = await launch(`${profile}/chromium`);

/** A tab, and what it does: each call is one of in_tabs.mjs. */
async function tab() {
    const page = await browser.context.newPage();
    await page.goto(`${site.origin}/tabs.html`);
    await page.waitForFunction(() => globalThis.ready);
    const does = (name, ...args) => page.evaluate(([does, given]) => tabs[does](...given), [name, args]);
    const until = (holds) => page.waitForFunction(holds, undefined, { polling: 20 });
    return { page, does, until, dies: () => page.close() };
}

const tales = {
    async "clocks that are set, and connections that are lost"() {
        const page = await tab();
        await page.does("setsClocks");
        await page.does("noticesClockSetBack", story);
        await page.does("losesConnections", story);
        await page.does("opensTwiceAtOnce", story);
        await page.dies();
    },

    async "a tab takes the journal over, and the other closes it when its calls are done"() {
        const [first, second] = [await tab(), await tab()];
        await first.does("opens", "alone", story, "over", { joins: true });
        await first.page.evaluate(() => tabs.begins(() => tabs.adds(2, "Ann")));
        await second.does("opens", "alone", story, "over", { takeOver: true });
        check((await second.does("finds", "")).join() === "Ann", "the call was done first");
        await first.until(() => globalThis.yielded);
        check((await first.does("fails", "event")) === "refused closed", "it is closed there");
        check((await first.page.evaluate(() => globalThis.begun)) === "saved_here", "and said so");

        // Who waits has it as soon as the other dies.
        await first.page.evaluate((told) => tabs.begins(() => tabs.opens("alone", told, "over", { wait: true })), story);
        await second.dies();
        await first.page.evaluate(() => globalThis.begun);
        check((await first.does("finds", "")).join() === "Ann", "it is open");
        await first.dies();
    },

    async "two tabs search and check in, and one goes on when the other closes or dies"() {
        const [first, second, third] = [await tab(), await tab(), await tab()];
        await first.does("opens", "shared", story, "both", { joins: true });
        await second.does("opens", "shared", story, "both");
        await second.does("watches");
        check((await first.does("adds", 2, "Ann")) === "saved_here", "by the owner");
        await second.until(() => seen.at(-1) === 1);
        check((await second.does("adds", 4, "Ben")) === "saved_here", "by the other");
        check((await first.does("finds", "Ben")).join() === "Ben", "the owner finds them");
        check((await second.does("finds", "Ann")).join() === "Ann", "the other finds them");
        check((await second.does("fails", "person", "nobody")) === "refused bad_input", "errors are the same");
        check((await second.does("fails", "exchange", { at: site.origin })) === "retry not_home", "an exchange goes by the owner");

        await second.does("syncs", site.origin);
        await second.until(() => statuses.at(-1)?.error && statuses.at(-1).isTyped);
        check((await second.page.evaluate(() => statuses.at(-1).undelivered)) === 2, "how the sync stands is told");

        // Who closes it waits for the calls that were made before.
        await first.page.evaluate(() => tabs.begins(() => tabs.adds(6, "Cem")));
        await first.does("closes");
        check((await first.page.evaluate(() => begun)) === "saved_here", "the owner's call was done first");
        await third.does("opens", "shared", story, "both");
        await third.page.evaluate(() => (tabs.begins(() => tabs.adds(10, "Eve")), tabs.closes()));
        check((await third.page.evaluate(() => begun)) === "saved_here", "and the other's");
        check((await second.does("finds", "Eve")).join() === "Eve", "the other has it open now");
        check((await first.does("fails", "event")) === "refused closed", "who closed it is told so");
        await third.does("opens", "shared", story, "both");
        await third.does("watches");
        await third.until(() => seen.at(-1) === 4);
        await second.dies();
        check((await third.does("adds", 8, "Dan")) === "saved_here", "a tab that died does no harm");
        check((await third.does("finds", "")).join() === "Ann,Ben,Cem,Dan,Eve", "everybody is there");
        await Promise.all([first.dies(), third.dies()]);
    },

    async "a call whose answer was lost is not done twice, and not called saved"() {
        for (const [how, isDone] of [["answersNobody", true], ["hangs", false]]) {
            const [owner, other] = [await tab(), await tab()];
            await owner.does("opens", "shared", story, how, { joins: true });
            await other.does("opens", "shared", story, how);
            await owner.does(how);
            await other.page.evaluate(() => {
                tabs.begins(() => tabs.adds(2, "Ann"));
                globalThis.asked = tabs.finds("Ann");
            });
            await owner.until(() => globalThis.lost || globalThis.hung);
            await owner.dies();
            check((await other.page.evaluate(() => begun)) === "retry unknown_outcome", how);
            const found = await other.page.evaluate(() => globalThis.asked);
            check(found.length === (isDone ? 1 : 0), [how, found]);
            if (!isDone) check((await other.does("adds", 2, "Ann")) === "saved_here", "it can be done again");
            check((await other.does("finds", "")).join() === "Ann", "once");
            await other.dies();
        }
    },

    async "a tab that has the journal to itself keeps others out until it yields"() {
        const [alone, other] = [await tab(), await tab()];
        await alone.does("opens", "alone", story, "mixed", { joins: true });
        await other.page.evaluate((told) => tabs.begins(() => tabs.opens("shared", told, "mixed")), story);
        check((await other.page.evaluate(() => begun)) === "retry in_use", "it says so at once");
        await other.does("opens", "shared", story, "mixed", { takeOver: true });
        check((await other.does("adds", 2, "Ann")) === "saved_here", "it yields");
        await alone.does("opens", "alone", story, "mixed", { takeOver: true });
        check((await other.does("fails", "event")) === "retry in_use", "and gets it back");
        await alone.does("closes");
        await other.until(() => tabs.finds("Ann").then((found) => found.length === 1, () => false));
        await Promise.all([alone.dies(), other.dies()]);
    },

    async "a worker has the journal open, and the page never loads the module"() {
        const [first, second] = [await tab(), await tab()];
        await first.does("opens", "alone", story, "worker", { joins: true });
        await first.does("adds", 2, "Ann");
        await second.does("opensInWorker", story, "worker", { takeOver: true });
        check((await second.does("finds", "")).join() === "Ann", "it is read there");
        check((await second.does("adds", 4, "Ben")) === "saved_here", "and written");
        check((await second.does("fails", "person", "nobody")) === "refused bad_input", "errors are the same");
        const loaded = () => performance.getEntriesByType("resource").filter(({ name }) => name.endsWith(".wasm")).length;
        check((await second.page.evaluate(loaded)) === 0, "the page did not load it");
        await second.page.evaluate(() => tabs.begins(() => tabs.opensInWorker("", "worker")));
        check((await second.page.evaluate(() => begun)) === "retry in_use", "as in a page");
        await first.does("opens", "alone", story, "worker", { takeOver: true });
        await second.until(() => globalThis.yielded);
        check((await second.does("fails", "event")) === "refused closed", "it yields");
        await first.does("closes");

        await first.does("opensInWorker", story, "worker", { shared: true });
        await second.does("opensInWorker", story, "worker", { shared: true });
        check((await second.does("adds", 6, "Cem")) === "saved_here", "two tabs with a worker each");
        check((await first.does("finds", "")).join() === "Ann,Ben,Cem", "both see it");
        await first.dies();
        check((await second.does("adds", 8, "Dan")) === "saved_here", "the other goes on");
        await second.does("closes");
        await second.dies();
    },
};

for (const [name, tell] of Object.entries(tales)) {
    await tell().catch((cause) => {
        throw new Error(`${name}: ${cause.message}`, { cause });
    });
}
await browser.close();
site.close();
console.log(`${Object.keys(tales).length} tales`);
