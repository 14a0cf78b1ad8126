import { instruments } from "./instruments.ts";
import type { LinkedTrace, TelemetryAttributes, TraceContext } from "./span-parts.ts";
import { defined, errorType, inSpan, isTracing, markThrown, quietly, recordSpan } from "./spans.ts";

/** Something that waits in a queue, as a message of a messaging system. */
export interface Message {
  readonly id: string;
  readonly traceContext: TraceContext | null;
}

/** A message to send, with the trace that it is to carry. */
interface Sent {
  readonly id: string;
  readonly queue: string;
  readonly traceContext: string | null;
}

/** What a handler is about to process. */
export interface Processed {
  /** The queue, or what else it was claimed from. */
  readonly destination: string;
  readonly messages: readonly Message[];
  /** Whether the handler takes many at once. Then they are links, and the span is of a trace of its own. */
  readonly isBatch: boolean;
  /** Traces that it refers to besides those of the messages. */
  readonly links?: readonly LinkedTrace[];
  readonly attributes?: TelemetryAttributes;
}

type Operation = "push" | "claim" | "process";

const typeOf = { push: "send", claim: "receive", process: "process" } as const satisfies Record<Operation, string>;

/** Whether anybody sees what is done: an SDK of traces, or one of metrics. */
function isObserved(): boolean {
  return isTracing() || instruments() !== null;
}

/** Sends messages in a span, and gives them its trace to carry. Without an SDK, this is `send` itself. */
export function sending<M extends Sent, T>(
  messages: readonly M[],
  target: TelemetryAttributes,
  send: (messages: readonly M[]) => Promise<T>,
): Promise<T> {
  return messages.length === 0 || !isObserved() ? send(messages) : sendObserved(messages, target, send);
}

async function sendObserved<M extends Sent, T>(
  messages: readonly M[],
  target: TelemetryAttributes,
  send: (messages: readonly M[]) => Promise<T>,
): Promise<T> {
  const named = { ...operation("push", queueOf(messages)), ...serverOf(target) };
  const parts = {
    name: nameOf("push", queueOf(messages)),
    kind: "PRODUCER",
    attributes: { ...named, ...countOf(messages, messages.length > 1) },
  } as const;
  return timed(named, async () => {
    const sent = await inSpan(
      () => parts,
      (traceNow) => {
        const trace = traceNow();
        return quietly(() =>
          send(trace === null ? messages : messages.map((each) => ({ ...each, traceContext: trace }))),
        );
      },
    );
    instruments()?.sent.add(messages.length, defined(named));
    return sent;
  });
}

/** How messages are received. */
interface Receiving<T> {
  readonly receive: () => Promise<T>;
  readonly messagesOf: (received: T) => readonly Message[];
}

/**
 * Receives messages from queues. A claim that finds nothing has no span, because idle workers ask all the time. Without an SDK, this is
 * `receive` itself.
 */
export function receiving<T>(from: QueueNames, target: TelemetryAttributes, receiver: Receiving<T>): Promise<T> {
  return isObserved() ? receiveObserved(from, target, receiver) : receiver.receive();
}

type QueueNames = () => readonly (string | { readonly name: string })[];

async function receiveObserved<T>(
  from: QueueNames,
  target: TelemetryAttributes,
  { receive, messagesOf }: Receiving<T>,
): Promise<T> {
  const startedAt = Date.now();
  return timed({ ...operation("claim", undefined), ...serverOf(target) }, async () => {
    const received = await quietly(receive);
    const messages = messagesOf(received);
    if (messages.length > 0) {
      const [first, ...others] = from();
      const destination = others.length > 0 || first === undefined ? undefined : nameOfQueue(first);
      recordSpan(() => ({
        name: nameOf("claim", destination),
        kind: "CLIENT",
        attributes: { ...operation("claim", destination), ...serverOf(target), ...countOf(messages, true) },
        links: linksTo(messages),
        startedAt,
      }));
    }
    return received;
  });
}

function nameOfQueue(queue: string | { readonly name: string }): string {
  return typeof queue === "string" ? queue : queue.name;
}

/**
 * Calls a handler in a span. For a single message, it is a child of the span that sent it, and linked to it. For a batch, it is linked to
 * the spans of all.
 */
export function processing(processed: () => Processed, handle: () => unknown): unknown {
  return isObserved() ? process(processed(), handle) : handle();
}

function process(
  { destination, messages, isBatch, links = [], attributes }: Processed,
  handle: () => unknown,
): Promise<unknown> {
  const named = operation("process", destination);
  const startedAt = performance.now();
  instruments()?.consumed.add(messages.length, defined(named));
  return inSpan(
    () => ({
      name: nameOf("process", destination),
      kind: "CONSUMER",
      attributes: { ...named, ...countOf(messages, isBatch), ...attributes },
      parent: isBatch ? null : (messages[0]?.traceContext ?? null),
      links: [...linksTo(messages), ...links],
    }),
    handle,
    {
      failed: markThrown,
      ended: (failure) => {
        const seconds = (performance.now() - startedAt) / 1000;
        instruments()?.process.record(seconds, defined({ ...named, ...failureOf(failure) }));
      },
    },
  );
}

/** Measures how long an operation takes. */
async function timed<T>(named: TelemetryAttributes, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  let failure: unknown;
  try {
    return await work();
  } catch (error) {
    failure = errorType(error);
    throw error;
  } finally {
    const seconds = (performance.now() - startedAt) / 1000;
    instruments()?.messaging.record(seconds, defined({ ...named, ...failureOf(failure) }));
  }
}

function failureOf(failure: unknown): TelemetryAttributes {
  return typeof failure === "string" ? { "error.type": failure } : {};
}

function operation(name: Operation, destination: string | undefined): TelemetryAttributes {
  return {
    "messaging.system": "holdfast",
    "messaging.operation.name": name,
    "messaging.operation.type": typeOf[name],
    "messaging.destination.name": destination,
  };
}

function nameOf(name: Operation, destination: string | undefined): string {
  return destination === undefined ? name : `${name} ${destination}`;
}

/** The queue of all messages; undefined if they have several. */
function queueOf(messages: readonly { readonly queue: string }[]): string | undefined {
  const queue = messages[0]?.queue;
  return messages.every((each) => each.queue === queue) ? queue : undefined;
}

function countOf(messages: readonly { readonly id: string }[], isBatch: boolean): TelemetryAttributes {
  return isBatch ? { "messaging.batch.message_count": messages.length } : { "messaging.message.id": messages[0]?.id };
}

function serverOf(target: TelemetryAttributes): TelemetryAttributes {
  return { "server.address": target["server.address"], "server.port": target["server.port"] };
}

/** The most links of a span; SDKs drop further ones. */
const linksMax = 128;

function linksTo(messages: readonly Message[]): readonly LinkedTrace[] {
  return messages
    .slice(0, linksMax)
    .flatMap(({ id, traceContext }) =>
      traceContext === null ? [] : [{ trace: traceContext, attributes: { "messaging.message.id": id } }],
    );
}
