import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";

import { Home } from "../home.mjs";
import { counts, countsBecome, joins, taps } from "../steps.mjs";

/** What one phone recorded travels as a file on another one, and reaches home with it. */
export async function a_file_carries_records_from_one_phone_home_on_another(place) {
    const home = await Home.start(place);
    const north = await joins(home, "North gate");
    const bus = await joins(home, "Bus", { invite: ["--role", "marker", "--site", "harbour"] });
    await home.kill();
    for (const { phone } of [north, bus]) phone.mayBeOffline = true;
    await north.page.goto(`${home.site.origin}/field/`);
    await taps(north.page, "Ахметова", /Ахметова/);
    await north.page.goto(`${home.site.origin}/field/hand-over`);
    await north.phone.check(north.page, "hand over");
    const [download] = await Promise.all([north.page.waitForEvent("download"), north.page.getByRole("button", { name: "Save into a file" }).click()]);
    const file = `${place}/bundle.txt`;
    await writeFile(file, await readFile(await download.path()));
    await north.page.getByText(/The file holds \d+ KB/).waitFor();

    await bus.page.goto(`${home.site.origin}/field/hand-over`);
    await bus.page.locator("input[type=file]").setInputFiles(file);
    await bus.page.getByText(/Taken over: [1-9]\d* new/).waitFor();
    // A second time brings nothing; a file that is no bundle says so.
    await bus.page.locator("input[type=file]").setInputFiles(file);
    await bus.page.getByText("Taken over: 0 new changes.").waitFor();
    await bus.page.locator("input[type=file]").setInputFiles({ name: "letter.txt", mimeType: "text/plain", buffer: Buffer.from("Dear all") });
    await bus.page.getByRole("alert").waitFor();

    await home.serve();
    await bus.page.goto(`${home.site.origin}/field/safe`);
    await bus.page.getByRole("button", { name: "Exchange now" }).click();
    await bus.page.getByText(/Last exchange/).waitFor();
    const rows = await home.report("attendance");
    assert.deepEqual(rows.map(({ name }) => name), ["Ахметова Ирина"]);
    await north.page.goto(`${home.site.origin}/field/safe`);
    await countsBecome(north.page, { here: 0, home: 1 });
    assert.equal((await counts(north.page)).home, 1);
    for (const { phone } of [north, bus]) {
        phone.assertFaultless();
        await phone.close();
    }
    await home.stop();
}

/** A file from another app is kept by the service worker before the page opens. */
export async function a_file_that_another_app_shares_is_taken_over_without_a_network(place) {
    const home = await Home.start(place);
    const north = await joins(home, "North gate");
    const bus = await joins(home, "Bus");
    for (const { phone } of [north, bus]) phone.mayBeOffline = true;
    await home.stop();
    await north.page.goto(`${home.site.origin}/field/`);
    await taps(north.page, "Ким", /Ким/);
    await north.page.goto(`${home.site.origin}/field/hand-over`);
    const [download] = await Promise.all([north.page.waitForEvent("download"), north.page.getByRole("button", { name: "Save into a file" }).click()]);
    const bundle = (await readFile(await download.path())).toString("base64");
    await bus.page.goto(`${home.site.origin}/field/`);
    await bus.page.evaluate(async (bundle) => {
        const form = new FormData();
        const bytes = Uint8Array.from(atob(bundle), (symbol) => symbol.charCodeAt(0));
        form.append("bundle", new File([bytes], "saxaul.txt", { type: "text/plain" }));
        const answer = await fetch("/field/share", { method: "POST", body: form, redirect: "manual" });
        if (answer.type !== "opaqueredirect") throw new Error(`share: ${answer.type} ${answer.status}`);
    }, bundle);
    await bus.page.goto(`${home.site.origin}/field/hand-over`);
    await bus.page.getByText(/Taken over: [1-9]\d* new/).waitFor();
    for (const { phone } of [north, bus]) {
        phone.assertFaultless();
        await phone.close();
    }
}
