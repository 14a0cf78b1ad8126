#!/usr/bin/env node
// npm makes the link to a command while it installs. In a clone nothing is built by then, and it links only what is there.
import { existsSync } from "node:fs";

const command = new URL("../dist/cli/main.js", import.meta.url);

if (existsSync(command)) {
  await import(command.href);
} else {
  console.error("holdfast-contract: dist is missing, since this clone is not built yet: run `npm run build` in it.");
  process.exitCode = 1;
}
