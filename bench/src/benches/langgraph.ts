import { HoldfastSaver } from "@holdfast/langgraph";
import { type BaseCheckpointSaver, emptyCheckpoint, uuid6 } from "@langchain/langgraph-checkpoint";
import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";
import pg from "pg";
import type { Bench, Contender } from "../bench.ts";
import { type Load, underLoad } from "../load.ts";
import { casesByNetwork } from "../network.ts";
import { paddedText } from "../payload.ts";
import { peerPoolMax } from "../peers/hand-written.ts";
import { openHoldfast } from "../peers/holdfast.ts";
import { expectNumber, expectSame } from "../rows.ts";

/** How many threads take turns. */
const threads = 1000;

/** One step of a LangGraph graph, as its checkpointer is called. */
export const langgraph: Bench = {
  name: "langgraph",
  measures:
    `A step of one of ${threads.toLocaleString("en-US")} threads: a checkpoint is put, of whose three channels two are new, one with 1 KB; a ` +
    "task puts two writes; the checkpoint is read with them. Both savers get the same calls from LangGraph's own types. In the " +
    "last two cases, a proxy holds each request for a millisecond.",
  unit: "steps",
  cases: (size) => casesByNetwork(size, (load) => [holdfastSaver(load), postgresSaver(load)]),
};

function holdfastSaver(load: Load): Contender {
  return underLoad({ name: "Holdfast", isOurs: true }, load, async (place) => {
    const store = await openHoldfast(place);
    return {
      call: stepsOf(new HoldfastSaver(store)),
      check: async (calls) => {
        await expectNumber(place.pool, "select count(*) from holdfast.checkpoints", calls);
        await expectNumber(place.pool, "select count(*) from holdfast.checkpoint_writes", 2 * calls);
        await expectNumber(place.pool, "select count(*) from holdfast.checkpoint_parts where name = 'messages'", calls);
      },
      close: () => store.close(),
    };
  });
}

function postgresSaver(load: Load): Contender {
  return underLoad({ name: "PostgresSaver", isOurs: false }, load, async (place) => {
    const pool = new pg.Pool({ connectionString: place.url, max: peerPoolMax });
    const saver = new PostgresSaver(pool);
    await saver.setup();
    return {
      call: stepsOf(saver),
      check: async (calls) => {
        await expectNumber(place.pool, "select count(*) from checkpoints", calls);
        await expectNumber(place.pool, "select count(*) from checkpoint_writes", 2 * calls);
        await expectNumber(place.pool, "select count(*) from checkpoint_blobs where channel = 'messages'", calls);
      },
      close: () => pool.end(),
    };
  });
}

type Config = Parameters<BaseCheckpointSaver["getTuple"]>[0];

/** The latest checkpoint of a thread. */
interface Latest {
  readonly config: Config;
  readonly step: number;
  readonly versions: { readonly messages: number; readonly counter: number; readonly profile: number };
}

function stepsOf(saver: BaseCheckpointSaver): (i: number) => Promise<void> {
  const latest = new Map<number, Latest>();
  return async (i) => {
    const before = latest.get(i % threads);
    const step = (before?.step ?? -1) + 1;
    const versions = {
      messages: saver.getNextVersion(before?.versions.messages),
      counter: saver.getNextVersion(before?.versions.counter),
      profile: before?.versions.profile ?? saver.getNextVersion(undefined),
    };
    const { messages, counter } = versions;
    const config = await saver.put(
      before?.config ?? { configurable: { thread_id: `thread-${i % threads}`, checkpoint_ns: "" } },
      {
        ...emptyCheckpoint(),
        id: uuid6(0),
        channel_values: { messages: [paddedText], counter: i, profile: { name: "Ada" } },
        channel_versions: versions,
      },
      { source: "loop", step, parents: {} },
      step === 0 ? versions : { messages, counter },
    );
    await saver.putWrites(
      config,
      [
        ["messages", [`answer ${i}`]],
        ["counter", i + 1],
      ],
      `task-${i}`,
    );
    const tuple = await saver.getTuple(config);
    expectSame(Object.keys(tuple?.checkpoint.channel_values ?? {}).length, 3, "channels");
    expectSame(Number(tuple?.checkpoint.channel_values["counter"]), i, "as the counter");
    expectSame(tuple?.pendingWrites?.length ?? 0, 2, "pending writes");
    latest.set(i % threads, { config, step, versions });
  };
}
