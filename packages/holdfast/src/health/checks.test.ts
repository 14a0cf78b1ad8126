import { expect, test } from "vitest";
import type { Check } from "./check.ts";
import { checkClock } from "./connection-checks.ts";
import { checkServer } from "./server-checks.ts";
import type { DescribeServerRow, ListReplicasRow } from "./statements.generated.ts";
import { checkTransactions, checkVacuum } from "./upkeep-checks.ts";

const wellServer: DescribeServerRow = {
  version: "18.4",
  versionNumber: 180_004,
  startedAt: new Date(0),
  isStandby: false,
  isReadOnly: false,
  clockAt: new Date(0),
  role: "app",
  isSuperuser: false,
  isEncrypted: true,
  tlsVersion: "TLSv1.3",
  isLocal: false,
  connectionsMax: 100,
  connections: 10,
  fsync: "on",
  fullPageWrites: "on",
  synchronousCommit: "on",
  jit: "off",
  autovacuum: "on",
  trackCounts: "on",
  trackActivities: "on",
  idleTimeout: "1min",
  transactionAge: 1000,
  seesOthers: true,
};

const replica: ListReplicasRow = { name: "standby-1", state: "streaming", syncState: "async", lagBytes: 0, lagMs: 1 };

/** The checks that a server gets, which is well apart from these facts. */
function checksOf(facts: Partial<DescribeServerRow>, replicas: readonly ListReplicasRow[] = []): readonly Check[] {
  return checkServer({ ...wellServer, ...facts }, replicas, { isShared: true, connectionsMax: 20 });
}

test("a server that is well has nothing to look at", () => {
  expect(checksOf({}, [replica]).filter(({ status, advice }) => status !== "ok" || advice !== null)).toEqual([]);
});

test.for([
  ["server", "fail", { isStandby: true }],
  ["server", "fail", { isReadOnly: true }],
  ["server", "fail", { versionNumber: 140_010 }],
  ["tls", "warn", { isEncrypted: false }],
  ["tls", "ok", { isEncrypted: false, isLocal: true }],
  ["role", "warn", { isSuperuser: true }],
  ["durability", "fail", { fsync: "off" }],
  ["durability", "fail", { fullPageWrites: "off" }],
  ["durability", "warn", { synchronousCommit: "off" }],
  ["connections", "warn", { connections: 80 }],
  ["settings", "fail", { autovacuum: "off" }],
  ["settings", "fail", { transactionAge: 1_500_000_000 }],
  ["settings", "ok", { jit: "on" }],
] as const)("%s is %s with %o", ([name, status, facts]) => {
  const found = checksOf(facts).filter((check) => check.name === name);
  expect(found).toMatchObject([{ status }]);
  expect(found[0]?.advice === null).toBe(status === "ok" && !("jit" in facts));
  expect(checksOf(facts).filter((check) => check.name !== name && check.status !== "ok")).toEqual([]);
});

test("a replica that falls behind is named, and one that the role may not see is counted", () => {
  const named = (replicas: readonly ListReplicasRow[], facts: Partial<DescribeServerRow> = {}): Check | undefined =>
    checksOf(facts, replicas).find(({ name }) => name === "replication");
  const behind = named([replica, { ...replica, name: "standby-2", lagBytes: 2 ** 30 }]);
  expect(behind).toMatchObject({ status: "warn", finding: "Behind: standby-2 (1024 MB)." });
  const hidden = named([{ name: "", state: null, syncState: null, lagBytes: null, lagMs: null }], {
    seesOthers: false,
  });
  expect(hidden).toMatchObject({ status: "skipped", finding: expect.stringContaining("1 replicas are connected") });
});

test("clocks that differ by more than the answer took are reported, ahead or behind", () => {
  expect(checkClock(new Date(100_500), 100_000, 101_000)).toMatchObject({ status: "ok" });
  // Anywhere within a slow answer, the clocks may agree.
  expect(checkClock(new Date(105_000), 100_000, 110_000)).toMatchObject({ status: "ok" });
  expect(checkClock(new Date(160_000), 100_000, 100_010)).toMatchObject({
    status: "warn",
    finding: expect.stringMatching(/60 seconds ahead/),
  });
  expect(checkClock(new Date(40_000), 100_000, 100_010)).toMatchObject({
    status: "warn",
    finding: expect.stringMatching(/60 seconds behind/),
  });
});

test("old transactions are named by what holds them, and fail once they are stuck", () => {
  const options = { olderMs: 60_000, seesOthers: true };
  const session = { kind: "session", name: "4711", role: "ada", state: "idle in transaction", openMs: 90_000 };
  expect(checkTransactions([], options)).toMatchObject({ status: "ok", advice: null });
  expect(checkTransactions([], { ...options, seesOthers: false })).toMatchObject({
    status: "ok",
    advice: expect.stringMatching(/pg_read_all/),
  });
  expect(checkTransactions([session], options)).toMatchObject({
    status: "warn",
    finding: "Open for long: session 4711 of ada (idle in transaction, 90 seconds).",
  });
  expect(checkTransactions([{ ...session, kind: "prepared", openMs: 900_000 }], options)).toMatchObject({
    status: "fail",
    finding: expect.stringMatching(/prepared transaction 4711 of ada/),
  });
  expect(checkTransactions([{ ...session, kind: "slot", name: "left", openMs: 0 }], options)).toMatchObject({
    status: "warn",
    finding: expect.stringMatching(/replication slot left/),
  });
});

test("tables that vacuum leaves behind, or leaves out, are named", () => {
  const table = { name: "jobs", rows: 10, deadRows: 20, vacuumedAt: null, analyzedAt: null, isLeftOut: false };
  const isShared = true;
  expect(checkVacuum([table], { isShared })).toMatchObject({ status: "ok" });
  const bloated = { ...table, rows: 10_000, deadRows: 50_000 };
  expect(checkVacuum([bloated], { isShared })).toMatchObject({
    status: "warn",
    finding: expect.stringMatching(/jobs \(50000 dead of 60000\)/),
  });
  expect(checkVacuum([{ ...table, isLeftOut: true }], { isShared })).toMatchObject({
    status: "fail",
    finding: expect.stringMatching(/jobs/),
  });
  expect(checkVacuum([bloated], { isShared: false })).toMatchObject({ status: "skipped" });
});
