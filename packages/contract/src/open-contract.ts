import type { ConnectionOptions } from "holdfast";
import type { BlobOptions } from "holdfast/blobs";
import type { Codec } from "holdfast/codecs";
import { testSchema } from "holdfast/testing";
import type { ContractCase } from "./case.ts";

/** A database that contract cases run on, one after the other. */
export interface OpenContract {
  /** Runs one case on an empty store; throws what the case throws. */
  run(contractCase: ContractCase): Promise<void>;
  close(): Promise<void>;
}

/** The database that the contract runs on, and how its stores are opened. */
export type ContractPlace = ConnectionOptions & {
  /** In PostgreSQL by default. */
  readonly blobs?: BlobOptions;
  /** Plain JSON by default. */
  readonly codec?: Codec | undefined;
};

/** Where cases run by hand. The schema is emptied before every case: give one that holds nothing of worth. */
export type ContractOptions = ContractPlace & { readonly schema: string };

/** Opens a database for contract cases. */
export async function openContract(options: ContractOptions): Promise<OpenContract> {
  // Cases of retention expect the periods that a store has by default.
  const schema = await testSchema({ blobs: { backend: "postgres" }, ...options, retention: {} });
  return {
    run: async (contractCase) => {
      await using test = await schema.open();
      await contractCase.run(test);
    },
    close: () => schema.close(),
  };
}
