import type { ModelMessage } from "ai";
import type { Store } from "holdfast";
import { InvalidInputError } from "holdfast/errors";
import type { ClaimedExecution } from "holdfast/executions";
import type { ExecutionContext, ExecutionHandler } from "holdfast/worker";
import {
  answerKey,
  answerMessage,
  type Conversation,
  conversationOf,
  missingOf,
  pendingOf,
  withAnswer,
} from "./conversation.ts";
import { toJson } from "./json.ts";
import { type AgentRun, runOf } from "./run.ts";
import { inputOf } from "./runs.ts";
import { Steps } from "./steps.ts";

/** What `generateText` and `streamText` return, as far as a run needs it. */
export interface AgentAnswer {
  readonly responseMessages: readonly ModelMessage[] | PromiseLike<readonly ModelMessage[]>;
  /** The output of the run, if nothing is left to answer. */
  readonly text: unknown;
}

/** Continues a run, by `generateText` or `streamText`, and returns the result. */
export type AgentHandler = (run: AgentRun) => AgentAnswer | Promise<AgentAnswer>;

/** The options of an agent. */
export interface AgentOptions {
  /** How long a run waits for the next answer of a person. Then missing ones count as refusals. Forever by default. */
  readonly answerWithinMs?: number | undefined;
}

const answerWithinMsMax = 100 * 365 * 24 * 3_600_000;

/**
 * The handler of a queue whose executions are runs of an agent: pass it to `startWorker` as one of its `executions`. If a process dies, the
 * next one goes on after the last stored answer of a model or a tool.
 *
 * @throws InvalidInputError
 */
export function agent(store: Store, handler: AgentHandler, options: AgentOptions = {}): ExecutionHandler {
  const { answerWithinMs } = options;
  if (answerWithinMs !== undefined) checkAnswerWithinMs(answerWithinMs);
  return async (execution, context) => {
    const conversation = begun(execution);
    if (missingOf(conversation).length > 0) return wait(execution.id, context, { conversation, answerWithinMs });
    const { turn, messages } = conversation.pending.length === 0 ? conversation : nextTurn(conversation);
    const { id, input } = execution;
    const steps = await Steps.read(store, context, { id, turn });
    const { context: given } = inputOf(id, input);
    const { signal } = context;
    const run = runOf({ id, messages: [...messages], context: given, signal, store, steps });
    const answer = await handler(run);
    const said = [...messages, ...(await answer.responseMessages)];
    steps.throwFailure();
    const next = { turn, messages: said, pending: pendingOf(said), answers: {} };
    if (next.pending.length > 0) return wait(id, context, { conversation: next, answerWithinMs });
    const text = await answer.text;
    const state = toJson(next);
    return context.end(
      { status: "succeeded", ...(text !== undefined && { output: toJson(text) }) },
      { step: { state } },
    );
  };
}

function begun({ id, input, state, wake }: ClaimedExecution): Conversation {
  const conversation = conversationOf(id, state);
  if (conversation) return withAnswer(conversation, id, wake);
  return { turn: 0, messages: inputOf(id, input).messages, pending: [], answers: {} };
}

function nextTurn(conversation: Conversation): Conversation {
  const { turn, messages } = conversation;
  return { turn: turn + 1, messages: [...messages, answerMessage(conversation)], pending: [], answers: {} };
}

function checkAnswerWithinMs(answerWithinMs: number): void {
  if (Number.isSafeInteger(answerWithinMs) && answerWithinMs >= 1 && answerWithinMs <= answerWithinMsMax) return;
  throw new InvalidInputError(`answerWithinMs must be an integer from 1 to ${answerWithinMsMax}.`, {
    facts: { field: "answerWithinMs" },
  });
}

interface Waiting {
  readonly conversation: Conversation;
  readonly answerWithinMs: number | undefined;
}

async function wait(id: string, context: ExecutionContext, { conversation, answerWithinMs }: Waiting): Promise<void> {
  const waits = missingOf(conversation).map((pending) => ({ key: answerKey(id, conversation.turn, pending.id) }));
  const step = { status: "waiting", state: toJson(conversation) } as const;
  await context.park({ waits, ...(answerWithinMs !== undefined && { afterMs: answerWithinMs }) }, { step });
}
