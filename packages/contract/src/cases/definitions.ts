import type { ContractCase } from "../case.ts";
import { definitionsListCases } from "./definitions-lists.ts";
import { definitionsPublishCases } from "./definitions-publish.ts";
import { definitionsRemoveCases } from "./definitions-remove.ts";

/** What `definitions` promises. */
export const definitionsContract: readonly ContractCase[] = [
  ...definitionsPublishCases,
  ...definitionsListCases,
  ...definitionsRemoveCases,
];
