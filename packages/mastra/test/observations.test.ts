import { InMemoryStore, type MemoryStorage, type ObservationalMemoryRecord } from "@mastra/core/storage";
import { openStore, type Store } from "holdfast";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { HoldfastMemory } from "../src/index.ts";

const odd = 'a"\u0000\ud800é';

const at = (second: number) => new Date(1_700_000_000_000 + second * 1000);

describeOnEach("Mastra's observational memory", (database) => {
  let store: Store;
  let memory: HoldfastMemory;
  beforeAll(async () => {
    store = await openStore(await database.prepared());
    memory = new HoldfastMemory(store);
  });
  afterAll(() => store.close());

  test("changes as Mastra's own store in memory does", async () => {
    const oracle = new InMemoryStore().stores?.memory as MemoryStorage;
    const answers = [];
    for (const tested of [memory, oracle]) answers.push(comparable(await observe(tested)));
    expect(answers[0]).toEqual(answers[1]);
  });

  test("loses no chunk of many that are buffered at once, and takes each cycle once", async () => {
    const { id } = await memory.initializeObservationalMemory(owned("many"));
    const buffer = async (cycle: number) => memory.updateBufferedObservations({ id, chunk: chunk(`c${cycle % 8}`, 1) });
    await Promise.all(Array.from({ length: 16 }, (_, i) => buffer(i)));
    const record = await memory.getObservationalMemory("many", "r");
    const cycles = record?.bufferedObservationChunks?.map(({ cycleId }) => cycleId).toSorted();
    expect(cycles).toEqual(Array.from({ length: 8 }, (_, i) => `c${i}`));
  });

  test("of a record that does not exist is an error that names it", async () => {
    const missing = memory.setReflectingFlag("none", true);
    await expect(missing).rejects.toMatchObject({ code: "not_found", facts: { id: "none" } });
  });
});

const owned = (threadId: string | null) => ({
  threadId,
  resourceId: "r",
  scope: threadId === null ? ("resource" as const) : ("thread" as const),
  config: { observation: { messageTokens: 10 }, text: odd },
  observedTimezone: "UTC",
});

const chunk = (cycleId: string, second: number) => ({
  cycleId,
  observations: `${cycleId}${odd}`,
  tokenCount: 5,
  messageIds: [`m ${cycleId}`],
  messageTokens: 20,
  lastObservedAt: at(second),
  currentTask: odd,
});

/** Every method, and what may be read after each. */
async function observe(memory: MemoryStorage): Promise<unknown> {
  const seen: unknown[] = [memory.supportsObservationalMemory];
  // What Mastra's own store answers, it changes later.
  const see = (...answers: unknown[]): unknown => seen.push(...(JSON.parse(JSON.stringify(answers)) as unknown[]));
  const { id } = await memory.initializeObservationalMemory(owned("t"));
  await memory.initializeObservationalMemory(owned(null));
  const read = async (): Promise<void> => {
    see(await memory.getObservationalMemory("t", "other"), await memory.getObservationalMemory(null, "r"));
    see(await memory.getObservationalMemoryHistory("t", "r"));
  };
  const steps: (() => Promise<unknown>)[] = [
    () => memory.setObservingFlag(id, true),
    () => memory.setPendingMessageTokens(id, 100),
    () =>
      memory.updateActiveObservations({
        id,
        observations: odd,
        tokenCount: 7,
        lastObservedAt: at(1),
        observedMessageIds: [odd],
      }),
    () => memory.setBufferingObservationFlag(id, true, 12),
    () => memory.updateBufferedObservations({ id, chunk: chunk("1", 2), lastBufferedAtTime: at(3) }),
    () => memory.updateBufferedObservations({ id, chunk: chunk("2", 4) }),
    () => memory.updateBufferedObservations({ id, chunk: chunk("2", 4) }),
    () => memory.setPendingMessageTokens(id, 50),
    () =>
      memory.swapBufferedToActive({
        id,
        activationRatio: 0.5,
        messageTokensThreshold: 40,
        currentPendingTokens: 40,
      }),
    () => memory.setBufferingReflectionFlag(id, true),
    () =>
      memory.updateBufferedReflection({
        id,
        reflection: odd,
        tokenCount: 3,
        inputTokenCount: 4,
        reflectedObservationLineCount: 1,
      }),
    () => memory.updateObservationalMemoryConfig({ id, config: { observation: { bufferTokens: 5 } } }),
    async () => {
      const currentRecord = (await memory.getObservationalMemory("t", "r")) as ObservationalMemoryRecord;
      return memory.swapBufferedReflectionToActive({ currentRecord, tokenCount: 9 });
    },
    async () => {
      const currentRecord = (await memory.getObservationalMemory("t", "r")) as ObservationalMemoryRecord;
      return memory.createReflectionGeneration({ currentRecord, reflection: odd, tokenCount: 2 });
    },
    async () => {
      const record = (await memory.getObservationalMemory("t", "r")) as ObservationalMemoryRecord;
      return memory.insertObservationalMemoryRecord({ ...record, id: "copy", threadId: "copy", createdAt: at(9) });
    },
    async () => [
      await memory.getObservationalMemoryHistory("t", "r", 1),
      await memory.getObservationalMemoryHistory("t", "r", 2, { offset: 1 }),
      await memory.getObservationalMemoryHistory("copy", "r", 5, { from: at(8), to: at(9) }),
      await memory.getObservationalMemoryHistory("copy", "r", 5, { from: at(10) }),
    ],
    () => memory.clearObservationalMemory("t", "r"),
  ];
  for (const step of steps) {
    see(await step());
    await read();
  }
  return seen;
}

/** Without the times of writing and the ids that Mastra makes. */
function comparable(answer: unknown): unknown {
  const left = new Set(["createdAt", "updatedAt", "id"]);
  return JSON.parse(JSON.stringify(answer, (key, value: unknown) => (left.has(key) || value === null ? 0 : value)));
}
