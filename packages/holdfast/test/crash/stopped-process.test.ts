import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { type ConnectionOptions, openStore } from "../../src/index.ts";
import { urlOf } from "../locks/support.ts";
import { describeOnServers } from "../support/databases.ts";
import { processesTimeoutMs, until } from "../support/waiting.ts";

// A process that is stopped, and not dead, inside a transaction: its locks are let go of all the same.

const child = join(import.meta.dirname, "child.ts");

/** Starts a process that takes the lock of a limited queue in a transaction, and waits there. */
async function holdQueue(connection: object, queue: string): Promise<ChildProcess> {
  const args = ["--import", "tsx", child, "hold", JSON.stringify(connection), queue];
  const holder = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(async () => {
    holder.kill("SIGKILL");
    if (holder.exitCode === null && holder.signalCode === null) await once(holder, "exit");
  });
  let said = "";
  holder.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  await until(() => said.includes("holding"));
  return holder;
}

describeOnServers("a transaction", (database) => {
  const timeout = processesTimeoutMs;

  test("of a stopped process lets go of a limited queue when it was idle for too long", { timeout }, async () => {
    const connection = await database.prepared();
    const store = await openStore(connection);
    onTestFinished(() => store.close());
    await store.queues.configure("limited", { concurrency: 5 });
    await store.jobs.pushMany([{ queue: "limited" }, { queue: "limited" }]);
    const holder = await holdQueue({ ...connection, idleInTransactionTimeoutMs: 1000 }, "limited");
    holder.kill("SIGSTOP");
    const jobs = await store.jobs.claim({ queues: ["limited"], limit: 10 });
    expect(jobs).toHaveLength(2);
    holder.kill("SIGCONT");
  });

  test.each([{ readOnly: false }, { readOnly: true }])(
    "that was idle for too long says so at its next call: readOnly $readOnly",
    async (options) => {
      const store = await openStore({ url: await urlOf(database), idleInTransactionTimeoutMs: 1000 });
      onTestFinished(() => store.close());
      let attempts = 0;
      const idle = store.transaction(async (tx) => {
        attempts++;
        await tx.executions.count();
        await sleep(1500);
        await tx.executions.count();
      }, options);
      await expect(idle).rejects.toMatchObject({
        code: "unavailable",
        facts: { sqlstate: "25P03" },
        message: expect.stringContaining("idleInTransactionTimeoutMs"),
      });
      expect(attempts).toBe(1);
      expect(await store.executions.count()).toBe(0);
    },
  );

  test("may be idle for as long as it likes with a limit of 0, and keeps a shorter one of the session's", async () => {
    const url = await urlOf(database);
    const limitsOf = async (connection: ConnectionOptions): Promise<unknown> => {
      const store = await openStore(connection);
      onTestFinished(() => store.close());
      return store.transaction(async (tx) => {
        await tx.executions.count();
        await sleep(1500);
        return tx.executions.count();
      });
    };
    expect(await limitsOf({ url, idleInTransactionTimeoutMs: 0 })).toBe(0);
    const short = `${url}?options=-c%20idle_in_transaction_session_timeout%3D1000`;
    await expect(limitsOf({ url: short })).rejects.toMatchObject({ facts: { sqlstate: "25P03" } });
  });
});
