// The check of types must find a mistake where one is: a check that finds none anywhere would pass for ever.

import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const canary = `${root}/src/Canary.svelte`;
writeFileSync(canary, `<script lang="ts">\n    import type { PersonRow } from "./journal";\n\n    const row: PersonRow = { name: 7 };\n</script>\n\n{row.name}\n`);
let found;
try {
    found = spawnSync(`${root}/node_modules/.bin/svelte-check`, ["--tsconfig", "tsconfig.json", "--output", "machine"], { cwd: root, encoding: "utf8" });
} finally {
    rmSync(canary);
}
if (!/ERROR "src\/Canary\.svelte"/.test(found.stdout)) {
    console.error(found.stdout, "\nsvelte-check does not see a mistake in a type");
    process.exit(1);
}
