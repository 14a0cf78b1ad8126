import type { Store } from "holdfast";
import type { Place } from "../bench.ts";
import { inPortions } from "../drain.ts";
import { afterwards, copyRow, type Own } from "../fill.ts";
import { callForSeconds, type Driven, latencyOf } from "../load.ts";
import { payload } from "../payload.ts";
import { openHoldfast } from "../peers/holdfast.ts";
import { measureReference } from "../reference.ts";
import { type CaseRounds, type CostlyMeasurement, perSecond, toBenchResult } from "../result.ts";
import { found } from "../rows.ts";
import type { OwnBench, Run } from "../run.ts";

const smallRows = 10_000;
/** How many rows are in use, on either store. The rest need not be in memory. */
const rowsInUse = 500;
/** Long enough for each operation to have met all rows in use. */
const rehearsalSeconds = 2;

/** The content of a table with this number of rows. */
const tables: Readonly<Record<string, Own>> = {
  executions: { id: "'e' || n" },
  tasks: { id: "'t' || n", execution_id: "'e' || (n / 10)", name: "'task-' || n % 10" },
  kv_entries: { key: "'k' || n" },
  history_heads: { execution_id: "'e' || n" },
  history_entries: { execution_id: "'e' || (n / 10)", number: "100 + n % 10" },
  snapshots: { persistence_id: "'s' || n" },
  timers: { id: "'m' || n", fire_at: "original.fire_at + n * interval '1 second'" },
};

type Operation = (store: Store, i: number, rows: number) => Promise<unknown>;

/** One of the rows in use, each time another one; they lie all over the table. */
function anyOf(rows: number, i: number): number {
  return 1 + ((i * 7_368_787) % rowsInUse) * Math.floor(rows / rowsInUse);
}

const operations: Readonly<Record<string, Operation>> = {
  "execution got": async ({ executions }, i, rows) => executions.require(`e${anyOf(rows, i)}`),
  "execution created": ({ executions }, i) => executions.create({ id: `new-${i}`, state: payload(i) }),
  "execution saved": ({ executions }, i, rows) => executions.save({ id: `e${anyOf(rows, i)}`, state: payload(i) }),
  "executions listed by status": async ({ executions }) =>
    found((await executions.list({ status: "running" })).items[99], "A page"),
  "task saved": ({ tasks }, i, rows) => tasks.save({ ...taskOf(anyOf(rows, i)), output: payload(i) }),
  "tasks of an execution": async ({ tasks }, i, rows) =>
    tasks.progressOfExecution(`e${1 + Math.floor(anyOf(rows, i) / 11)}`),
  "value got": async ({ kv }, i, rows) => found(await kv.get("bench", `k${anyOf(rows, i)}`), "The entry"),
  "value set": ({ kv }, i, rows) =>
    kv.set({ prefix: "bench", key: `k${anyOf(rows, i)}`, value: Buffer.from(`value ${i}`) }),
  "values listed": async ({ kv }, i, rows) => kv.list("bench", { after: `k${anyOf(rows, i)}` }),
  "history appended": ({ history }, i, rows) =>
    history.append(`e${anyOf(rows, i)}`, [{ kind: "happened", payload: { i } }]),
  "history read": async ({ history }, i, rows) =>
    found((await history.read(taskOf(anyOf(rows, i) + 10).executionId)).items[0], "The history"),
  "snapshot written": ({ snapshots }, i, rows) =>
    snapshots.write({
      persistenceId: `s${anyOf(rows, i)}`,
      version: BigInt(i + 2),
      payload: Buffer.from(`state ${i}`),
    }),
  "snapshot read": async ({ snapshots }, i, rows) =>
    found(await snapshots.latest(`s${anyOf(rows, i)}`), "The snapshot"),
  "timer scheduled and fired": async ({ timers }, i, rows) => {
    await timers.schedule({ executionId: `e${anyOf(rows, i)}`, step: "step", afterMs: 0 });
    const [claimed] = await timers.claim({ limit: 1 });
    await timers.acknowledge(found(claimed, "The timer"));
  },
  "job pushed": ({ jobs }, i) => jobs.push({ queue: "new", payload: { i } }),
  "job claimed and completed": async ({ jobs }) => {
    const [claimed] = await jobs.claim({ queues: ["noop"], limit: 1 });
    await jobs.complete(found(claimed, "The job"), { result: { done: true } });
  },
};

function taskOf(n: number): { readonly id: string; readonly executionId: string; readonly name: string } {
  return { id: `t${n}`, executionId: `e${Math.floor(n / 10)}`, name: `task-${n % 10}` };
}

/** The same on few rows and on many. */
export const growth: OwnBench = {
  name: "growth",
  measures:
    `One caller on two stores: each table of one has ${smallRows.toLocaleString("en-US")} rows, each table of the other as many as the ` +
    `name says. The calls use ${rowsInUse} rows from all over the table, which earlier calls have used too.`,
  unit: "calls",
  isLong: true,
  measure: (run) =>
    run.server.withDatabase((small) =>
      run.server.withDatabase(async (large) => {
        const contenders = [
          { place: small, rows: smallRows, isOurs: false },
          { place: large, rows: run.size.grownRows, isOurs: true },
        ];
        const grown: Grown[] = [];
        try {
          for (const { place, rows, isOurs } of contenders) grown.push(await grow(place, { rows, isOurs, run }));
          return toBenchResult(growth, await measureAll(grown, run));
        } finally {
          for (const { store } of grown) await store.close();
        }
      }),
    ),
};

/** A store that has grown. */
interface Grown {
  readonly name: string;
  readonly isOurs: boolean;
  readonly rows: number;
  readonly store: Store;
  /** How often each operation has been called. */
  readonly calls: Map<string, number>;
}

async function grow(
  place: Place,
  { rows, isOurs, run }: { readonly rows: number; readonly isOurs: boolean; readonly run: Run },
): Promise<Grown> {
  const store = await openHoldfast(place);
  await store.executions.save({ id: "e0", status: "running", state: payload(0) });
  await store.tasks.save(taskOf(0));
  await store.kv.set({ prefix: "bench", key: "k0", value: Buffer.from("value 0") });
  await store.history.append("e0", [{ kind: "happened", payload: { i: 0 } }]);
  await store.snapshots.write({ persistenceId: "s0", version: 1n, payload: Buffer.from("state 0") });
  await store.timers.schedule({ executionId: "e0", step: "step", afterMs: 86_400_000 });
  for (const [table, own] of Object.entries(tables)) {
    await copyRow(place.pool, table, { rows, own });
    run.log(`growth: ${rows.toLocaleString("en-US")} rows in ${table}`);
  }
  await pushJobs(store, rows);
  run.log(`growth: ${rows.toLocaleString("en-US")} jobs`);
  await place.pool.query(afterwards);
  await place.pool.query("checkpoint");
  return { name: `${rows.toLocaleString("en-US")} rows`, isOurs, rows, store, calls: new Map() };
}

/** Fills jobs through the store, not by copying rows: each release has tables of its own. */
async function pushJobs({ jobs }: Store, rows: number): Promise<void> {
  await inPortions(rows, (count) =>
    jobs.pushMany(Array.from({ length: count }, (_, i) => ({ queue: "noop", payload: { i } }))),
  );
}

async function measureAll(grown: readonly Grown[], run: Run): Promise<readonly CaseRounds[]> {
  const cases = Object.keys(operations).map((name): CaseRounds => ({
    case: { name, contenders: grown.map(contenderOf) },
    references: [],
    measurements: new Map(),
  }));
  for (const each of grown) for (const name of Object.keys(operations)) await drive(each, name, rehearsalSeconds);
  for (let round = 0; round < run.size.rounds; round += 1) {
    const reference = await measureReference(run.server, run.size);
    for (const {
      case: { name },
      references,
      measurements,
    } of cases) {
      references.push(reference);
      for (const each of round % 2 === 0 ? grown : grown.toReversed()) {
        const measurement = await measure(each, name, run);
        measurements.set(each.name, [...(measurements.get(each.name) ?? []), measurement]);
        run.log(`growth, ${name}, round ${round + 1}: ${each.name} ${perSecond(measurement).toFixed(1)} calls/s`);
      }
    }
  }
  return cases;
}

function contenderOf({ name, isOurs }: Grown): CaseRounds["case"]["contenders"][number] {
  return { name, isOurs };
}

async function measure(grown: Grown, name: string, { size }: Run): Promise<CostlyMeasurement> {
  await drive(grown, name, size.warmUpSeconds);
  const { latenciesMs, elapsedMs } = await drive(grown, name, size.seconds);
  return { operations: latenciesMs.length, elapsedMs, latencyMs: latencyOf(latenciesMs), cost: null };
}

async function drive({ store, rows, calls }: Grown, name: string, seconds: number): Promise<Driven> {
  const operation = found(operations[name], name);
  const call = (i: number): Promise<unknown> => operation(store, i, rows);
  const from = calls.get(name) ?? 0;
  const driven = await callForSeconds({ call }, { callers: 1, seconds, from });
  calls.set(name, from + driven.latenciesMs.length);
  return driven;
}
