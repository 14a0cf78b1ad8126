import type { ContractCase } from "../case.ts";
import { blobsInputCases } from "./blobs-input.ts";
import { blobsReadCases } from "./blobs-reads.ts";
import { blobsRefCases } from "./blobs-refs.ts";
import { blobsSweepCases } from "./blobs-sweeps.ts";
import { blobsTransactionCases } from "./blobs-transactions.ts";
import { blobsUploadCases } from "./blobs-uploads.ts";

/** What `blobs` promises, whatever keeps the bytes. */
export const blobsContract: readonly ContractCase[] = [
  ...blobsUploadCases,
  ...blobsReadCases,
  ...blobsTransactionCases,
  ...blobsSweepCases,
  ...blobsRefCases,
  ...blobsInputCases,
];
