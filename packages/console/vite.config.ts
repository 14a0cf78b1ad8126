import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

/** Builds the page into the package: relative addresses, so that it works wherever the console is mounted. */
export default defineConfig({
  root: fileURLToPath(new URL("src/page", import.meta.url)),
  base: "./",
  logLevel: "warn",
  build: {
    outDir: "../../dist/page",
    emptyOutDir: true,
    target: "es2022",
    // A data: address would need an exception in the Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Directives of server components say nothing to a page.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
});
