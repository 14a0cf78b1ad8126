import { type ModelMessage, NoObjectGeneratedError, NoOutputGeneratedError, ToolChoiceViolationError } from "ai";
import type { Store } from "holdfast";
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
import { checkFields, invalid } from "./input.ts";
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
  const given: Partial<Store> | undefined = store;
  if (typeof given?.transaction !== "function") throw invalid("store", "must be a store of openStore");
  if (typeof handler !== "function") throw invalid("handler", "must be a function");
  checkFields(options, "options", ["answerWithinMs"]);
  const { answerWithinMs } = options;
  if (answerWithinMs !== undefined) checkAnswerWithinMs(answerWithinMs);
  return async (execution, context) => {
    const { id } = execution;
    const conversation = begun(execution);
    if (missingOf(conversation).length > 0) return wait(id, context, { conversation, answerWithinMs });
    const turn = conversation.pending.length === 0 ? conversation : nextTurn(conversation);
    const steps = await Steps.read(store, context, { id, turn: turn.turn });
    try {
      return await finish(turn, { store, handler, execution, context, steps, answerWithinMs });
    } catch (error) {
      if (steps.misuse === null) throw error;
      return context.end({ status: "failed", error: steps.misuse });
    }
  };
}

/** Takes a turn to its end, which is that of the run, or a wait. */
async function finish(conversation: Conversation, turn: Turn): Promise<unknown> {
  const { execution, context, answerWithinMs } = turn;
  const { id } = execution;
  const { said, text, runByItself } = await take(conversation, turn);
  const pending = pendingOf(said).filter(({ kind, toolName }) => kind === "approval" || !runByItself.has(toolName));
  const next = { turn: conversation.turn, messages: said, pending, answers: {} };
  if (pending.length > 0) return wait(id, context, { conversation: next, answerWithinMs });
  const output = await text();
  const end = { status: "succeeded", ...(output !== undefined && { output: toJson(output) }) } as const;
  return context.end(end, { step: { state: toJson(next) } });
}

interface Turn {
  readonly store: Store;
  readonly handler: AgentHandler;
  readonly execution: ClaimedExecution;
  readonly context: ExecutionContext;
  readonly steps: Steps;
  readonly answerWithinMs: number | undefined;
}

interface Taken {
  readonly said: readonly ModelMessage[];
  readonly text: () => Promise<unknown>;
  /** The tools that the SDK runs. If it left a call of one alone, nobody else can answer it. */
  readonly runByItself: ReadonlySet<string>;
}

/** Calls the handler for the next turn of a conversation. */
async function take({ messages }: Conversation, turn: Turn): Promise<Taken> {
  const { store, handler, execution, context, steps } = turn;
  const { id, input } = execution;
  const runByItself = new Set<string>();
  const onTool = (name: string): void => void runByItself.add(name);
  const { context: given } = inputOf(id, input);
  const run = runOf({ id, messages: [...messages], context: given, signal: context.signal, store, steps, onTool });
  const refusing = async <T>(get: () => T | PromiseLike<T>): Promise<T> => {
    try {
      return await get();
    } catch (error) {
      if (isRefusal(error)) await steps.refuseAnswer(error);
      throw error;
    }
  };
  const answer = await refusing(() => handler(run));
  if (typeof answer !== "object" || answer === null) {
    throw invalid("handler", "must return the result of generateText or streamText, or its responseMessages and text");
  }
  const responses: readonly ModelMessage[] | undefined = await refusing(() => answer.responseMessages);
  if (!responses) throw invalid("handler", "must return an object with responseMessages");
  steps.throwFailure();
  return { said: [...messages, ...responses], text: async () => refusing(() => answer.text), runByItself };
}

/** Whether the SDK refused an answer of the model, for instance because it does not fit a schema. */
function isRefusal(error: unknown): boolean {
  return (
    NoObjectGeneratedError.isInstance(error) ||
    NoOutputGeneratedError.isInstance(error) ||
    ToolChoiceViolationError.isInstance(error)
  );
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
  throw invalid("answerWithinMs", `must be an integer from 1 to ${answerWithinMsMax}`);
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
