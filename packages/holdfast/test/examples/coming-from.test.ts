import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { databases, describeOnEach } from "../support/databases.ts";
import { shortLived } from "../support/short-lived.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../../../..");

/** What each example says, line by line: what its system's documents promise, and that the system's faults are gone. */
const outputs: Readonly<Record<string, readonly string[]>> = {
  "engine.ts": [
    "did price",
    "did reserve",
    "failed: Error: The shelf is locked.",
    "did reserve",
    'order: {"price":42,"paid":{"by":"ada"},"survey":null,"shipped":"shipped {\\"place\\":7}"}',
    'refund: canceled, {"name":"Canceled","message":"lost on its way"}',
    "repair: failed",
  ],
  "telemetry.ts": [
    "POST /orders",
    "  executions.create",
    "  process orders",
    "    push charges",
    "      process charges",
    "        kv.set",
    "        push mails",
    "          process mails",
    'holdfast_jobs_ended_total{status="succeeded"} 2',
    'holdfast_jobs_ended_total{status="dead"} 0',
    'holdfast_jobs_ended_total{status="canceled"} 0',
  ],
  "typed.ts": [
    "inputs[1].payload.address is refused by its schema: Invalid email address.",
    "CorruptError: The payload of job run/old does not fit its schema, at payload.address: Invalid input: expected string, received undefined. Give the schema a form for it, or write it again.",
    "Neues to max@example.org, News to ada@example.org",
    "ada@example.org got News",
  ],
  "tanstack-workflow.ts": [
    "charges the card",
    "it asks: Ship for 42?",
    "approved: paused",
    "approved again: duplicate",
    "succeeded: shipped",
    "its log: STEP_FINISHED APPROVAL_REQUESTED APPROVAL_RESOLVED SIGNAL_AWAITED SIGNAL_RESOLVED RUN_FINISHED",
    "charges the card",
    "resumed: paused, waits for __timer",
  ],
  "mastra.ts": [
    "charges for three books",
    "started: suspended",
    "waiting: 1",
    'resumed: success, {"shipped":true}',
    "stored: success",
  ],
  "langgraph.ts": [
    "it asks: Pay 42?",
    "first: priced three books, paid, shipped",
    "second: priced three books, refused, kept",
    "checkpoints: 8",
    'remembered: {"price":42}',
    "after pruning: 1",
  ],
  "orders.ts": [
    "first order: placed",
    "second order: placed",
    'third order: refused: new row for relation "shop_goods" violates check constraint "shop_goods_stock_check"',
    "an attempt failed: The bank is closed.",
    'first: paid, "Visa was charged"',
    'second: unpaid, "your card is empty"',
    "left: 1",
  ],
  "openworkflow.ts": [
    "the same run for the same key: true",
    'paid: {"paid":{"by":"ada"},"late":null,"shipped":"shipped from 7"}, after 2 attempts of its first step',
    "the other: canceled",
    "pages of 2: 2, 2, back at the first: true",
    'counts: {"pending":5,"running":0,"completed":2,"failed":0,"canceled":1}',
  ],
  "ai.ts": [
    "priced: lamp",
    "an attempt failed: The model is away.",
    'may it pay? {"cents":4200}',
    "paid: 4200",
    "succeeded: The lamp is yours.",
    "messages: user assistant tool assistant tool tool assistant",
  ],
  "emmett.ts": [
    "version 3: book, lamp, pen for 4500",
    "version 1: book",
    "Error: The cart is confirmed.",
    "followed: 1 ProductAdded",
    "followed: 2 ProductAdded",
    "followed: 3 ProductAdded",
    "followed: 4 Confirmed",
  ],
  "xstate.ts": ["before: pending", "payments: 1 of 2", "succeeded by version 2: parcel of 2"],
  "workflow-devkit.ts": [
    "charging order 1",
    "shipping order 1, attempt 1",
    "shipping order 1, attempt 2",
    "order 1: shipped for 42",
    "order 2: The card was refused.",
    "runs: completed",
    "run_created run_started step_created step_started step_completed step_created step_started step_retrying step_started " +
      "step_completed run_completed",
  ],
  "from-cascade.ts": [
    "a new version: true, the former one: retired",
    "found: running, unknown: null",
    "state of charge: null, of ship: none",
    "resumed: charge and ship",
    "third event: kept",
    "timer: fired",
    "canceled the reminder: true, the timer that fired: false",
    "instance: succeeded, listed: true",
  ],
  "from-compozy.ts": [
    'usage: {"openai/gpt-4o/prompt":700,"openai/gpt-4o/completion":300}',
    "completed tasks: data-processor",
    "children: 2, pending: 2, overall: pending",
    "not ready: 3 tasks have not ended",
    "in the transaction of child-1: 1 succeeded",
    "in the transaction of child-2: 2 succeeded",
    'outputs: {"child-1":{"result":"child-1"},"child-2":{"result":"child-2"}}',
    "tree: fan-out at 0, child-1 at 1, child-2 at 1, whole: true",
    'workflow: succeeded, again: succeeded, output: {"totalProcessed":1000,"tasks":["data-processor","fan-out"]}',
  ],
  "from-ego.ts": [
    "The state store is not connected: call connect() first.",
    "before: no state",
    "latest version: 2, of type.googleapis.com/billing.AccountState",
    'state: {"balanceCents":4200}',
    "version 3 after 5: conflict",
  ],
  "from-nebula.ts": [
    "migrations to apply: 0",
    "workflow: thumbnails, newest: true, active",
    "claimed first: the one of image 2",
    "failed once: scheduled",
    "completed by the stale claim: false",
    "jobs: 1 succeeded, 1 waiting for another attempt",
    'execution: succeeded, output: {"bytes":512}',
    "uploaded 6291456 bytes, there: true",
    "downloaded the same: true",
  ],
  "from-workflow-store.ts": [
    "a is done",
    "B is null, c is undefined",
    "long keys: one, two",
    "listed until a: B=null, a=done",
    "a is undefined, b is done",
  ],
};

/** Its library connects to a server by itself. */
const needsServer = "orders.ts";

// One server is enough here: what differs between servers is the contract's concern.
const server = databases().at(-1);

// All in one process, one after the other, for most of what they would take is starting.
const program = `(async () => {
  // Taken away, for the examples have arguments of their own.
  for (const file of process.argv.splice(1)) {
    console.log("# " + file);
    await import("./examples/" + file);
  }
})()`;

test("every example is run", () => {
  const files = readdirSync(join(root, "examples")).filter((file) => file.endsWith(".ts"));
  expect(files.toSorted()).toEqual(Object.keys(outputs).toSorted());
});

describeOnEach(
  "what an example of one who comes from elsewhere says",
  (database) => {
    const shown = Object.entries(outputs).filter(([file]) => file !== needsServer || database.name !== "embedded");
    let said: ReadonlyMap<string, readonly string[]>;
    beforeAll(async () => {
      const options = await database.options();
      const { DATABASE_URL: _, ...environment } = process.env;
      const env = "url" in options ? { ...environment, DATABASE_URL: options.url } : environment;
      const argv = [...shortLived, "--import", "tsx", "--eval", program, ...shown.map(([file]) => file)];
      const { stdout } = await run(process.execPath, argv, { cwd: root, env });
      said = new Map(sections(stdout));
    }, 600_000);

    test.for(shown)("%s", ([file, lines]) => {
      expect(said.get(file)).toEqual(lines);
    });
  },
  (name) => name === "embedded" || name === server?.name,
);

/** The lines after each line `# file`. */
function sections(text: string): readonly (readonly [string, readonly string[]])[] {
  return text
    .split(/^# /m)
    .slice(1)
    .map((section) => {
      const [file = "", ...lines] = section.trimEnd().split("\n");
      return [file, lines] as const;
    });
}
