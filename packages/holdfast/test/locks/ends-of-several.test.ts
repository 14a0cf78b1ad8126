import { afterAll, beforeAll, expect, test } from "vitest";
import { jsonCodec } from "../../src/core/codec.ts";
import { cancelExecutions } from "../../src/executions/statements.generated.ts";
import { type ClaimedJob, openStore, type Store, type Transaction } from "../../src/index.ts";
import type { StoreSession } from "../../src/session/store-session.ts";
import { encodeTransition } from "../../src/transition/encode.ts";
import { applyTransition } from "../../src/transition/plan.ts";
import { open, sessionOn } from "../database/support.ts";
import { describeOnServers } from "../support/databases.ts";
import { holding, Observer } from "./support.ts";

// Invariant 5. A call that ends several executions locks all their parts in one order, not those of one execution after those of another.

/** A parent with a job, and its child with another. The child's job is the first of the two in the order of locks. */
interface Family {
  readonly parent: string;
  readonly child: string;
  readonly first: ClaimedJob;
  readonly second: ClaimedJob;
}

interface Case {
  readonly name: string;
  /** Makes what is there before, besides the family. */
  readonly prepare?: (store: Store, family: Family) => Promise<unknown>;
  /** Holds what the end has to wait for. By default that is the first job. */
  readonly hold?: (tx: Transaction, family: Family) => Promise<unknown>;
  readonly end: (on: { readonly store: Store; readonly session: StoreSession }, family: Family) => Promise<unknown>;
  /** Needs what comes later in the order, which the end must not hold yet. By default that is the second job. */
  readonly pass?: (other: Store, family: Family) => Promise<unknown>;
}

const leaseMs = 60_000;
const end = { status: "succeeded" } as const;

const cases: readonly Case[] = [
  {
    name: "a cancellation of a tree",
    end: ({ store }, { parent }) => store.executions.cancel(parent, { tree: true }),
  },
  {
    name: "cancellations that fly together",
    end: ({ session }, { parent, child }) =>
      session.run(cancelExecutions({ ids: [parent, child], errors: [null, null], trees: [false, false] })),
  },
  {
    name: "an end that cancels children",
    end: ({ store }, { parent }) => store.executions.transition(parent, { end: { ...end, children: "cancel" } }),
  },
  {
    name: "ends that fly together",
    end: ({ session }, { parent, child }) =>
      session.run(applyTransition.plan([parent, child].map((id) => encodeTransition(jsonCodec, id, { end })))),
  },
  {
    name: "a step that ends beside a running job",
    prepare: (store, { parent }) => store.jobs.push({ id: "0", queue: "beside", executionId: parent }),
    hold: (tx) => tx.jobs.claim({ queues: ["beside"], limit: 1 }),
    end: ({ store }, { parent, second }) => store.executions.transition(parent, { complete: [{ claim: second }], end }),
    pass: (other, { second }) => other.jobs.heartbeat([second], { leaseMs }),
  },
  {
    name: "a cancellation during a heartbeat",
    prepare: (store, { parent }) => store.executions.acquireLease(parent, { holder: "me", leaseMs }),
    hold: (tx, { parent }) => tx.executions.heartbeat([{ id: parent, holder: "me" }], { leaseMs }),
    end: ({ store }, { parent }) => store.executions.cancel(parent),
  },
  {
    name: "jobs that executions fail with",
    prepare: async (store, { parent, child }) => {
      await store.correlations.wait({ key: "second", executionId: parent, step: "s" });
      await store.correlations.wait({ key: "first", executionId: child, step: "s" });
    },
    hold: (tx) => tx.correlations.deliver({ key: "first" }),
    end: ({ store }, { first, second }) =>
      store.transaction((tx) => tx.jobs.failMany([first, second].map((claim) => ({ claim, final: true })))),
    pass: (other) => other.correlations.deliver({ key: "second" }),
  },
  {
    name: "a removal of a tree",
    prepare: (store, { parent }) => store.executions.create({ id: "0", parentId: parent }),
    hold: (tx, { parent }) => tx.executions.lock(parent),
    end: ({ store }, { parent }) => store.executions.remove(parent),
    pass: (other) => other.executions.setStatus("0", "running"),
  },
];

describeOnServers("the order of locks", (database) => {
  let store: Store;
  let other: Store;
  let session: StoreSession;
  let server: Observer;
  let close: () => Promise<unknown>;

  beforeAll(async () => {
    const options = await database.prepared();
    const connection = await open(options);
    [store, other] = await Promise.all([openStore(options), openStore(options)]);
    session = sessionOn(connection);
    server = await Observer.on(database);
    close = () => Promise.all([store.close(), other.close(), server.close(), connection.close()]);
  });
  afterAll(() => close());

  async function claimed(queue: string, executionId: string, id: string): Promise<ClaimedJob> {
    await store.jobs.push({ id, queue, executionId, failsExecution: true });
    const [claim] = await store.jobs.claim({ queues: [queue], limit: 1, leaseMs });
    if (claim === undefined) throw new Error("There is no job.");
    return claim;
  }

  async function familyOf(name: string): Promise<Family> {
    const [parent, child] = [`${name}: 1`, `${name}: 2`];
    await store.executions.create({ id: parent });
    await store.executions.create({ id: child, parentId: parent });
    const first = await claimed(name, child, `${name}: first`);
    return { parent, child, first, second: await claimed(name, parent, `${name}: second`) };
  }

  const holdFirst: Case["hold"] = (tx, { first }) => tx.jobs.heartbeat([first], { leaseMs });
  const passSecond: Case["pass"] = (on, { second }) => on.jobs.complete(second);

  test.each(cases)("is kept by $name", async (each) => {
    const { hold = holdFirst, pass = passSecond } = each;
    const family = await familyOf(each.name);
    await each.prepare?.(store, family);
    const held = await holding(store, (tx) => hold(tx, family));
    const ending = each.end({ store, session }, family);
    await server.seesWaiting(ending);
    await pass(other, family);
    expect(await server.waits()).toHaveLength(1);
    await held.commit();
    await ending;
    expect((await store.executions.get(family.parent))?.finishedAt).not.toBeNull();
  });
});
