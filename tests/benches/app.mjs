// Opens the journal at a path again and again in Node, and prints how long that took and the first page of people after it,
// in milliseconds: `node app.mjs PATH TIMES`.

import { rm } from "node:fs/promises";

import { open } from "../../target/bindings/web/dist/node.js";

const [path, times] = process.argv.slice(2);

const began = performance.now();
const empty = await open(`${path}.empty`);
const load = performance.now() - began;
await empty.shutDown();
await rm(`${path}.empty`);

const [opened, paged] = [[], []];
for (let time = 0; time < Number(times); time += 1) {
    const start = performance.now();
    const journal = await open(path);
    const middle = performance.now();
    const page = await journal.people({ limit: 20 });
    const end = performance.now();
    if (page.rows.length !== 20) throw new Error("that is no page");
    opened.push(middle - start);
    paged.push(end - middle);
    await journal.shutDown();
}
console.log(JSON.stringify({ load, opened, paged }));
