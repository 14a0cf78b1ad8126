/** Everything that such an argument may have. */
export const bounds = { after: "a", limit: 1 };
/** Everything that such an argument may have. */
export const page = { ...bounds, order: "asc" };
/** Everything that such an argument may have. */
export const claim = { id: "a", token: 1 };
/** Everything that such an argument may have. */
export const at = new Date(0);
/** Everything that such an argument may have. */
export const never = AbortSignal.abort();
/** Everything that such an argument may have. */
export const bytes = new Uint8Array(1);

const payloads = { input: 1, state: 1, output: 1, error: 1 };
/** Everything that such an argument may have. */
export const expectation = { expectedVersion: 1, token: 1 };
/** Everything that such an argument may have. */
export const range = { gt: "a", gte: "a", lt: "a", lte: "a" };
export const labelRange = { gt: 1, gte: undefined, lt: 2, lte: undefined };
/** Everything that such an argument may have. */
export const definition = { name: "a", version: 1 };
const backoff = { initialMs: 1, maxMs: 1 };

/** Everything that such an argument may have. */
export const filter = {
  definition,
  status: ["running"],
  parentId: "a",
  parentTaskId: "a",
  createdAfter: at,
  createdBefore: at,
  labels: { a: labelRange },
  isLeased: true,
  correlationKey: "a",
  queue: "a",
};
const { parentId: _, ...childFilter } = filter;
export { childFilter };
/** Everything that such an argument may have. */
export const query = { ...page, orderBy: { label: "a" }, payloads: true };

/** Everything that such an argument may have. */
export const job = {
  queue: "a",
  payload: 1,
  id: "a",
  priority: 1,
  runAt: at,
  delayMs: undefined,
  maxAttempts: 1,
  backoff,
  timeoutMs: 1,
  group: "a",
  requires: ["a"],
  uniqueKey: "a",
  onConflict: "keep",
  onRunning: "keep",
  failsExecution: false,
  debounceMs: undefined,
  debounceMaxMs: undefined,
  throttleMs: 1,
  executionId: "a",
  after: ["b"],
  onDependencyFailure: "cancel",
};
/** Everything that such an argument may have. */
export const selection = {
  queue: "a",
  group: "a",
  executionId: "a",
  status: ["dead"],
  pushedBefore: at,
  dryRun: true,
  ...bounds,
  after: "id:a",
};
/** Everything that such an argument may have. */
export const rescheduling = { runAt: undefined, delayMs: 1, priority: 1 };
/** Everything that such an argument may have. */
export const failure = { error: 1, retryAfterMs: 1, final: true };

/** Everything that such an argument may have. */
export const creation = {
  id: "a",
  definition,
  parentId: "a",
  parentTaskId: "a",
  input: 1,
  state: 1,
  labels: { a: 1 },
  strategy: "wait_all",
  status: "running",
  keepStates: 1,
  idempotencyKey: "a",
  idempotencyMs: 1,
  fingerprint: "a",
  queue: "a",
  priority: 1,
  runAt: new Date(),
  group: "a",
  requires: ["a"],
  maxAttempts: 1,
};
/** Everything that such an argument may have. */
export const saved = {
  id: "a",
  status: "running",
  strategy: "wait_all",
  definition,
  parentId: "a",
  parentTaskId: "a",
  keepStates: 1,
  labels: { a: 1 },
  ...payloads,
  ...expectation,
};
/** Everything that such an argument may have. */
export const child = {
  id: "a",
  name: "a",
  type: "basic",
  status: "running",
  strategy: "wait_all",
  attempt: 1,
  component: "a",
  agent: "a",
  action: "a",
  tool: undefined,
  input: 1,
  output: 1,
  error: 1,
};
/** Everything that such an argument may have. */
export const task = { ...child, executionId: "a", parentId: "a", expectedVersion: 1 };
/** Everything that such an argument may have. */
export const taskFilter = {
  executionId: "a",
  parentId: "a",
  name: "a",
  status: "running",
  type: "basic",
  component: "a",
  agent: "a",
  action: "a",
  tool: "a",
  updatedAfter: at,
};
const { parentId: __, ...childTaskFilter } = taskFilter;
export { childTaskFilter };
/** Everything that such an argument may have. */
export const component = { executionId: "a", component: "a", state: 1, expectedVersion: 1 };
/** Everything that such an argument may have. */
export const wait = { id: "a", key: "a", executionId: "a", step: "a", expiresAt: at, ttlMs: undefined };
/** Everything that such an argument may have. */
export const delivery = { key: "a", payload: 1, dedupeId: "a", to: "one", keep: true, ttlMs: 1, expiresAt: at };
/** Everything that such an argument may have. */
export const timer = {
  id: "a",
  executionId: "a",
  step: "a",
  fireAt: at,
  afterMs: undefined,
  payload: 1,
  dedupeKey: "a",
};
/** Everything that such an argument may have. */
export const entry = { kind: "a", payload: 1 };
/** Everything that such an argument may have. */
export const key = { prefix: "a", key: "a" };
/** Everything that such an argument may have. */
export const kvEntry = { ...key, value: bytes, labels: { a: 1 }, ttlMs: 1, expectedVersion: 1 };
/** Everything that such an argument may have. */
export const snapshot = {
  persistenceId: "a",
  version: 1n,
  payload: bytes,
  manifest: "a",
  shard: 1,
  definition: { name: "a", version: 1, hash: "a" },
  timestamp: 1n,
  keep: 1,
  expectedVersion: 1n,
  expectedGeneration: 1,
};
/** Everything that such an argument may have. */
export const reading = { migrate: () => null };
/** Everything that such an argument may have. */
export const snapshotFilter = { shard: 1, definitionName: "a" };
/** Everything that such an argument may have. */
export const upload = {
  contentType: "a/b",
  metadata: 1,
  expiresAt: at,
  ttlMs: 1,
  sha256: "a",
  size: 1,
  signal: never,
};
/** Everything that such an argument may have. */
export const download = { range: { start: 0, end: 1 }, signal: never };
/** Everything that such an argument may have. */
export const schedule = {
  id: "a",
  queue: "a",
  payload: 1,
  cron: "@daily",
  timeZone: "UTC",
  everyMs: undefined,
  startsAt: at,
  endsAt: at,
  overlap: "allow",
  catchUp: "skip",
  catchUpLimit: 1,
  missedAfterMs: 1000,
  expectedVersion: 1,
  priority: 1,
  maxAttempts: 1,
  backoff,
  timeoutMs: 1,
  group: "a",
  requires: ["a"],
};
/** Everything that such an argument may have. */
export const transition = {
  require: { token: 1, holder: "a", version: 1, status: "running", expired: "refused" },
  status: "running",
  state: 1,
  output: 1,
  error: 1,
  labels: { a: 1 },
  usage: { a: 1 },
  park: {
    afterMs: 1,
    until: undefined,
    waits: [{ key: "a", step: "a", expiresAt: at, ttlMs: undefined }],
    children: true,
    call: true,
  },
  end: undefined,
  holding: [{ id: "b", token: 1 }],
  complete: [{ claim, result: 1 }],
  fail: [{ claim: { id: "c", token: 1 }, ...failure }],
  release: [{ claim: { id: "d", token: 1 }, ...rescheduling }],
  acknowledge: [claim],
  tasks: [task],
  taskStatuses: [{ id: "a", status: "running", output: 1, error: 1, usage: { a: 1 }, expectedVersion: 1 }],
  endTasks: [{ id: "b", status: "succeeded", output: 1, error: 1, repeated: "allowed" }],
  components: [component],
  waits: [wait],
  cancelWaits: ["a"],
  timers: [timer],
  cancelTimers: ["a"],
  jobs: [job],
  cancelJobs: ["a"],
  history: [entry],
  expectedNext: 1,
  entriesAfter: 0,
  returning: "head",
};
/** Everything that such an argument may have. */
export const policy = {
  executions: false,
  jobs: false,
  deadJobs: false,
  timers: false,
  events: false,
  snapshots: false,
  schedules: false,
  checkpoints: false,
  kv: false,
  blobs: false,
};
