export type { ContractCase, ContractContext } from "./case.ts";
export { contract } from "./contract.ts";
export { type ContractOptions, type ContractPlace, openContract, type OpenContract } from "./open-contract.ts";
export type { CaseResult, ContractReport } from "./results.ts";
export { runContract, type RunContractOptions, type RunOptions } from "./run-contract.ts";
export type { LeftSchema } from "./schemas.ts";
export { selectCases, type SubjectCase } from "./select-cases.ts";
