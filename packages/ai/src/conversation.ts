import type { ModelMessage } from "ai";
import { CorruptError } from "holdfast/errors";
import type { Wake } from "holdfast/executions";

/** What a run waits for a person to say. */
export interface PendingAnswer {
  /** Names it in `approve` or `answer`. */
  readonly id: string;
  /** Whether a tool may be called, or what a tool without `execute` gives. */
  readonly kind: "approval" | "output";
  readonly toolCallId: string;
  readonly toolName: string;
  readonly input: unknown;
}

/** What a person said. */
export type Answer =
  | { readonly approved: boolean; readonly reason?: string | undefined }
  | { readonly output: unknown };

/** The state of an execution that is a run: its messages, and what it waits for. */
export interface Conversation {
  /** The number of times that it has waited. */
  readonly turn: number;
  readonly messages: readonly ModelMessage[];
  readonly pending: readonly PendingAnswer[];
  readonly answers: Readonly<Record<string, Answer>>;
}

/** The conversation in the state of a run; null before its first turn has ended. */
export function conversationOf(id: string, state: unknown): Conversation | null {
  if (state === undefined) return null;
  const stored: Partial<Conversation> | null = state;
  // Nobody else writes the state of such an execution.
  if (typeof stored?.turn === "number" && Array.isArray(stored.messages)) return stored as Conversation;
  throw new CorruptError(`The state of ${id} is not that of a run: something else has written it.`, { facts: { id } });
}

/** The key of the event that is an answer. */
export function answerKey(id: string, turn: number, pendingId: string): string {
  return `ai/${id}/${turn}/${pendingId}`;
}

/** The conversation with the answer that woke its run. If the time for answers is over, those that are missing are refusals. */
export function withAnswer(conversation: Conversation, id: string, wake: Wake | null): Conversation {
  const { turn, pending, answers } = conversation;
  if (wake?.by === "event") {
    const answered = pending.find((each) => answerKey(id, turn, each.id) === wake.key);
    return answered
      ? { ...conversation, answers: { ...answers, [answered.id]: wake.payload as Answer } }
      : conversation;
  }
  if (wake?.by !== "moment") return conversation;
  const late = pending.map((each) => [each.id, { approved: false, reason: "Nobody answered in time." }] as const);
  return { ...conversation, answers: { ...Object.fromEntries(late), ...answers } };
}

/** What is still missing. */
export function missingOf({ pending, answers }: Conversation): readonly PendingAnswer[] {
  return pending.filter(({ id }) => !Object.hasOwn(answers, id));
}

type ToolPart = Extract<ModelMessage, { role: "tool" }>["content"][number];
type Output = Extract<ToolPart, { type: "tool-result" }>["output"];

/** The message that tells the model of the answers. */
export function answerMessage({ pending, answers }: Conversation): ModelMessage {
  return {
    role: "tool",
    content: pending.map(({ id, kind, toolCallId, toolName }): ToolPart => {
      const answer = answers[id] ?? { approved: false };
      if (kind === "approval") {
        const { approved, reason } = "output" in answer ? { approved: false } : answer;
        return { type: "tool-approval-response", approvalId: id, approved, ...(reason !== undefined && { reason }) };
      }
      return { type: "tool-result", toolCallId, toolName, output: outputOf(answer) };
    }),
  };
}

function outputOf(answer: Answer): Output {
  if (!("output" in answer)) return { type: "error-text", value: answer.reason ?? "Nobody answered." };
  const { output } = answer;
  // What a codec could keep, JSON can.
  return typeof output === "string" ? { type: "text", value: output } : ({ type: "json", value: output } as Output);
}

/** The calls of the last message that nobody has answered yet. */
export function pendingOf(messages: readonly ModelMessage[]): readonly PendingAnswer[] {
  const last = messages.findLastIndex(({ role }) => role === "assistant");
  const message = messages[last];
  if (message?.role !== "assistant" || typeof message.content === "string") return [];
  const answers = messages.slice(last + 1).flatMap(({ role, content }) => (role === "tool" ? content : []));
  const parts = [...message.content, ...answers];
  const done = new Set(parts.flatMap((part) => (part.type === "tool-result" ? [part.toolCallId] : [])));
  const approvals = new Map(
    parts.flatMap((part) => (part.type === "tool-approval-request" ? [[part.toolCallId, part.approvalId]] : [])),
  );
  const decided = new Set(parts.flatMap((part) => (part.type === "tool-approval-response" ? [part.approvalId] : [])));
  return parts.flatMap((part): readonly PendingAnswer[] => {
    if (part.type !== "tool-call" || part.providerExecuted === true || done.has(part.toolCallId)) return [];
    const { toolCallId, toolName, input } = part;
    const approval = approvals.get(toolCallId);
    if (approval === undefined) return [{ id: toolCallId, kind: "output", toolCallId, toolName, input }];
    return decided.has(approval) ? [] : [{ id: approval, kind: "approval", toolCallId, toolName, input }];
  });
}
