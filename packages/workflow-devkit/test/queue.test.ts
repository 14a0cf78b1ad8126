import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { openStore } from "holdfast";
import { expect, onTestFinished, test } from "vitest";
import { withResolvers } from "../../holdfast/test/support/waiting.ts";
import { createWorld, type HoldfastWorldOptions } from "../src/index.ts";

const queueName = "__wkf_workflow_w";

interface Delivered {
  readonly message: unknown;
  readonly attempt: number;
  readonly messageId: string;
}

/** A World that delivers to a handler in this process, and what was delivered to it. */
async function delivering(answer: (nth: number) => { timeoutSeconds: number } | undefined, until: number) {
  const store = await openStore({ memory: true });
  onTestFinished(() => store.close());
  const [delivered, all] = [[] as Delivered[], withResolvers()];
  const routes = await createWorld({ store });
  const deliver: HoldfastWorldOptions["deliver"] = routes.createQueueHandler(
    "__wkf_workflow_",
    async (message, meta) => {
      delivered.push({ message, attempt: meta.attempt, messageId: meta.messageId });
      if (delivered.length === until) all.resolve();
      return answer(delivered.length);
    },
  );
  const world = await createWorld({ store, deliver, onError: () => undefined });
  onTestFinished(() => world.close());
  return { world, delivered, done: all.promise };
}

test("a message is delivered with its bytes, and again under its id when the handler asks for it or fails", async () => {
  const { world, delivered, done } = await delivering((nth) => {
    if (nth === 1) return { timeoutSeconds: 0 };
    if (nth === 2) throw new Error("no");
    return undefined;
  }, 3);
  const runInput = { input: new Uint8Array([0, 255]), deploymentId: "d", workflowName: "w", specVersion: 5 };
  const { messageId } = await world.queue(queueName, { runId: "r", runInput });
  await world.start();
  await done;
  expect(delivered.map((each) => each.messageId)).toEqual([messageId, messageId, messageId]);
  // A delivery that is to come again later costs no attempt.
  expect(delivered.map(({ attempt }) => attempt)).toEqual([1, 1, 2]);
  for (const { message } of delivered) expect(message).toEqual({ runId: "r", runInput });
});

test("of messages with one key, one is delivered", async () => {
  const { world, delivered, done } = await delivering(() => undefined, 2);
  const send = async (runId: string) => world.queue(queueName, { runId }, { idempotencyKey: "k" });
  const first = await send("first");
  expect(await send("second")).toEqual(first);
  await world.queue(queueName, { runId: "other" });
  await world.start();
  await done;
  expect(delivered.map(({ message }) => message)).toEqual([{ runId: "first" }, { runId: "other" }]);
});

test("a message waits for the server that is to get it", async () => {
  const server = createServer((_request, response) => response.end("{}"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  const world = await createWorld({ memory: true, baseUrl: `http://127.0.0.1:${port}` });
  onTestFinished(() => world.close());
  await world.start();
  const { messageId } = await world.queue(queueName, { runId: "r" });
  server.listen(port, "127.0.0.1");
  onTestFinished(() => {
    server.close();
  });
  const [request] = (await once(server, "request")) as [IncomingMessage];
  expect([request.url, request.headers["x-holdfast-message"]]).toEqual(["/.well-known/workflow/v1/flow", messageId]);
});

test("a delivery of a queue that is not handled is refused", async () => {
  const world = await createWorld({ memory: true });
  onTestFinished(() => world.close());
  const handler = world.createQueueHandler("__wkf_step_", async () => undefined);
  const { status } = await handler(new Request("http://localhost", { method: "POST", body: "{}" }));
  expect(status).toBe(400);
});
