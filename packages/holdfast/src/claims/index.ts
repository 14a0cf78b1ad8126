export type { Claim, Fenced, HeartbeatOptions, Held, Lost } from "./claims.ts";
export type { StepSelection } from "./step-selection.ts";
