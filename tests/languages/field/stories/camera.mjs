import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { film } from "../frames.mjs";
import { EVENT, Home } from "../home.mjs";
import { band, joins } from "../steps.mjs";

const run = promisify(execFile);

/** What stands in the code of somebody's printed badge. */
async function printed(home, code, ...more) {
    const sheet = `${home.place}/badge-${code}`;
    await home.organizer("report", "badges", "--person", code, "--out", `${sheet}.pdf`, ...more);
    await run("pdftoppm", ["-r", "200", "-png", "-singlefile", `${sheet}.pdf`, sheet]);
    const { stdout } = await run("zbarimg", ["-q", "--raw", `${sheet}.png`]);
    return stdout.trim();
}

/** The text of the code with another symbol near its end. */
function forged(text) {
    const at = text.length - 20;
    return text.slice(0, at) + (text[at] === "7" ? "8" : "7") + text.slice(at + 1);
}

/** Badges as the printer makes them, before a camera with noise, blur and tilt. */
export async function a_camera_reads_badges_and_tells_forged_and_foreign_ones_apart(place) {
    const home = await Home.start(place);
    const ours = await printed(home, "A-02");
    await home.write("other.json", JSON.stringify({ ...EVENT(), name: { en: "Other day" } }));
    const created = await home.organizer("event", "create", `${place}/other.json`);
    const other = created.match(/[0-9a-f]{32}/)[0];
    await home.organizer("import", `${place}/list.csv`, "--issuer", "list", "--apply", "--event", other);
    const foreign = await printed(home, "A-03", "--event", other);
    const [shown, hidden] = [{ frames: 15 }, { text: undefined, frames: 8 }];
    const parts = [ours, forged(ours), foreign].flatMap((text) => [{ text, ...shown }, hidden]);
    await film(`${place}/camera.y4m`, parts);

    const first = (await home.organizer("event", "list")).split("\n").find((line) => line.includes("Aral")).match(/[0-9a-f]{32}/)[0];
    const switches = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", `--use-file-for-fake-video-capture=${place}/camera.y4m`];
    const { phone, page } = await joins(home, "Gate 1", { invite: ["--role", "marker", "--site", "north", "--event", first], switches });
    await page.goto(`${home.site.origin}/field/scan`);
    await page.getByRole("button", { name: "Start the camera" }).click();
    assert.match(await band(page, "in"), /^In\s+Ахметова Ирина/);
    await phone.check(page, "camera");
    await page.getByText(/Damaged or forged badge/).waitFor();
    await page.getByText(/Badge of another event/).waitFor();
    assert.match(await band(page, "already"), /^Already in since/);
    await page.getByRole("button", { name: "Out", exact: true }).first().click();
    assert.match(await band(page, "out"), /^Out\s+Ахметова Ирина/);
    phone.assertFaultless();
    await phone.close();
    await home.stop();
}
