import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";
import { areHeld } from "./held.ts";

const request = { holder: "one", leaseMs: 600_000 };
const lost = { code: "lease_lost" };

/** What the leases of executions promise. */
export const leasesContract: readonly ContractCase[] = [
  {
    name: "a lease has one holder until it runs out",
    async run({ store: { executions }, clock }) {
      await executions.create({ id: "e" });
      const lease = await executions.acquireLease("e", request);
      assert.ok(lease);
      assert.equal(await executions.acquireLease("e", { ...request, holder: "two" }), null);
      assert.equal(await executions.acquireLease("e", request), null);
      assert.deepEqual(await executions.leaseOf("e"), { ...lease, holder: "one" });
      await clock.advance(600_001);
      assert.equal(await executions.leaseOf("e"), null);
      const next = await executions.acquireLease("e", { ...request, holder: "two" });
      assert.ok(next && next.token > lease.token);
    },
  },
  {
    name: "of many that ask at once, one gets the lease",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const asked = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          store.transaction((tx) => tx.executions.acquireLease("e", { ...request, holder: `${i}` })),
        ),
      );
      assert.equal(asked.filter((lease) => lease !== null).length, 1);
    },
  },
  {
    name: "a renewed lease lasts from then on, and a dead one is not revived",
    async run({ store: { executions }, clock }) {
      await executions.create({ id: "e" });
      const lease = await executions.acquireLease("e", request);
      assert.ok(lease);
      await clock.advance(500_000);
      assert.deepEqual(areHeld(await executions.heartbeat([{ id: "e", token: lease.token }], { leaseMs: 600_000 })), [
        true,
      ]);
      await clock.advance(500_000);
      assert.deepEqual(areHeld(await executions.heartbeat([{ id: "e", token: lease.token }], { leaseMs: 600_000 })), [
        true,
      ]);
      await clock.advance(600_001);
      assert.deepEqual(areHeld(await executions.heartbeat([{ id: "e", token: lease.token }], { leaseMs: 600_000 })), [
        false,
      ]);
      assert.equal(await executions.leaseOf("e"), null);
    },
  },
  {
    name: "leases are renewed together, each with an answer of its own",
    async run({ store: { executions } }) {
      const ids = Array.from({ length: 50 }, (_, i) => `e${i}`);
      await executions.createMany(ids.map((id) => ({ id })));
      const leases = await Promise.all(ids.map((id) => executions.acquireLease(id, request)));
      const claims = ids.map((id, i) => ({ id, token: (leases[i]?.token ?? 0) + (i % 5 === 0 ? 1 : 0) })).reverse();
      const renewed = await executions.heartbeat([...claims, { id: "none", token: 1 }], { leaseMs: 600_000 });
      assert.deepEqual(areHeld(renewed), [...claims.map(({ id }) => Number(id.slice(1)) % 5 !== 0), false]);
      assert.deepEqual(await executions.heartbeat([]), []);
      const twice = executions.heartbeat(
        [
          { id: "e1", token: 1 },
          { id: "e1", token: 1 },
        ],
        { leaseMs: 600_000 },
      );
      await assert.rejects(twice, { code: "invalid_input" });
    },
  },
  {
    name: "a released lease is free at once, and its token is stale",
    async run({ store: { executions } }) {
      await executions.create({ id: "e" });
      const lease = await executions.acquireLease("e", request);
      assert.ok(lease);
      assert.equal(await executions.releaseLease("e", lease.token), true);
      assert.equal(await executions.releaseLease("e", lease.token), false);
      assert.deepEqual(areHeld(await executions.heartbeat([{ id: "e", token: lease.token }], { leaseMs: 600_000 })), [
        false,
      ]);
      await assert.rejects(executions.setStatus("e", "running", { token: lease.token }), lost);
      assert.equal(await executions.leaseOf("e"), null);
      assert.ok(await executions.acquireLease("e", request));
    },
  },
  {
    name: "a stale token changes nothing",
    async run({ store: { executions }, clock }) {
      await executions.create({ id: "e", state: 1 });
      const lease = await executions.acquireLease("e", request);
      assert.ok(lease);
      const { token } = lease;
      await executions.setStatus("e", "running", { token });
      await clock.advance(600_001);
      const before = await executions.require("e");
      // Run out, though nobody else holds it yet.
      await assert.rejects(executions.setStatus("e", "waiting", { token }), lost);
      await executions.acquireLease("e", { ...request, holder: "two" });
      await assert.rejects(executions.setStatus("e", "waiting", { token }), lost);
      await assert.rejects(executions.save({ id: "e", state: 2, token }), lost);
      await assert.rejects(executions.saveMany([{ id: "f" }, { id: "e", state: 2, token }]), lost);
      await assert.rejects(executions.complete("e", { token }), lost);
      assert.equal(await executions.releaseLease("e", token), false);
      assert.deepEqual(await executions.require("e"), before);
      assert.equal(await executions.get("f"), null);
    },
  },
  {
    name: "a lost lease is told before a version or a status that does not fit",
    async run({ store: { executions } }) {
      await executions.save({ id: "e", status: "succeeded" });
      const stale = { token: 7, expectedVersion: 9 };
      await assert.rejects(executions.setStatus("e", "running", stale), lost);
      await assert.rejects(executions.save({ id: "e", status: "running", ...stale }), lost);
      await assert.rejects(executions.save({ id: "none", token: 7 }), lost);
    },
  },
  {
    name: "executions whose holder is gone are found",
    async run({ store: { executions }, clock }) {
      await executions.createMany(["a", "b", "c"].map((id) => ({ id, status: "running" as const })));
      await executions.acquireLease("a", request);
      await executions.acquireLease("b", { ...request, leaseMs: 3_600_000 });
      await clock.advance(600_001);
      const gone = await executions.list({ status: "running", isLeased: false });
      assert.deepEqual(
        gone.items.map(({ id }) => id),
        ["a", "c"],
      );
      assert.equal(await executions.count({ isLeased: true }), 1);
    },
  },
  {
    name: "leases do not change the version",
    async run({ store: { executions } }) {
      await executions.create({ id: "e" });
      const lease = await executions.acquireLease("e", request);
      await executions.heartbeat([{ id: "e", token: lease?.token ?? 0 }], { leaseMs: 900_000 });
      await executions.releaseLease("e", lease?.token ?? 0);
      assert.equal((await executions.require("e")).version, 1);
    },
  },
  {
    name: "a lease of nothing, for nobody or for no time is refused",
    async run({ store: { executions } }) {
      await assert.rejects(executions.acquireLease("none", request), { code: "not_found" });
      await executions.create({ id: "e" });
      await assert.rejects(executions.acquireLease("e", { ...request, holder: "" }), { code: "invalid_input" });
      await assert.rejects(executions.acquireLease("e", { ...request, leaseMs: 0 }), { code: "invalid_input" });
      await assert.rejects(executions.heartbeat([{ id: "e", token: 1 }], { leaseMs: 1e12 }), { code: "invalid_input" });
      assert.equal(await executions.leaseOf("none"), null);
      assert.deepEqual(areHeld(await executions.heartbeat([{ id: "none", token: 1 }], { leaseMs: 1000 })), [false]);
    },
  },
];
