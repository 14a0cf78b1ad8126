import { generateText, isStepCount, tool } from "ai";
import { openStore, startWorker } from "holdfast";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { describeOnServers } from "../../holdfast/test/support/databases.ts";
import { agent, type AgentRun, AgentRuns } from "../src/index.ts";
import { mockModel } from "./models.ts";

describeOnServers("a tool's output that cannot be stored for a while", (database) => {
  test("is not told to the model as the tool's failure", async () => {
    const options = await database.prepared();
    const others = await openStore(options);
    const store = await openStore({ ...options, statementTimeoutMs: 300 });
    onTestFinished(async () => {
      await store.close();
      await others.close();
    });
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let holding: Promise<void> = Promise.resolve();
    const hold = async (id: string): Promise<void> =>
      new Promise((resolve) => {
        holding = others.transaction(async (tx) => {
          await tx.query("select from holdfast.tasks where execution_id = $1 and tool = 'work' for update", [id]);
          resolve();
          await released;
        });
      });
    const work = (run: AgentRun) =>
      tool({
        inputSchema: z.object({}),
        execute: async () => {
          await hold(run.id);
          return "worked";
        },
      });
    const model = mockModel([[{ id: "1", tool: "work", input: {} }], "Done."], (number) => number === 1 && release());
    const runs = new AgentRuns(store);
    const worker = await startWorker(store, {
      executions: {
        held: agent(store, (run) =>
          generateText({
            model: run.model(model),
            tools: run.tools({ work: work(run) }),
            messages: run.messages,
            stopWhen: isStepCount(5),
          }),
        ),
      },
      onError: release,
    });
    onTestFinished(() => worker.stop({ graceMs: 0 }));
    const record = await runs.result(await runs.start({ queue: "held", prompt: "Go." }));
    await holding;
    const results = record?.messages.flatMap(({ role, content }) => (role === "tool" ? content : []));
    expect(results).toMatchObject([{ output: { value: expect.stringContaining("may or may not") } }]);
  });
});

describe("bad input", () => {
  test("is an error that names its field", async () => {
    const store = await openStore({ memory: true });
    onTestFinished(() => store.close());
    const runs = new AgentRuns(store);
    const odd = (value: unknown) => value as never;
    const fields = {
      start: () => runs.start(odd(undefined)),
      promt: () => runs.start({ queue: "q", prompt: "Hi.", promt: "" } as never),
      prompt: () => runs.start({ queue: "q", prompt: odd(5) }),
      queue: () => runs.start(odd({ prompt: "Hi." })),
      id: () => runs.start({ queue: "q", prompt: "Hi.", id: odd(5) }),
      "messages[1]": () =>
        runs.start({ queue: "q", messages: [{ role: "user", content: "Hi." }, odd({ role: "usr" })] }),
      reasn: () => runs.approve("x", "y", odd({ approved: true, reasn: "" })),
      "approval.reason": () => runs.approve("x", "y", odd({ approved: true, reason: 5 })),
      handler: async () => agent(store, odd(undefined)),
      store: async () => agent(odd(undefined), () => odd(null)),
      answerWithinms: async () => agent(store, () => odd(null), odd({ answerWithinms: 5 })),
    };
    for (const [field, wrong] of Object.entries(fields)) {
      await expect(Promise.resolve().then<unknown>(wrong), field).rejects.toMatchObject({ facts: { field } });
    }
    await store.executions.create({ id: "other", queue: "q" });
    expect(await runs.get("other")).toBeNull();
    expect(await runs.cancel("other")).toBe(false);
    await expect(runs.approve("other", "x", { approved: true })).rejects.toMatchObject({ code: "not_found" });
  });
});
