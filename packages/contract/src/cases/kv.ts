import type { ContractCase } from "../case.ts";
import { kvEntryCases } from "./kv-entries.ts";
import { kvExpiryCases } from "./kv-expiry.ts";
import { kvInputCases } from "./kv-input.ts";
import { kvLabelCases } from "./kv-labels.ts";
import { kvListCases } from "./kv-lists.ts";
import { kvRaceCases } from "./kv-races.ts";
import { kvRemovalCases } from "./kv-removals.ts";
import { kvTogetherCases } from "./kv-together.ts";

/** What `kv` promises. */
export const kvContract: readonly ContractCase[] = [
  ...kvEntryCases,
  ...kvRaceCases,
  ...kvExpiryCases,
  ...kvListCases,
  ...kvLabelCases,
  ...kvRemovalCases,
  ...kvTogetherCases,
  ...kvInputCases,
];
