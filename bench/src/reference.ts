import { execFile } from "node:child_process";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Size } from "./bench.ts";
import { paddedText } from "./payload.ts";
import { expectNumber } from "./rows.ts";
import type { BenchServer } from "./server.ts";

const run = promisify(execFile);

/** What ratios are to: how the report names it. */
export const referenceName = "pgbench: prepared upsert of one row of 1 KB, 32 clients, 2 threads";

const script = String.raw`\set key random(1, 10000)
insert into reference_state (key, value) values (:key, '${JSON.stringify({ text: paddedText })}')
on conflict (key) do update set value = excluded.value, version = reference_state.version + 1, updated_at = now();
`;

/** Where pgbench is; Debian keeps it beside the server, and links to it only in some of its packages. */
export function pgbenchProgram(): string {
  const debian = "/usr/lib/postgresql";
  const majors = existsSync(debian) ? readdirSync(debian).toSorted((a, b) => Number(b) - Number(a)) : [];
  const folders = [...(process.env["PATH"] ?? "").split(":"), ...majors.map((major) => `${debian}/${major}/bin`)];
  const program = folders.map((folder) => join(folder, "pgbench")).find((file) => existsSync(file));
  if (program === undefined) {
    throw new Error("pgbench, to which everything is compared, is not installed: apt-get install postgresql-contrib");
  }
  return program;
}

/** How many transactions each of the clients makes in about a second. */
const eachPerSecond = 400;

/** Measures the reference once: transactions a second. */
export async function measureReference(server: BenchServer, size: Size): Promise<number> {
  return server.withDatabase(async ({ pool, url }) => {
    await pool.query(`create table reference_state (
      key int primary key, value json not null, version bigint not null default 1, updated_at timestamptz default now())`);
    const folder = await mkdtemp(join(tmpdir(), "holdfast-bench-"));
    try {
      const file = join(folder, "upsert.sql");
      writeFileSync(file, script);
      // By their number, for pgbench counts time in whole seconds: as many as take about as long as a contender has.
      const each = String(Math.ceil(size.seconds * eachPerSecond));
      const load = ["-n", "-M", "prepared", "-f", file, "-c", "32", "-j", "2", "-t", each];
      const { stdout } = await run(pgbenchProgram(), [...load, url]);
      const transactions = numberIn(stdout, /transactions actually processed: (\d+)/);
      await expectNumber(pool, "select sum(version) from reference_state", transactions);
      return numberIn(stdout, /tps = ([\d.]+)/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

function numberIn(output: string, pattern: RegExp): number {
  const [, digits] = pattern.exec(output) ?? [];
  if (digits === undefined) throw new Error(`pgbench said nothing like ${pattern.source}:\n${output}`);
  return Number(digits);
}
