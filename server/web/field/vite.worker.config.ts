// The service worker, built after the app: it holds the list of what the app consists of.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const dist = fileURLToPath(new URL("dist/", import.meta.url));
const files = readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== "sw.js" && !entry.name.endsWith(".br"))
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(dist.length).replace(/^\/+/, ""))
    .sort();
const version = createHash("sha256");
for (const file of files) version.update(file).update(readFileSync(dist + file));

export default defineConfig({
    define: {
        KEPT: JSON.stringify(files.map((file) => (file === "index.html" ? "/field/" : `/field/${file}`))),
        VERSION: JSON.stringify(version.digest("hex").slice(0, 16)),
    },
    publicDir: false,
    build: {
        target: "es2022",
        emptyOutDir: false,
        reportCompressedSize: false,
        lib: { entry: "src/sw.ts", formats: ["es"], fileName: () => "sw.js" },
    },
});
