// The stories of the field app: `node run.mjs [NAME…]` runs those whose names contain one of the words.

import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";

process.setMaxListeners(0);
// Browsers and servers end with this program, however it ends.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));
const wanted = process.argv.slice(2);
const files = (await readdir(new URL("stories/", import.meta.url))).filter((name) => name.endsWith(".mjs")).sort();
/** No story takes longer, on the slowest machine; more kills than usual need more time. */
const LONGEST_MS = 1000 * Number(process.env.LONGEST_S ?? 180);

let failed = 0;
let told = 0;

for (const file of files) {
    for (const [name, story] of Object.entries(await import(`./stories/${file}`))) {
        if (wanted.length > 0 && !wanted.some((word) => name.includes(word) || file.includes(word))) continue;
        const place = await mkdtemp(`${tmpdir()}/field-`);
        const began = Date.now();
        try {
            await Promise.race([story(place), overdue()]);
            console.log(`ok      ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
        } catch (cause) {
            failed += 1;
            console.log(`FAILED  ${name}\n${cause.stack ?? cause}`);
        }
        told += 1;
        await rm(place, { recursive: true, force: true, maxRetries: 9 });
    }
}
/** A story that hangs fails; it ends with this program. */
function overdue() {
    return new Promise((_, reject) => setTimeout(() => reject(new Error(`it did not end in ${LONGEST_MS / 1000} s`)), LONGEST_MS).unref());
}

if (told === 0) throw new Error(`no story is called ${wanted}`);
console.log(`${told - failed} of ${told} stories`);
process.exit(failed === 0 ? 0 : 1);
