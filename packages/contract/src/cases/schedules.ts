import type { ContractCase } from "../case.ts";
import { schedulesInputCases } from "./schedules-input.ts";
import { schedulesRaceCases } from "./schedules-races.ts";
import { schedulesSaveCases } from "./schedules-saves.ts";
import { schedulesTickCases } from "./schedules-ticks.ts";

/** What schedules promise. */
export const schedulesContract: readonly ContractCase[] = [
  ...schedulesSaveCases,
  ...schedulesTickCases,
  ...schedulesRaceCases,
  ...schedulesInputCases,
];
