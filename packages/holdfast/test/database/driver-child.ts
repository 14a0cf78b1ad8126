import { register } from "node:module";
import type { Store } from "../../src/store.ts";

// Takes what stands for `pg`, and the options of a store. Writes and reads values of all kinds, and says what came, and the warnings.

const [driver = "", options = ""] = process.argv.slice(2);
const hook = `export const resolve = (name, context, next) => next(name === "pg" ? ${JSON.stringify(driver)} : name, context);`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);

const fireAt = new Date("2500-01-01T00:00:00.123Z");
const warnings: string[] = [];
process.on("warning", ({ name, message }) => name === "HoldfastWarning" && warnings.push(message));

const { openStore } = await import("../../src/index.ts");
const opened = await openStore(JSON.parse(options) as { readonly url: string });
const came = await writtenAndRead(opened);
await opened.close();
process.stdout.write(JSON.stringify({ came: comparable(came), warnings }));

async function writtenAndRead(store: Store): Promise<unknown> {
  const { executions, jobs, kv, tasks, timers } = store;
  const bytes = new Uint8Array([0, 92, 255]);
  const job = { queue: "q", payload: { text: "é\\" }, priority: 3 };
  await executions.create({ id: "e", labels: { a: 1 }, input: null, state: [1.5, "x"] });
  // By then the quick way was tried, twice where it failed.
  for (let i = 0; i < 50; i++) await kv.get("none", "yet");
  const rounds: unknown[] = [];
  // What is prepared in the first round comes in binary in the next.
  for (const round of ["a", "b", "c"]) {
    const entries = Array.from({ length: 20 }, (_, i) => ({ prefix: round, key: String(i), value: bytes }));
    await Promise.all(entries.map((entry) => kv.set(entry)));
    const holder = { holder: round, leaseMs: 60_000 };
    const { token = 0 } = (await executions.acquireLease("e", holder)) ?? {};
    const step = { require: { token }, tasks: [{ id: `t${round}`, name: "t", output: round }], jobs: [job] };
    const applied = await executions.transition("e", step);
    await executions.releaseLease("e", token);
    const timer = await timers.schedule({ id: `timer ${round}`, executionId: "e", step: "s", fireAt });
    const inside = await store.transaction(async (tx) => {
      await tx.kv.set({ prefix: "tx", key: round, value: bytes });
      return [await tx.kv.get("tx", round), await tx.tasks.get(`t${round}`)];
    });
    const refused = await executions.create({ id: "e" }).catch((error: unknown) => error);
    const claimed = await jobs.claim({ queues: ["q"], limit: 5, holder: "h" });
    const read = [await kv.list(round), await executions.get("e"), await tasks.list({ executionId: "e" })];
    rounds.push([applied, timer, inside, { ...(refused as object) }, claimed, ...read]);
  }
  return rounds;
}

/** Ids that the store makes, and instants of its clock, differ from run to run; the class of each value is told. */
function comparable(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() === fireAt.getTime() ? "that instant" : "an instant";
  if (value instanceof Uint8Array) return { [value.constructor.name]: [...value] };
  if (typeof value === "string") return /^[-0-9a-f]{36}$/.test(value) ? "an id" : value;
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, comparable(member)]));
}
