export type { TestClock } from "./clock.ts";
export type { ContractCase, ContractContext } from "./contract/case.ts";
export { contract, type ContractOptions, type OpenContract, openContract } from "./contract/contract.ts";
export { testStore, type TestStore } from "./test-store.ts";
