// What the README of eGo's durable state store for PostgreSQL does, done with Holdfast; docs/coming-from/ego.md has the calls side
// by side.
//
//   npx tsx examples/from-ego.ts                in memory, without a server
//   DATABASE_URL=postgres://… npx tsx examples/from-ego.ts
import { randomUUID } from "node:crypto";
import { ConflictError, UnavailableError } from "holdfast";
import { stateStore } from "holdfast/store";

const url = process.env["DATABASE_URL"];
const store = stateStore(url === undefined ? { memory: true } : { url });

const persistenceId = `account-${randomUUID()}`;
const stateAt = (versionNumber: bigint, balanceCents: number) => ({
  persistenceId,
  versionNumber,
  // What anypb.New makes; here the message is JSON.
  resultingState: {
    typeUrl: "type.googleapis.com/billing.AccountState",
    value: new TextEncoder().encode(JSON.stringify({ balanceCents })),
  },
  timestamp: BigInt(Date.now()),
  shard: 1n,
});

// Not connected is one thing …
try {
  await store.getLatestState(persistenceId);
} catch (error) {
  if (!(error instanceof UnavailableError)) throw error;
  console.log(error.message);
}
await store.connect();
// … and no state another.
console.log(`before: ${(await store.getLatestState(persistenceId)) === null ? "no state" : "a state"}`);

await store.writeState(stateAt(2n, 4200));
const latest = await store.getLatestState(persistenceId);
console.log(`latest version: ${latest?.versionNumber}, of ${latest?.resultingState.typeUrl}`);
console.log(`state: ${new TextDecoder().decode(latest?.resultingState.value)}`);

// A retry of the same write is fine; an older version does not overwrite a newer one.
const newest = stateAt(5n, 9900);
await store.writeState(newest);
await store.writeState(newest);
try {
  await store.writeState(stateAt(3n, 1));
} catch (error) {
  if (!(error instanceof ConflictError)) throw error;
  console.log(`version 3 after ${String(error.facts["actual"])}: ${error.code}`);
}

await store.ping();
await store.disconnect();
