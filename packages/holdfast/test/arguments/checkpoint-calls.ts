import { bytes, page } from "./shapes.ts";

const checkpointKey = { thread: "a", namespace: "a", id: "a" };
const checkpoint = {
  ...checkpointKey,
  parentId: "b",
  labels: { a: 1 },
  manifest: "a",
  state: bytes,
  parts: [{ name: "a", version: "a", manifest: "a", value: bytes }],
  ttlMs: 1000,
};
const checkpointWrites = {
  ...checkpointKey,
  task: "a",
  path: "a",
  writes: [{ number: 1, name: "a", manifest: "a", value: bytes }],
  ttlMs: 1000,
};
const checkpointFilter = { ...checkpointKey, beforeId: "b", labels: { a: 1 }, isNewest: true };

/** The calls of checkpoints, with everything that their arguments may have. */
export const checkpointCalls = {
  "checkpoints.write": [checkpoint],
  "checkpoints.addWrites": [checkpointWrites],
  "checkpoints.get": [checkpointKey],
  "checkpoints.require": [checkpointKey],
  "checkpoints.list": [{ ...checkpointFilter, ...page }],
  "checkpoints.iterate": [{ ...checkpointFilter, ...page }],
  "checkpoints.count": [checkpointFilter],
  "checkpoints.ancestors": [checkpointKey, { limit: 1, names: ["a"] }],
  "checkpoints.threads": [page],
  "checkpoints.iterateThreads": [page],
  "checkpoints.prune": ["a", { ancestors: 1 }],
  "checkpoints.removeAll": [{ labels: { a: 1 } }],
  "checkpoints.copyThread": ["a", "b"],
  "checkpoints.removeThread": ["a"],
  "checkpoints.removeThreads": [["a"]],
};
