import { svelte } from "@sveltejs/vite-plugin-svelte";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

/** The package as `make web` builds it. */
const saxaul = fileURLToPath(new URL("../../../target/bindings/web/dist/index.js", import.meta.url));

export default defineConfig({
    base: "/field/",
    plugins: [svelte()],
    resolve: { alias: { saxaul } },
    worker: { format: "es" },
    build: {
        target: "es2022",
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        sourcemap: false,
        reportCompressedSize: false,
        rolldownOptions: {
            // The page takes sentences from the package and leaves the core to the worker.
            treeshake: { moduleSideEffects: (id: string) => !id.includes("/bindings/web/") },
        },
    },
});
