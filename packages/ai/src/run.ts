import { type LanguageModel, type ModelMessage, type ToolSet, wrapLanguageModel } from "ai";
import type { Store, Transaction } from "holdfast";
import { checkFields, invalid } from "./input.ts";
import { recording } from "./model.ts";
import type { Steps } from "./steps.ts";

/** The options of a run's tools. */
export interface ToolOptions<Tools extends ToolSet> {
  /**
   * Tools that may be called again after their process died during a call, because a second call does no harm. For such calls
   * to other tools, the model gets an error.
   */
  readonly repeatable?: readonly (keyof Tools & string)[] | undefined;
}

/** A run of an agent, in the handler that continues it. */
export interface AgentRun {
  readonly id: string;
  /** The conversation so far: pass it to `generateText` or `streamText`. */
  readonly messages: ModelMessage[];
  /** What the run was started with besides its messages. */
  readonly context: unknown;
  /** Aborted when the run is canceled or taken over: pass it as `abortSignal`. */
  readonly signal: AbortSignal;
  /**
   * The model, whose answers are stored. Make its calls one after another, in an order that only depends on its answers. The calls that a
   * tool makes are an order of their own.
   */
  model(model: Exclude<LanguageModel, string>): Exclude<LanguageModel, string>;
  /**
   * The tools, whose outputs and errors are stored. An output is passed on as JSON writes it: dates as texts. Only the last value of a
   * tool that yields several counts.
   */
  tools<Tools extends ToolSet>(tools: Tools, options?: ToolOptions<Tools>): Tools;
  /**
   * Within a tool: does its work in a transaction that also stores its output, so that both happen exactly once. Make such a tool
   * `repeatable`. What is committed is the tool's output, even if the tool throws afterwards.
   */
  transaction<Output>(toolCallId: string, work: (tx: Transaction) => Promise<Output>): Promise<Output>;
}

/** The parts of a run that its handler uses. */
export interface RunParts extends Pick<AgentRun, "id" | "messages" | "context" | "signal"> {
  readonly store: Store;
  readonly steps: Steps;
  /** Called with the name of each tool that the SDK runs. */
  readonly onTool: (name: string) => void;
}

/** Makes a run of its parts. */
export function runOf({ store, steps, onTool, ...facts }: RunParts): AgentRun {
  return {
    ...facts,
    model: (model) => {
      const given: unknown = model;
      if (typeof given !== "object") throw invalid("model", "must be the object of a model, not its name");
      return wrapLanguageModel({ model, middleware: recording(steps) });
    },
    tools: (tools, options = {}) => {
      checkTools(tools, options);
      const { repeatable = [] } = options;
      for (const name of Object.keys(tools)) if (tools[name]?.execute) onTool(name);
      const entries = Object.entries(tools).map(([name, tool]) => {
        return [name, recorded(steps, tool, { name, isRepeatable: repeatable.includes(name) })] as const;
      });
      // The same tools, with other functions.
      return Object.fromEntries(entries) as typeof tools;
    },
    transaction: async (toolCallId, work) => steps.commit(store, toolCallId, work),
  };
}

function checkTools<Tools extends ToolSet>(tools: Tools, options: ToolOptions<Tools>): void {
  const given: unknown = tools;
  if (typeof given !== "object" || given === null) throw invalid("tools", "must be an object of tools by their names");
  checkFields(options, "options", ["repeatable"]);
  const repeatable: unknown = options.repeatable ?? [];
  if (!isArray(repeatable)) throw invalid("repeatable", "must be an array of names of tools");
  if (!repeatable.every((name) => Object.keys(tools).some((known) => known === name))) {
    throw invalid("repeatable", "names a tool that is not among the tools: name one of them");
  }
}

function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function recorded(
  steps: Steps,
  tool: ToolSet[string],
  { name, isRepeatable }: { name: string; isRepeatable: boolean },
): ToolSet[string] {
  const { execute } = tool;
  // Somebody else runs it: the provider, or a person.
  if (!execute) return tool;
  const once: typeof execute = async (input: unknown, options) => {
    const call = { toolName: name, toolCallId: options.toolCallId, input, isRepeatable };
    return steps.callTool(call, async () => {
      const output: unknown = await execute.call(tool, input, options);
      return isIterable(output) ? lastOf(output) : output;
    });
  };
  return { ...tool, execute: once };
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

async function lastOf(values: AsyncIterable<unknown>): Promise<unknown> {
  let last: unknown;
  for await (const value of values) last = value;
  return last;
}
