import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

import { Home, until } from "../home.mjs";
import { band, counts, countsBecome, joins, search, taps } from "../steps.mjs";

/** So often the browser is killed between a tap and what it comes to. */
const KILLS = Number(process.env.KILLS ?? 6);

/** What the band called saved is there, at whatever moment the browser dies after it. */
export async function nothing_that_was_called_saved_is_lost_by_a_killed_browser(place) {
    const home = await Home.start(place);
    const { phone, page } = await joins(home, "Gate 1");
    phone.mayBeOffline = true;
    await home.stop();
    let tab = page;
    let said = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
        await tab.goto(`${home.site.origin}/field/`);
        await tab.getByRole("searchbox").fill("Ахметова");
        const row = tab.locator("button.entry").first();
        await row.waitFor();
        const before = (await counts(tab)).here;
        assert.ok(before >= said, `${before} records are there, ${said} were called saved`);
        // At every kill a little later: before the tap is heard, while it is written, after the band.
        const delay = (kill * 37) % 150;
        const shown = tab.locator("[data-band]").waitFor({ timeout: 5_000 }).then(() => (said = before + 1), () => undefined);
        await Promise.all([row.click({ noWaitAfter: true }).catch(() => undefined), sleep(delay)]);
        await phone.dies();
        await shown;
        await phone.launch();
        tab = await phone.open("/");
    }
    await tab.getByRole("heading", { name: "Gate: North" }).waitFor();
    assert.ok((await counts(tab)).here >= said);
    phone.assertFaultless();
    await phone.close();
}

/** One tab at a time has the journal; another takes it over when it is told to. */
export async function a_second_tab_offers_to_work_there_and_the_first_yields(place) {
    const home = await Home.start(place);
    const { phone, page } = await joins(home, "Gate 1");
    await page.goto(`${home.site.origin}/field/`);
    await taps(page, "Ахметова", /Ахметова/);
    const second = await phone.open("/");
    await second.getByRole("heading", { name: "Open in another tab" }).waitFor();
    await phone.check(second, "in another tab");
    await second.getByRole("button", { name: "Use here" }).click();
    await second.getByRole("heading", { name: "Gate: North" }).waitFor();
    await page.getByRole("heading", { name: "Open in another tab" }).waitFor();
    assert.match(await taps(second, "Ахметова", /Ахметова/), /^Already in/);
    await page.getByRole("button", { name: "Use here" }).click();
    await page.getByRole("heading", { name: "Gate: North" }).waitFor();
    await countsBecome(page, { here: 0, home: 2 });
    phone.assertFaultless();
    await phone.close();
    await home.stop();
}

/** Without space nothing is half done: the band says so and stays; with space again, the same tap is saved. */
export async function without_space_the_band_stays_red_and_nothing_is_half_done(place) {
    const home = await Home.start(place);
    const { phone } = await joins(home, "Gate 1");
    await phone.dies();
    await phone.launch();
    // The browser remembers how much space there was: the journal is opened after it was taken away.
    const page = await phone.open("/manifest.webmanifest");
    const developer = await phone.context.newCDPSession(page);
    const { origin } = home.site;
    await developer.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1 });
    await page.goto(`${origin}/field/`);
    assert.match(await taps(page, "Ахметова", /Ахметова/), /^Not saved/);
    await phone.check(page, "not saved");
    await page.getByRole("button", { name: "Try again" }).click();
    assert.match(await band(page, "unsaved"), /^Not saved/);
    assert.equal((await counts(page)).here, 0);
    await developer.send("Storage.overrideQuotaForOrigin", { origin });
    await page.getByRole("button", { name: "Try again" }).click();
    assert.match(await band(page, "in"), /^In\s+Ахметова/);
    await countsBecome(page, { here: 0, home: 1 });
    phone.assertFaultless();
    await phone.close();
    await home.stop();
}

/** Where a registration and a report failed to be saved, the band's second try ends them as the first one would have. */
export async function what_is_tried_again_is_recorded_once_and_its_form_is_left(place) {
    const home = await Home.start(place);
    const { phone } = await joins(home, "Gate 1");
    const { origin } = home.site;
    let page;
    const forms = [
        { path: "/walk-in", box: "Name", text: "Сергеева Дина", send: "Register and check in", saved: "registered" },
        { path: "/incident", box: "What happened?", text: "A broken rail", send: "Report", saved: "noted" },
    ];
    for (const { path, box, text, send, saved } of forms) {
        // The browser remembers how much space there was: the journal is opened after it was taken away.
        await phone.dies();
        await phone.launch();
        page = await phone.open("/manifest.webmanifest");
        const developer = await phone.context.newCDPSession(page);
        await developer.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1 });
        await page.goto(`${origin}/field${path}`);
        await page.getByLabel(box, { exact: true }).fill(text);
        await page.getByRole("button", { name: send }).click();
        await band(page, "unsaved");
        // What failed is not tried again as it was, once it was changed: its form sends it.
        await page.getByLabel(box, { exact: true }).fill(`${text}!`);
        await page.locator("[data-band]").waitFor({ state: "detached" });
        await page.getByLabel(box, { exact: true }).fill(text);
        await page.getByRole("button", { name: send }).click();
        await band(page, "unsaved");
        await developer.send("Storage.overrideQuotaForOrigin", { origin });
        await page.getByRole("button", { name: "Try again" }).click();
        await band(page, saved);
        await page.getByRole("heading", { name: "Gate: North" }).waitFor();
        await page.goto(`${origin}/field${path}`);
        await page.getByRole("button", { name: send }).click();
        await page.getByText(/^Write /).waitFor();
        assert.equal(await page.getByLabel(box, { exact: true }).inputValue(), "");
    }
    await countsBecome(page, { here: 0, home: 3 });
    assert.deepEqual((await home.report("attendance")).map(({ name }) => name), ["Сергеева Дина"]);
    phone.assertFaultless();
    await phone.close();
    await home.stop();
}

/** Where the journal's worker fails while it saves, the band sends people to the records, and offers no second try. */
export async function an_act_whose_outcome_is_not_known_is_not_tried_again(place) {
    const home = await Home.start(place);
    const { phone, page } = await joins(home, "Gate 1");
    await page.addInitScript(() => {
        // The worker does what it is asked; its answer to an act is lost with an error.
        const Real = globalThis.Worker;
        globalThis.Worker = class extends Real {
            postMessage(asked, ...more) {
                super.postMessage(asked, ...more);
                if (asked.call === "perform") this.onerror(new ErrorEvent("error", { message: "lost" }));
            }
        };
    });
    await page.goto(`${home.site.origin}/field/`);
    assert.match(await taps(page, "Ахметова", /Ахметова/), /^Not known whether it was saved/);
    const shown = page.locator("[data-band]");
    assert.equal(await shown.getByRole("button", { name: "Try again" }).count(), 0);
    await phone.check(page, "outcome not known");
    await shown.getByRole("link", { name: "Records" }).click();
    await page.getByRole("main").getByText("Ахметова Ирина").waitFor();
    phone.assertFaultless();
    await phone.close();
    await home.stop();
}

/** A finger that trembles presses a button twice: one record is made. */
export async function a_double_tap_records_once(place) {
    const home = await Home.start(place);
    const { phone, page } = await joins(home, "Gate 1");
    const twice = (name) => page.getByRole("button", { name, exact: true }).first().evaluate((button) => {
        button.click();
        button.click();
    });
    await page.goto(`${home.site.origin}/field/incident`);
    await page.getByLabel("What happened?").fill("A broken rail");
    await twice("Report");
    await band(page, "noted");
    await countsBecome(page, { here: 0, home: 1 });
    await page.goto(`${home.site.origin}/field/`);
    await search(page, "Ахметова");
    await page.getByRole("link", { name: "About Ахметова Ирина" }).click();
    let records = 1;
    for (const name of ["Did not come", "Was briefed", "In", "Out"]) {
        await twice(name);
        await countsBecome(page, { here: 0, home: (records += 1) });
    }
    await page.getByLabel("Name of the guardian").fill("Ахметова Анна");
    await twice("Note consent");
    await countsBecome(page, { here: 0, home: (records += 1) });
    await page.goto(`${home.site.origin}/field/`);
    await twice("Undo: Ахметова Ирина");
    await countsBecome(page, { here: 0, home: (records += 1) });
    await page.goto(`${home.site.origin}/field/walk-in`);
    await page.getByLabel("Name", { exact: true }).fill("Сергеева Дина");
    await twice("Register and check in");
    await band(page, "registered");
    await countsBecome(page, { here: 0, home: (records += 2) });
    phone.assertFaultless();
    await phone.close();
    await home.stop();
}

/** A new version waits while records wait; it is used from the next start on, or when a person says so. */
export async function a_new_version_never_takes_the_page_away(place) {
    const home = await Home.start(place);
    const { phone, page } = await joins(home, "Gate 1");
    await page.goto(`${home.site.origin}/field/`);
    const version = () => page.evaluate(() => new Promise((told) => {
        const channel = new MessageChannel();
        channel.port1.onmessage = ({ data }) => told(data);
        navigator.serviceWorker.controller.postMessage("which", [channel.port2]);
    }));
    const first = await version();
    await home.kill();
    await taps(page, "Ахметова", /Ахметова/);
    await page.evaluate(() => (globalThis.isSamePage = true));

    // Another build: the same app under another version.
    const dist = await mkdtemp(`${place}/dist-`);
    await cp(new URL("../../../../server/web/field/dist/", import.meta.url), dist, { recursive: true });
    const worker = `${dist}/sw.js`;
    await writeFile(worker, (await readFile(worker, "utf8")).replaceAll(first, "another-version"));
    home.site.dist = new URL(`file://${dist}/`);
    await page.evaluate(() => navigator.serviceWorker.getRegistration().then((registration) => registration.update()));
    await page.getByRole("button", { name: "Change over" }).waitFor();
    await phone.check(page, "a new version waits");
    assert.equal(await version(), first);
    assert.equal(await page.evaluate(() => globalThis.isSamePage), true, "the page was not loaded anew");
    await countsBecome(page, { here: 1, home: 0 });

    await page.getByRole("button", { name: "Change over" }).click();
    await page.waitForFunction(() => globalThis.isSamePage === undefined);
    await page.getByRole("heading", { name: "Gate: North" }).waitFor();
    await until(async () => (await version()) === "another-version");
    await countsBecome(page, { here: 1, home: 0 });
    phone.mayBeOffline = true;
    phone.assertFaultless();
    await phone.close();
    await home.stop();
}
