import assert from "node:assert/strict";

import { Home } from "../home.mjs";
import { countsBecome, joins, speak, taps } from "../steps.mjs";

/** The id of a device, by its name. */
async function device(home, name) {
    const line = (await home.organizer("device", "list")).split("\n").find((line) => line.includes(name));
    return line.match(/[0-9a-f]{32}/)[0];
}

async function exchanges(page, origin) {
    await page.goto(`${origin}/field/safe`);
    await page.getByRole("button", { name: "Exchange now" }).click();
    await page.getByRole("button", { name: "Exchange now" }).waitFor();
}

/** The link breaks at one call, home is busy at the next: nothing is lost, and nothing is asked of a person. */
export async function an_exchange_goes_on_where_the_link_broke_and_when_home_was_busy(place) {
    const home = await Home.start(place);
    const { phone, page } = await joins(home, "Gate 1");
    phone.mayBeOffline = true;
    const fates = ["cut", "busy", "cut"];
    let asked = 0;
    home.site.meddle = (call, answer) => {
        if (!call.url.startsWith("/v1/")) return false;
        asked += 1;
        const fate = fates.shift();
        if (fate === "cut") call.socket.destroy();
        if (fate === "busy") answer.writeHead(429, { "retry-after": "1" }).end();
        return fate !== undefined;
    };
    await page.goto(`${home.site.origin}/field/`);
    await taps(page, "Ахметова", /Ахметова/);
    await countsBecome(page, { here: 0, home: 1 });
    assert.ok(asked > 3, `${asked} calls`);
    phone.assertFaultless();
    await phone.close();
    await home.stop();
}

/** Each record says how safe it is, in the language of the person: here, at home, waiting, not taken. */
export async function a_record_says_whether_it_is_here_at_home_waiting_or_not_taken(place) {
    const home = await Home.start(place);
    const north = await joins(home, "North gate");
    north.phone.mayBeOffline = true;
    const { origin } = home.site;
    const says = async (texts) => {
        await north.page.goto(`${origin}/field/safe`);
        for (const [short, text] of Object.entries(texts)) {
            await speak(north.page, short);
            await north.page.locator("main li.entry").first().getByText(text).waitFor();
        }
        await north.phone.check(north.page, `safe: ${texts.Eng}`);
        await speak(north.page, "Eng");
    };
    await home.kill();
    await north.page.goto(`${origin}/field/`);
    await taps(north.page, "Ахметова", /Ахметова/);
    await says({ Қаз: "тек осы телефонда", Рус: "только на этом телефоне", Eng: "only on this phone" });

    await home.serve();
    await exchanges(north.page, origin);
    await says({ Қаз: "серверде", Рус: "на сервере", Eng: "at home" });

    for (const [later, texts] of [
        ["hold", { Қаз: "ұйымдастырушыны күтуде", Рус: "ждут организатора", Eng: "wait for an organizer" }],
        ["refuse", { Қаз: "рұқсатын алып тастады", Рус: "отозвал это устройство", Eng: "revoked this device" }],
    ]) {
        const name = `Lost ${later}`;
        const lost = await joins(home, name);
        lost.phone.mayBeOffline = true;
        await home.organizer("device", "revoke", await device(home, name), "--later", later);
        await lost.page.goto(`${origin}/field/`);
        await taps(lost.page, "Ким", /Ким/);
        await lost.page.goto(`${origin}/field/safe`);
        await lost.page.getByRole("button", { name: "Exchange now" }).click();
        for (const [short, text] of Object.entries(texts)) {
            await speak(lost.page, short);
            await lost.page.locator("main li.entry").first().getByText(text).waitFor();
        }
        await lost.phone.check(lost.page, `safe: ${later}`);
        lost.phone.assertFaultless();
        await lost.phone.close();
    }
    north.phone.assertFaultless();
    await north.phone.close();
    await home.stop();
}

/** What was not handed over is handed over first; then nothing is left on the phone. */
export async function a_phone_that_is_ordered_to_forget_everything_hands_over_first(place) {
    const home = await Home.start(place);
    const { phone, page } = await joins(home, "Lost phone");
    phone.mayBeOffline = true;
    await home.kill();
    await page.goto(`${home.site.origin}/field/`);
    await taps(page, "Ахметова", /Ахметова/);
    // What was typed and not sent, and what another app handed over, are people's data too.
    await page.goto(`${home.site.origin}/field/walk-in`);
    await page.getByLabel("Name", { exact: true }).fill("Сергеева Дина");
    await page.evaluate(async () => (await caches.open("shared-files")).put("/field/shared/1", new Response("a bundle")));
    await page.goto(`${home.site.origin}/field/`);
    await home.serve();
    await home.organizer("device", "revoke", await device(home, "Lost phone"), "--wipe");
    // A start exchanges by itself.
    await page.goto(`${home.site.origin}/field/safe`);
    await page.getByRole("heading", { name: "An organizer ordered this phone to forget everything" }).waitFor();
    await phone.check(page, "wipe order");
    await page.getByRole("button", { name: "Forget everything" }).click();
    await page.getByRole("heading", { name: "This phone forgot everything" }).waitFor();
    assert.deepEqual(await page.evaluate(async () => ({
        databases: (await indexedDB.databases()).map(({ name }) => name).filter((name) => name.startsWith("field")),
        shared: await caches.has("shared-files"),
        settings: Object.keys(localStorage),
    })), { databases: [], shared: false, settings: [] });
    await page.goto(`${home.site.origin}/field/`);
    await page.getByRole("heading", { name: "Join" }).waitFor();
    phone.assertFaultless();
    await phone.close();
    await home.stop();
}

/** What one phone records stands on another one after its exchange. */
export async function what_one_gate_records_stands_at_another_gate(place) {
    const home = await Home.start(place);
    const north = await joins(home, "North gate");
    const harbour = await joins(home, "Harbour gate", { invite: ["--role", "marker", "--site", "harbour"] });
    const { origin } = home.site;
    await north.page.goto(`${origin}/field/`);
    await taps(north.page, "Ахметова", /Ахметова/);
    await countsBecome(north.page, { here: 0, home: 1 });
    await exchanges(harbour.page, origin);
    await harbour.page.goto(`${origin}/field/`);
    assert.match(await taps(harbour.page, "Ахметова", /Ахметова/), /^In here\. Was in since \d\d:\d\d, North/);
    for (const { phone } of [north, harbour]) {
        phone.assertFaultless();
        await phone.close();
    }
    await home.stop();
}
