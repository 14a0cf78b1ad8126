import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { root: import.meta.dirname, include: ["world.suite.mjs"], setupFiles: ["newer-node.mjs"] },
});
