import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { createWorld } from "@holdfast/workflow-devkit";
import { getQueueTopicPrefix, SPEC_VERSION_CURRENT as specVersion, type World } from "@workflow/world";
import { createWorld as createOwnWorld } from "@workflow/world-postgres";
import { ulid } from "ulid";
import type { Contender, Place } from "../bench.ts";
import { type Load, type Operation, underLoad } from "../load.ts";
import { expectNumber } from "../rows.ts";

/** Workflows of one step on Holdfast. */
export function worldOnHoldfast(load: Load): Contender {
  return underLoad({ name: "Holdfast", isOurs: true }, load, async (place) => {
    const world = await createWorld({ url: place.url });
    const { call, close } = await runningOn(world);
    return {
      call,
      check: async (calls) => {
        const succeeded = { labels: { workflow: workflowName }, status: "succeeded" } as const;
        const counted = [
          await world.store.executions.count(succeeded),
          await world.store.tasks.count({ status: "succeeded" }),
        ];
        if (counted.some((count) => count !== calls)) {
          throw new Error(`${counted.join()} instead of ${calls} are completed.`);
        }
      },
      close,
    };
  });
}

/** Workflows of one step on the engine's own World for PostgreSQL. */
export function ownWorld(load: Load): Contender {
  return underLoad({ name: "its own World", isOurs: false }, load, async (place) => {
    await setUp(place);
    const { call, close } = await runningOn(createOwnWorld({ connectionString: place.url, maxPoolSize: 32 }));
    return {
      call,
      check: async (calls) => {
        const completed = (table: string): string =>
          `select count(*) from workflow.${table} where status = 'completed'`;
        await expectNumber(place.pool, completed("workflow_runs"), calls);
        await expectNumber(place.pool, completed("workflow_steps"), calls);
      },
      close,
    };
  });
}

const workflowName = "bench";
const queueName = `${getQueueTopicPrefix("workflow")}${workflowName}`;
const payload = new TextEncoder().encode(JSON.stringify({ order: "x".repeat(100) }));

/** Starts runs as the engine's client does, and answers their messages, which come over HTTP, as its runtime does. */
async function runningOn(world: World): Promise<Pick<Operation, "call" | "close">> {
  const ends = new Map<string, () => void>();
  const route = world.createQueueHandler(getQueueTopicPrefix("workflow"), async (message, { messageId }) => {
    const { runId } = message as { readonly runId: string };
    await runOnce(world, runId, messageId);
    ends.get(runId)?.();
    ends.delete(runId);
  });
  const server = createServer((request, response) => {
    void answer(route, request).then(({ status, text }) => response.writeHead(status).end(text));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  process.env["WORKFLOW_LOCAL_BASE_URL"] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await world.start?.();
  return {
    call: async () => {
      const runId = `wrun_${ulid()}`;
      const ended = new Promise<void>((resolve) => ends.set(runId, resolve));
      const eventData = { deploymentId: "bench", workflowName, input: payload };
      const runInput = { ...eventData, specVersion };
      await Promise.all([
        world.events.create(runId, { eventType: "run_created", specVersion, eventData }),
        world.queue(queueName, { runId, runInput }, { specVersion }),
      ]);
      await ended;
    },
    close: async () => {
      await world.close?.();
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The calls of the engine's runtime for a workflow of one step, which runs inline. */
async function runOnce({ events }: World, runId: string, ownerMessageId: string): Promise<void> {
  const correlationId = `step_${ulid()}`;
  const input = { deploymentId: "bench", workflowName, input: payload };
  const started = await events.create(runId, { eventType: "run_started", specVersion, eventData: input });
  const sinceCursor = started.cursor ?? (await events.list({ runId })).cursor ?? "";
  await events.create(runId, {
    eventType: "step_started",
    specVersion,
    correlationId,
    eventData: { stepName: "step", workflowName, input: payload, ownerMessageId },
  });
  const eventData = { stepName: "step", workflowName, result: payload };
  const step = await events.create(
    runId,
    { eventType: "step_completed", specVersion, correlationId, eventData },
    { sinceCursor },
  );
  // A World may answer the log behind the cursor. The runtime reads it otherwise.
  const behind = step.events ?? (await events.list({ runId, pagination: { cursor: sinceCursor } })).data;
  if (behind.at(-1)?.eventType !== "step_completed") throw new Error("The log does not end with the step.");
  await events.create(runId, { eventType: "run_completed", specVersion, eventData: { output: payload } });
}

async function answer(
  route: (request: Request) => Promise<Response>,
  request: IncomingMessage,
): Promise<{ readonly status: number; readonly text: string }> {
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as [string, string]);
  const body = await buffer(request);
  const response = await route(new Request("http://127.0.0.1", { method: "POST", headers, body }));
  return { status: response.status, text: await response.text() };
}

/** Makes the tables of the engine's own World, by its command. */
async function setUp({ url }: Place): Promise<void> {
  const main = createRequire(import.meta.url).resolve("@workflow/world-postgres");
  const command = join(dirname(main), "../bin/setup.js");
  await promisify(execFile)(process.execPath, [command], { env: { ...process.env, WORKFLOW_POSTGRES_URL: url } });
}
