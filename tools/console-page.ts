/** Builds the console's page into its package, unless the built one is newer than everything that it is made of. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../packages/console/", import.meta.url));
const built = join(folder, "dist/page/index.html");

/** When the newest file below a path was written. */
function newest(path: string): number {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  // A folder's own time shows that files were removed.
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

const sources = ["src/page", "src/protocol", "package.json", "vite.config.ts"].map((path) => join(folder, path));

if (!existsSync(built) || sources.some((path) => newest(path) > statSync(built).mtimeMs)) {
  // Loading the bundler takes longer than finding out that there is nothing to do.
  const { build } = await import("vite");
  await build({ configFile: join(folder, "vite.config.ts") });
}
