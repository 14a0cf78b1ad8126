import { Client } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { POSTGRES_MAJORS } from "../../../../tools/servers/postgres.ts";
import { openStore } from "../../src/index.ts";
import { jsonOf, runInside } from "../cli/inside.ts";
import { ownServer } from "../support/own-server.ts";
import { processesTimeoutMs, until } from "../support/waiting.ts";

const major = POSTGRES_MAJORS.at(-1) ?? 18;
const value = Buffer.from("x");

test(
  "a replica's lag is on every screen, and a store on the replica reads and refuses to write",
  async (context) => {
    const primary = await ownServer(context, { major });
    const first = await openStore({ url: primary.url });
    await first.kv.set({ prefix: "p", key: "before", value });
    await first.close();
    await primary.halt();
    const replica = await ownServer(context, {
      major,
      copyOf: primary.dataFolder,
      files: { "standby.signal": "" },
      settings: { primary_conninfo: `${primary.url}?application_name=standby-1` },
    });
    await primary.restart();

    await using store = await openStore({ url: primary.url });
    const lag = async (): Promise<number | null | undefined> => (await store.overview()).server.replicas[0]?.lagBytes;
    await until(async () => (await lag()) === 0);
    const replayer = new Client({ connectionString: replica.url });
    await replayer.connect();
    onTestFinished(() => replayer.end());
    await replayer.query("select pg_wal_replay_pause()");
    await until(async () => {
      const { rows } = await replayer.query<{ state: string }>("select pg_get_wal_replay_pause_state() as state");
      return rows[0]?.state === "paused";
    });
    await store.kv.set({ prefix: "p", key: "after", value });

    const { server } = await store.overview();
    expect(server).toMatchObject({ isStandby: false, replicas: [{ name: "standby-1" }] });
    expect(await lag()).toBeGreaterThan(0);
    const { text } = await store.metrics();
    expect(text).toMatch(/^holdfast_replica_lag_bytes\{replica="standby-1"\} [1-9]/m);
    const status = await runInside(["status", "--database", primary.url]);
    expect(status.stdout).toMatch(/replica standby-1 [\d.]+ [kM]?B behind/);
    const doctor = jsonOf(await runInside(["doctor", "--json", "--database", primary.url]));
    expect(doctor).toMatchObject({
      checks: expect.arrayContaining([
        { name: "replication", status: "ok", finding: "The replica keeps up.", advice: null },
      ]),
    });

    await using reader = await openStore({ url: replica.url });
    expect(await reader.kv.get("p", "before")).toMatchObject({ version: 1 });
    expect(await reader.kv.get("p", "after")).toBeNull();
    expect((await reader.overview()).server.isStandby).toBe(true);
    await expect(reader.kv.set({ prefix: "p", key: "z", value })).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("connect to the primary"),
    });

    await replayer.query("select pg_wal_replay_resume()");
    await until(async () => (await reader.kv.get("p", "after")) !== null);
    await until(async () => (await lag()) === 0);
  },
  processesTimeoutMs,
);
