import type { BlobBackend } from "../database/enums.generated.ts";
import type { Session } from "../database/session.ts";
import { InvalidInputError } from "../errors.ts";
import { quote } from "../quote.ts";
import { postgresBackend } from "./backends/postgres.ts";
import type { ContentBackend } from "./content-backend.ts";

/** What the methods of `blobs` work with. */
export interface BlobParts {
  readonly session: Session;
  /** Where new contents go. */
  readonly backend: ContentBackend;
  /** Every backend whose contents can be reached: PostgreSQL's always, so that a store can move on from it. */
  readonly reachable: readonly ContentBackend[];
}

/** The parts on a session; null stands for PostgreSQL itself. */
export function blobParts(session: Session, external: ContentBackend | null): BlobParts {
  const postgres = postgresBackend(session);
  return external === null
    ? { session, backend: postgres, reachable: [postgres] }
    : { session, backend: external, reachable: [external, postgres] };
}

/** The backend that has a blob's content. @throws InvalidInputError where the store was opened without it. */
export function backendNamed({ reachable }: BlobParts, name: BlobBackend, key: string): ContentBackend {
  const found = reachable.find((backend) => backend.name === name);
  if (found) return found;
  throw new InvalidInputError(
    `Blob ${quote(key)} is kept in the backend ${name}, with which this store was not opened: give it as blobs.backend.`,
    { facts: { field: "blobs.backend", key, backend: name } },
  );
}
