export { agent, type AgentAnswer, type AgentHandler, type AgentOptions } from "./agent.ts";
export type { Answer, PendingAnswer } from "./conversation.ts";
export type { AgentRun, ToolOptions } from "./run.ts";
export { type AgentRecord, AgentRuns, type Approval, type AgentStart } from "./runs.ts";
export { ToolInterruptedError, ToolOutputError } from "./tool-errors.ts";
