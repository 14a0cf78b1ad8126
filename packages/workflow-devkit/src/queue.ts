import type { Queue } from "@workflow/world";
import type { Store, Transaction } from "holdfast";
import { fromJson, toJson } from "./json.ts";

/** What the job of a message carries. */
export interface Message {
  readonly queueName: string;
  /** As JSON, in which bytes are tagged. */
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/** More than the engine allows itself: it fails the run of a message that is delivered too often. */
const maxAttempts = 64;

const backoff = { initialMs: 1000, maxMs: 60_000 };

/** Pushes a message. One with a key that an unfinished message has is dropped. */
export function sendingTo(store: Store | Transaction, queue: string): Queue["queue"] {
  return async (queueName, message, { idempotencyKey, delaySeconds = 0, headers = {} } = {}) => {
    const payload: Message = { queueName, body: toJson(message), headers };
    const { id } = await store.jobs.push({
      queue,
      payload,
      maxAttempts,
      backoff,
      ...(delaySeconds > 0 && { delayMs: Math.ceil(delaySeconds * 1e3) }),
      ...(idempotencyKey !== undefined && { uniqueKey: idempotencyKey }),
    });
    return { messageId: id as NonNullable<Awaited<ReturnType<Queue["queue"]>>["messageId"]> };
  };
}

const names = {
  queue: "x-holdfast-queue",
  message: "x-holdfast-message",
  attempt: "x-holdfast-attempt",
} as const;

/** The headers of a delivery. */
export function headersOf(
  { queueName, headers }: Message,
  { id, attempts }: { readonly id: string; readonly attempts: number },
): Record<string, string> {
  const own = { [names.queue]: queueName, [names.message]: id, [names.attempt]: String(attempts) };
  return { ...headers, "content-type": "application/json", ...own };
}

type Meta = Parameters<Parameters<Queue["createQueueHandler"]>[1]>[1];

/** Makes the handler of deliveries, which the application serves as a route. */
export const createQueueHandler: Queue["createQueueHandler"] = (prefix, handler) => async (request) => {
  const [queueName, messageId] = [request.headers.get(names.queue), request.headers.get(names.message)];
  const attempt = Number(request.headers.get(names.attempt));
  if (queueName === null || messageId === null || !queueName.startsWith(prefix)) {
    return Response.json({ error: "This is not a delivery of a queue that is handled here." }, { status: 400 });
  }
  try {
    const meta = { queueName, messageId, attempt } as Meta;
    const result = await handler(fromJson(await request.json()), meta);
    return Response.json(typeof result?.timeoutSeconds === "number" ? { timeoutSeconds: result.timeoutSeconds } : {});
  } catch (error) {
    return Response.json({ error: String(error) }, { status: 500 });
  }
};
