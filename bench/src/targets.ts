import type { BenchResult, CaseResult, ContenderResult } from "./result.ts";
import { spreadOf } from "./statistics.ts";

/** What a figure is to be. */
export interface Target {
  readonly bench: string;
  /** The figure, in words. */
  readonly what: string;
  readonly bound: "at least" | "at most";
  readonly value: number;
  readonly unit: "×" | "ms" | "µs" | "MiB";
  /** The figure in a result; null where that has none, such as a peer that was not there. */
  readonly measured: (result: BenchResult) => number | null;
}

type Choice = (contender: ContenderResult) => boolean;

const named =
  (text: string): Choice =>
  ({ name }) =>
    name.includes(text);
const ours: Choice = ({ isOurs }) => isOurs;
const others: Choice = ({ isOurs }) => !isOurs;
const handWritten: Choice = ({ name }) => name === "hand-written pg";
const former: Choice = named("former release");
const held: Choice = named("snapshot held");
const unheld =
  (choice: Choice): Choice =>
  (contender) =>
    choice(contender) && !held(contender);
const peers: Choice = unheld((each) => others(each) && !handWritten(each) && !former(each));

/** The best of some divided by the best of others, of each round: the median. */
function ratio(some: Choice, toOthers: Choice): (found: CaseResult) => number | null {
  return ({ contenders }) => {
    const above = contenders.filter(some);
    const below = contenders.filter(toOthers);
    const rounds = Math.min(...[...above, ...below].map((each) => each.rounds.length));
    if (above.length === 0 || below.length === 0 || rounds === 0) return null;
    const best = (of: readonly ContenderResult[], round: number): number =>
      Math.max(...of.map((each) => each.rounds[round] ?? 0));
    return spreadOf(Array.from({ length: rounds }, (_, round) => best(above, round) / best(below, round))).median;
  };
}

const toReference = ({ contenders }: CaseResult): number | null =>
  Math.max(...contenders.filter(ours).map((each) => each.toReference.median));

function latency(place: "p50" | "p99", of: Choice = ours): (found: CaseResult) => number | null {
  return ({ contenders }) => contenders.find(of)?.latencyMs?.[place] ?? null;
}

/** Our middle latency, divided by that of the quickest peer. */
function latencyToBestPeer(found: CaseResult): number | null {
  const quickest = Math.min(...found.contenders.filter(peers).map(({ latencyMs }) => latencyMs?.p50 ?? Infinity));
  const own = latency("p50")(found);
  return own === null || quickest === Infinity ? null : own / quickest;
}

/** The client's processor time an operation, of the fastest of the chosen contenders. */
function clientMicros(of: Choice): (found: CaseResult) => number | null {
  return ({ contenders }) => {
    const [fastest] = contenders.filter(of).toSorted((a, b) => b.perSecond.median - a.perSecond.median);
    // Older stored results lack it.
    return fastest?.cost?.clientMicros ?? null;
  };
}

/** A figure of the case whose name begins with `name` and ends with `end`. */
function ofCase(name: string, figure: (found: CaseResult) => number | null, end = ""): Target["measured"] {
  return ({ cases }) => {
    const found = cases.find((each) => each.name.startsWith(name) && each.name.endsWith(end));
    return found === undefined ? null : figure(found);
  };
}

function atLeast(bench: string, what: string, value: number, measured: Target["measured"]): Target {
  return { bench, what, bound: "at least", value, unit: "×", measured };
}

function atMost(
  bench: string,
  what: string,
  [value, unit]: readonly [value: number, unit: Target["unit"]],
  measured: Target["measured"],
): Target {
  return { bench, what, bound: "at most", value, unit, measured };
}

const oneAndFifty = [
  ["1 caller", 0.9],
  ["50 callers", 2],
] as const;

function besideHandWritten(bench: string, operations: readonly string[]): readonly Target[] {
  return operations.flatMap((operation) =>
    oneAndFifty.map(([callers, value]) => {
      const name = `${operation}, ${callers}`;
      return atLeast(bench, `${name}, to hand-written pg`, value, ofCase(name, ratio(ours, handWritten)));
    }),
  );
}

const ofPushes: readonly Target[] = [
  ...(
    [
      ["1 caller", 1.5],
      ["10 callers", 8],
      ["50 callers", 20],
      ["500 callers", 30],
    ] as const
  ).map(([name, value]) => atLeast("push-one", `${name}, to the best peer`, value, ofCase(name, ratio(ours, peers)))),
  atLeast("push-one", "1 caller, to hand-written pg", 0.85, ofCase("1 caller", ratio(ours, handWritten))),
  atLeast("push-one", "50 callers, to the reference", 3, ofCase("50 callers", toReference)),
  atLeast(
    "push-one",
    "notifications, 50 callers, to the same without",
    0.9,
    ofCase("notifications", ratio(ours, others)),
  ),
  atLeast("push-many", "1 caller, to the best peer", 2.5, ofCase("1 caller", ratio(ours, peers))),
];

/** Targets of a drain, by how its jobs were pushed. */
const fillings = [
  { filling: "pushed in bulk", toBestPeer: 2, toUnheld: 0.8 },
  { filling: "pushed one by one", toBestPeer: 1.2, toUnheld: 0.6 },
] as const;

function ofDrain(bench: string): readonly Target[] {
  return fillings.flatMap(({ filling, toBestPeer, toUnheld }) => {
    const figure = (of: (found: CaseResult) => number | null): Target["measured"] => ofCase("", of, filling);
    const isFast = named("prefetch 2000");
    const fast: Choice = (each) => ours(each) && isFast(each);
    return [
      atLeast(bench, `${filling}, to the best peer`, toBestPeer, figure(ratio(unheld(ours), peers))),
      atLeast(
        bench,
        `${filling}, snapshot held, to the same without`,
        toUnheld,
        figure(ratio((each) => fast(each) && held(each), unheld(fast))),
      ),
      atMost(bench, `${filling}, processor time of the client a job`, [8, "µs"], figure(clientMicros(unheld(ours)))),
    ];
  });
}

const ofSaves: readonly Target[] = (
  [
    ["execution", 0.9, 2],
    ["task", 0.8, 1.7],
  ] as const
).flatMap(([what, alone, together]) => [
  atLeast("save-state", `${what}, 1 caller, to hand-written pg`, alone, ofCase(`${what}, 1 `, ratio(ours, others))),
  atLeast("save-state", `${what}, 10 callers, to the reference`, 1.2, ofCase(`${what}, 10 `, toReference)),
  atLeast("save-state", `${what}, 50 callers, to the reference`, together, ofCase(`${what}, 50 `, toReference)),
]);

const ofWorkflows: readonly Target[] = (
  [
    ["1 caller", { "step and end in one": 1.5, "step by itself": 1.3, "through a worker": 2 }],
    ["16 callers", { "step and end in one": 5, "step by itself": 4 }],
  ] as const
).flatMap(([name, ways]) => [
  ...Object.entries(ways).map(([way, value]) =>
    atLeast("workflow", `${name}, ${way}, to the best peer`, value, ofCase(name, ratio(named(way), peers))),
  ),
  atMost(
    "workflow",
    `${name}, processor time of the client a workflow`,
    [400, "µs"],
    ofCase(name, clientMicros(named("step and end in one"))),
  ),
]);

/** An engine on Holdfast, to the same engine on its own backend, by the same calls. */
const ofEngines: readonly Target[] = ["engine-openworkflow", "engine-workflow-devkit", "langgraph"].flatMap((bench) =>
  ["", ", 1 ms of network"].flatMap((network) =>
    (
      [
        ["1 caller", 1.5],
        ["16 callers", 3],
      ] as const
    ).map(([callers, value]) => {
      const name = `${callers}${network}`;
      return atLeast(bench, `${name}, to the engine's own backend`, value, ofCase(name, ratio(ours, peers), name));
    }),
  ),
);

/** What is to come out, in the order of the page. */
export const targets: readonly Target[] = [
  ...ofPushes,
  ...["drain", "drain-long"].flatMap(ofDrain),
  atLeast(
    "drain",
    "pushed in bulk, to graphile-worker's default",
    20,
    ofCase("", ratio(unheld(ours), named("graphile-worker, default")), "pushed in bulk"),
  ),
  atLeast("held-rows", "100 rows, to none", 0.8, ofCase("50 callers", ratio(named("100 rows"), named(", 0 rows")))),
  atMost("latency", "the middle job, to the best peer", [0.7, "×"], ofCase("1 worker", latencyToBestPeer)),
  atMost("latency", "99 of 100 jobs", [10, "ms"], ofCase("1 worker", latency("p99"))),
  ...["50 groups in turn", "at most 2,500 jobs at once", "at most 1,000,000 jobs"].map((name) =>
    atLeast("limits", `${name}, to the same without`, 0.8, ofCase(name, ratio(ours, named("without")))),
  ),
  ...["50 groups, at most", "all of them"].map((name) =>
    atLeast("limits", `${name}, to the former release`, 1.3, ofCase(name, ratio(ours, former))),
  ),
  ...fillings.map(({ filling }) =>
    atMost("counts", `${filling}, the middle count`, [5, "ms"], ofCase("", latency("p50"), filling)),
  ),
  ...ofSaves,
  atLeast("transition", "1 caller, to single statements", 2, ofCase("1 caller", ratio(ours, others))),
  ...ofWorkflows,
  ...ofEngines,
  ...besideHandWritten("kv", ["set", "get", "list"]),
  ...besideHandWritten("snapshots", ["write", "latest"]),
  ...besideHandWritten("history", ["append", "read"]),
  ...besideHandWritten("waiting", ["correlation", "timer"]),
  atLeast("timers", "a million waiting, to a thousand", 0.9, ofCase("1,000 a second", ratio(ours, others))),
  atMost("tree", "100,000 tasks walked", [1000, "ms"], ofCase("", latency("p50"), "tasks walked")),
  atMost("tree", "progress of 100,000 tasks", [20, "ms"], ofCase("progress", latency("p50"))),
  ...["executions listed", "kv entries streamed", "history read", "tasks walked"].map((what) =>
    atMost(
      "memory",
      `a million rows, ${what}`,
      [64, "MiB"],
      ofCase("", ({ contenders }) => contenders.find(named(what))?.grewMiB ?? null),
    ),
  ),
  atMost(
    "embedded",
    "an existing folder, in a new process",
    [700, "ms"],
    ofCase("open first", latency("p50", named("folder"))),
  ),
  atMost(
    "embedded",
    "in memory, in a new process",
    [1500, "ms"],
    ofCase("open first", latency("p50", named("memory"))),
  ),
  atMost(
    "embedded",
    "a test store, after the first",
    [100, "ms"],
    ofCase("open again", latency("p50", named("test store"))),
  ),
  ...["upload", "download"].map((what) =>
    atLeast("blobs", `${what}, to the AWS SDK's own`, 0.9, ofCase(what, ratio(ours, others))),
  ),
  atLeast("churn", "the last third, to the first", 0.9, ofCase("", ratio(ours, others))),
  {
    ...atMost("growth", "the operation that slowed most, to the same on 10,000 rows", [1.3, "×"], () => null),
    measured: ({ cases }) => Math.max(...cases.map((found) => slowdown(found))),
  },
];

function slowdown({ contenders }: CaseResult): number {
  const [small, large] = [others, ours].map((of) => contenders.find(of)?.latencyMs?.p50 ?? Number.NaN);
  return (large ?? Number.NaN) / (small ?? Number.NaN);
}

/** Targets of a bench whose figure its result lacks: a case or a contender was renamed in one of the two. */
export function unmeasured(result: BenchResult): readonly Target[] {
  return targets.filter(
    ({ bench, measured }) => bench === result.name && !Number.isFinite(measured(result) ?? Number.NaN),
  );
}

/** Whether a figure is what it is to be. */
export function isMet({ bound, value }: Target, figure: number): boolean {
  return bound === "at least" ? figure >= value : figure <= value;
}
