import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { expect, test } from "vitest";
import { ownServer } from "./own-server.ts";
import { until } from "./waiting.ts";

test("a killed server keeps what was committed", async (context) => {
  const server = await ownServer(context, { major: 18, settings: { max_connections: "7" } });
  expect(await one(server.url, "show max_connections")).toBe("7");
  await one(server.url, "create table kept as select 'here' as value");
  const { pid } = server;
  await server.kill();
  await expect(one(server.url, "select 1")).rejects.toThrow("ECONNREFUSED");
  await server.restart();
  expect(server.pid).not.toBe(pid);
  expect(await one(server.url, "select value from kept")).toBe("here");
  await server.stop();
  expect(existsSync(server.dataFolder)).toBe(false);
});

test("no server outlives a parent that was killed", async (context) => {
  await (await ownServer(context, { major: 15 })).stop();
  const module = fileURLToPath(new URL("../../../../tools/servers/postgres.ts", import.meta.url));
  const script = `
    import { startPostgres } from ${JSON.stringify(module)};
    const { pid, dataFolder } = await startPostgres({ major: 15 });
    console.log(JSON.stringify({ pid, dataFolder }));
    setInterval(() => {}, 1000);
  `;
  const parent = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script]);
  const server = JSON.parse(await firstOutput(parent)) as { pid: number; dataFolder: string };
  expect(isAlive(server.pid)).toBe(true);
  parent.kill("SIGKILL");
  await once(parent, "exit");
  await until(() => !isAlive(server.pid) && !existsSync(server.dataFolder));
});

async function firstOutput({ stdout, stderr }: ChildProcess): Promise<string> {
  if (stdout === null || stderr === null) throw new Error("the child has no output");
  let complaints = "";
  stderr.on("data", (chunk: Buffer) => (complaints += chunk.toString()));
  for await (const chunk of stdout) return String(chunk);
  throw new Error(complaints);
}

async function one(url: string, statement: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text: statement, rowMode: "array" });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
