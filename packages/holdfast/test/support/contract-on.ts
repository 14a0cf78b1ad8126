import { contract, type ContractOptions, type OpenContract, openContract } from "@holdfast/contract";
import { afterAll, beforeAll, test } from "vitest";

/** Describes the contract's cases on one subject, on a store that is opened once. */
export function testContract(subject: string, open: () => Promise<ContractOptions>): void {
  let opened: OpenContract;
  beforeAll(async () => {
    opened = await openContract(await open());
  });
  afterAll(() => opened.close());
  for (const contractCase of contract[subject] ?? []) test(contractCase.name, () => opened.run(contractCase));
}
