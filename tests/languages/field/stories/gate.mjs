import assert from "node:assert/strict";

import { Home } from "../home.mjs";
import { band, countsBecome, found, joins, mode, search, speak, taps } from "../steps.mjs";

/** From the link of an invite to "ready for the field", and on without a network. */
export async function a_phone_joins_once_and_works_after_a_cold_start_without_any_server(place) {
    const home = await Home.start(place);
    const { phone, page } = await joins(home, "Gate 1");
    assert.equal(new URL(page.url()).hash, "", "the secret of the invite has left the address");
    await phone.check(page, "ready");
    await page.getByRole("link", { name: "Begin" }).click();
    await page.getByRole("heading", { name: "Gate: North" }).waitFor();
    await phone.check(page, "gate");
    phone.mayBeOffline = true;
    await home.stop();
    await phone.dies();

    await phone.launch();
    const cold = await phone.open("/");
    await cold.getByRole("heading", { name: "Gate: North" }).waitFor();
    for (const [text, name] of [["akhm", /Ахметова/], ["серик", /Серікқызы/], ["2233", /Ким/], ["A-04", /Жұмабаев/], ["Erga", /Erğaliev/]]) {
        assert.match(await taps(cold, text, name), /^In\b/);
    }
    await phone.check(cold, "gate with a band");
    await countsBecome(cold, { here: 5, home: 0 });
    await phone.dies();

    await home.site.open();
    await home.serve();
    await phone.launch();
    const again = await phone.open("/");
    await countsBecome(again, { here: 0, home: 5 });
    const people = await home.report("attendance");
    assert.equal(people.length, 5);
    phone.assertFaultless();
    await phone.close();
    await home.stop();
}

export async function a_person_is_found_in_any_spelling_by_code_and_by_the_end_of_a_phone(place) {
    const home = await Home.start(place);
    const { phone, page } = await joins(home, "Gate 1");
    await page.goto(`${home.site.origin}/field/`);
    const finds = async (text, name) => {
        await search(page, text);
        await page.getByRole("button", { name }).first().waitFor();
        const names = await found(page);
        assert.ok(names.some((shown) => name.test(shown)), `${text}: ${names}`);
    };
    await finds("Сер", /Серікқызы Айгүл/);
    await finds("айгул", /Серікқызы Айгүл/);
    await finds("Aig", /Серікқызы Айгүл/);
    await finds("Қан", /Жұмабаев Қанат/);
    await finds("kan", /Жұмабаев Қанат/);
    await finds("Ерғалиев", /Yroslav/);
    await finds("4122", /Серікқызы Айгүл/);
    // The code that is printed under a badge, heard over a bad line: one symbol may be wrong.
    await search(page, "Ахметова");
    const spoken = (await page.locator("button.entry .about").first().innerText()).match(/· ([0-9A-Z]{6}) ·/)[1];
    await finds(spoken, /Ахметова Ирина/);
    const misheard = (spoken[2] === "7" ? "8" : "7") + spoken.slice(3);
    await finds(spoken.slice(0, 2) + misheard, /Ахметова Ирина/);
    await page.getByText("maybe: code but for one symbol, ask for the name").waitFor();
    await search(page, "Вольфганг");
    await page.getByText("Nobody found.").waitFor();
    await search(page, "С");
    await page.getByText("From two letters").waitFor();
    phone.assertFaultless();
    await phone.close();
    await home.stop();
}

/** Enter checks in the only person who is found by what is typed now; nobody by a guess, nobody by what was typed before. */
export async function enter_takes_who_is_found_for_certain_and_no_guess(place) {
    const home = await Home.start(place);
    const { phone, page } = await joins(home, "Gate 1");
    await page.goto(`${home.site.origin}/field/`);
    for (const [short, mark] of [["Қаз", "мүмкін: атында қате бар"], ["Рус", "возможно: имя с ошибкой"], ["Eng", "maybe: name but for a mistake"]]) {
        await speak(page, short);
        await search(page, "Ахметава");
        await page.getByText(mark).waitFor();
        await page.getByRole("searchbox").press("Enter");
    }
    // The list still shows whom the text before found when Enter is pressed.
    await search(page, "Ким");
    await page.getByRole("button", { name: /Ким Виктор/ }).waitFor();
    await page.getByRole("searchbox").evaluate((box) => {
        box.value = "Вольфганг";
        box.dispatchEvent(new InputEvent("input", { bubbles: true }));
        box.form.requestSubmit();
    });
    await page.getByText("Nobody found.").waitFor();
    await search(page, "Нұрланұлы");
    await page.getByRole("searchbox").press("Enter");
    assert.match(await band(page, "in"), /Нұрланұлы Әлихан/);
    await countsBecome(page, { here: 0, home: 1 });
    assert.deepEqual((await home.report("attendance")).map(({ name }) => name), ["Нұрланұлы Әлихан"]);
    phone.assertFaultless();
    await phone.close();
    await home.stop();
}

export async function in_out_already_in_and_undo_are_told_apart_and_hours_are_as_if_never(place) {
    const home = await Home.start(place);
    const { phone, page } = await joins(home, "Gate 1");
    await page.goto(`${home.site.origin}/field/`);
    assert.match(await taps(page, "Ахметова", /Ахметова/), /^In/);
    assert.match(await taps(page, "Ахметова", /Ахметова/), /^Already in since \d\d:\d\d, North/);
    await page.locator("[data-band]").getByRole("button", { name: "Out instead" }).click();
    assert.match(await band(page, "out"), /^Out/);
    await mode(page, "By itself");
    await taps(page, "Ким", /Ким/);
    await search(page, "Ким");
    await page.getByRole("button", { name: /Ким Виктор/ }).first().click();
    assert.match(await band(page, "soon"), /Out already\?/);
    await phone.check(page, "asked");
    await page.locator("[data-band]").getByRole("button", { name: "Cancel" }).click();
    await mode(page, "In");
    await taps(page, "Әлихан", /Әлихан/);
    await page.locator("[data-band]").getByRole("button", { name: "Undo" }).click();
    await band(page, "undone");
    // One that is not the last: in the list of the last five.
    await page.getByRole("button", { name: "Undo: Ким Виктор" }).click();
    await page.getByText("taken back").first().waitFor();
    await page.goto(`${home.site.origin}/field/safe`);
    await page.getByRole("button", { name: "Exchange now" }).click();
    await page.waitForFunction(() => /\b0 here/.test(document.querySelector("a.status").textContent));
    const rows = await home.report("attendance");
    assert.deepEqual(rows.map(({ subjects }) => subjects), ["A-02"], JSON.stringify(rows));
    phone.assertFaultless();
    await phone.close();
    await home.stop();
}

export async function every_language_is_there_without_a_reload(place) {
    const home = await Home.start(place);
    const { phone, page } = await joins(home, "Gate 1");
    await page.goto(`${home.site.origin}/field/`);
    await search(page, "Ахм");
    await found(page);
    for (const [short, lang, heading] of [["Қаз", "kk", "Қақпа: Солтүстік"], ["Рус", "ru", "Ворота: Север"], ["Eng", "en", "Gate: North"]]) {
        await speak(page, short);
        await page.getByRole("heading", { name: heading }).waitFor();
        assert.equal(await page.locator("html").getAttribute("lang"), lang);
        assert.equal(await page.getByRole("searchbox").inputValue(), "Ахм");
    }
    phone.assertFaultless();
    await phone.close();
    await home.stop();
}

