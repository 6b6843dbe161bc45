import { Home } from "../home.mjs";
import { screens, themes, tongues, whatIsCut } from "../screens.mjs";
import { joins, speak } from "../steps.mjs";

async function each(home, page, act) {
    for (const [name, [path, prepare]] of Object.entries(screens)) {
        await page.goto(`${home.site.origin}/field${path}`);
        await page.locator("main h1").waitFor();
        await prepare?.(page);
        await act(name);
    }
}

/** No screen hinders a person who sees little or uses no pointer, whatever its colours are. */
export async function every_screen_is_free_of_serious_hindrances_in_every_theme(place) {
    const home = await Home.start(place);
    const { phone, page } = await joins(home, "Gate 1", { invite: ["--role", "lead", "--site", "north"] });
    for (const theme of themes) {
        await page.evaluate((theme) => localStorage.setItem("field.theme", theme), theme);
        await each(home, page, (name) => phone.check(page, `${name}, ${theme}`));
    }
    phone.assertFaultless();
    await phone.close();
    await home.stop();
}

/** With letters of double size no word is cut, and no screen scrolls sideways. */
export async function nothing_is_cut_off_where_letters_are_twice_as_large(place) {
    const home = await Home.start(place);
    const { phone, page } = await joins(home, "Gate 1", { invite: ["--role", "lead", "--site", "north"] });
    const cut = [];
    for (const [tongue, short] of tongues) {
        await page.goto(`${home.site.origin}/field/`);
        await speak(page, short);
        await each(home, page, async (name) => {
            await page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
            cut.push(...(await page.evaluate(whatIsCut)).map((text) => `${name}, ${tongue}: ${text}`));
        });
    }
    if (cut.length > 0) throw new Error(cut.join("\n"));
    phone.assertFaultless();
    await phone.close();
    await home.stop();
}
