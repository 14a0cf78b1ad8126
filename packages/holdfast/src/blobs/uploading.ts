import { randomUUID } from "node:crypto";
import { decodeOptional } from "../core/codec.ts";
import type { BlobBackend } from "../core/enums.generated.ts";
import { LeaseLostError } from "../core/errors.ts";
import { mapPlan, type Plan } from "../core/plan.ts";
import type { Write } from "../core/write.ts";
import { callWithin } from "../session/call-limits.ts";
import type { Session } from "../session/session.ts";
import type { BlobInfo } from "./blob.ts";
import { type BlobParts, blobParts } from "./parts.ts";
import { findBlob } from "./reading.ts";
import { type BlobSource, closeSource, MeasuredSource } from "./source.ts";
import {
  abandonContents,
  beginContents,
  commitBlobs,
  type CommitBlobsRow,
  extendBlobs,
  keepContents,
  makeSpace,
  removeContents,
} from "./statements.generated.ts";
import type { EncodedOptions } from "./upload-input.ts";

/** The outcome of an upload. */
export interface UploadedBlob extends BlobInfo {
  /** `kept`: an existing blob stays, and this is its description. */
  readonly outcome: "stored" | "kept";
}

/** An upload to make. A null key stands for the SHA-256 of the bytes. */
export interface EncodedUpload {
  readonly key: string | null;
  readonly source: BlobSource;
  readonly options: EncodedOptions;
}

/** How long an upload counts as alive after a sign of life, and how often it gives one. */
const leaseMs = 300_000;
const heartbeatMs = leaseMs / 5;

/**
 * Uploads: begins a content, writes its bytes, and makes it the key's blob. A failure leaves nothing, or at most a content for the sweep
 * if neither database nor backend can be reached. Always closes the source.
 */
export async function upload(parts: BlobParts, { key, source, options }: EncodedUpload): Promise<UploadedBlob> {
  const { limits, whole } = parts.session.limited ?? { limits: {}, whole: parts.session };
  const signals = [limits.signal, options.signal].filter((signal) => signal !== undefined);
  const joined = signals.length > 0 ? { signal: AbortSignal.any(signals) } : {};
  // The calls of an upload end together with it, not each by itself: half-done work must still be undone.
  const external = parts.backend.name === "postgres" ? null : parts.backend;
  const unlimited = blobParts(whole, external);
  try {
    return await callWithin(
      { ...joined, ...(limits.timeoutMs === undefined ? {} : { timeoutMs: limits.timeoutMs }) },
      (signal) => uploadWithin(unlimited, { key, source, options }, signal),
    );
  } finally {
    closeSource(source);
  }
}

async function uploadWithin(
  parts: BlobParts,
  { key, source, options }: EncodedUpload,
  signal: AbortSignal | undefined,
): Promise<UploadedBlob> {
  if (options.ifAbsent && key !== null) {
    const found = await findBlob(parts, key);
    if (found) return { ...found.info, outcome: "kept" };
  }
  const contentId = await begin(parts.session, parts.backend.name);
  const alive = new AbortController();
  const stopHeartbeat = startHeartbeat(parts.session, contentId, alive);
  const signals = signal ? AbortSignal.any([signal, alive.signal]) : alive.signal;
  const measured = new MeasuredSource(source, options, signals);
  try {
    await parts.backend.write(contentId, measured.bytes(), { sizeHint: options.size });
    signals.throwIfAborted();
    return await commit(parts, { key, contentId, measured, options });
  } catch (error) {
    const state = await abandon(parts, contentId).catch(() => null);
    // The answer to the commit was lost, but not the commit.
    const committed = state === "committed" ? await committedBlob(parts, key ?? digestOf(measured), contentId) : null;
    if (committed) return { ...committed, outcome: "stored" };
    measured.rethrow();
    throw state === "gone" ? givenUp() : error;
  } finally {
    stopHeartbeat();
    // A backend may have failed while the source was silent: nobody waits for it any more.
    alive.abort();
  }
}

async function begin(session: Session, backend: BlobBackend): Promise<string> {
  const content = { name: randomUUID(), backend };
  const begun = await session.write(beginWrite, content);
  if (begun !== null) return begun;
  await session.run(makeSpace({}));
  return (await session.write(beginWrite, content)) ?? (await begin(session, backend));
}

/** In a transaction nobody else sees the content, and the transaction itself is the sign of life. */
function startHeartbeat(session: Session, contentId: string, alive: AbortController): () => void {
  if (session.isTransaction) return () => undefined;
  const timer = setInterval(() => {
    session.write(keepWrite, contentId).then(
      (isKept) => {
        if (!isKept) alive.abort(givenUp());
      },
      // If the database cannot be reached now, the next heartbeat may succeed. The commit decides.
      () => undefined,
    );
  }, heartbeatMs);
  timer.unref();
  return () => clearInterval(timer);
}

function givenUp(): LeaseLostError {
  return new LeaseLostError("The upload was given up by a sweep, for no sign of life came from it: upload it again.", {
    facts: { entity: "blob" },
  });
}

interface Committing {
  readonly key: string | null;
  readonly contentId: string;
  readonly measured: MeasuredSource;
  readonly options: EncodedOptions;
}

async function commit(parts: BlobParts, { key, contentId, measured, options }: Committing): Promise<UploadedBlob> {
  const { session, backend } = parts;
  const blob = {
    ...options,
    key: key ?? digestOf(measured),
    contentId,
    size: measured.size,
    digest: measured.digest(),
  };
  for (;;) {
    const row = await session.write(options.ifAbsent ? commitAbsentWrite : commitWrite, blob);
    if (row.createdAt !== null && row.updatedAt !== null) {
      const { createdAt, updatedAt, expiresAt } = row;
      const metadata = decodeOptional(session.codec, options.metadata);
      const { size, contentType } = blob;
      const known = { key: blob.key, size, sha256: digestOf(measured), contentType, metadata, backend: backend.name };
      return { ...known, createdAt, updatedAt, expiresAt, outcome: "stored" };
    }
    if (key === null) await session.run(extendPlan(blob));
    const found = await findBlob(parts, blob.key);
    // The blob that was in the way is gone again.
    if (!found) continue;
    await abandon(parts, contentId);
    return { ...found.info, outcome: "kept" };
  }
}

/** Removes an upload's content, unless it became a blob, and returns its state. If it cannot be reached now, the sweep removes it. */
async function abandon({ session, backend }: BlobParts, contentId: string): Promise<string | undefined> {
  const [row] = await session.run(abandonContents({ ids: [contentId] }));
  if (row?.state === "committed") return row.state;
  await backend.remove([contentId]);
  await session.run(removeContents({ ids: [contentId] }));
  return row?.state;
}

async function committedBlob(parts: BlobParts, key: string, contentId: string): Promise<BlobInfo | null> {
  const found = await findBlob(parts, key).catch(() => null);
  return found?.contentId === contentId ? found.info : null;
}

function digestOf(measured: MeasuredSource): string {
  return measured.digest().toString("hex");
}

const beginWrite: Write<{ readonly name: string; readonly backend: BlobBackend }, string | null> = {
  name: "blobs.begin",
  keys: ({ name }) => [name],
  plan: (contents) => {
    const names = contents.map(({ name }) => name);
    const plan = beginContents({ names, backends: contents.map(({ backend }) => backend), leaseMs });
    return mapPlan(plan, (rows) => names.map((_, i) => rows[i]?.id ?? null));
  },
};

const keepWrite: Write<string, boolean> = {
  name: "blobs.keep",
  keys: (id) => [id],
  plan: (ids) => mapPlan(keepContents({ ids, leaseMs }), (rows) => rows.map(({ isKept }) => isKept)),
};

type CommittedBlob = EncodedOptions & {
  readonly key: string;
  readonly contentId: string;
  readonly size: number;
  readonly digest: Uint8Array;
};

/** If the same bytes are uploaded again, their blob lives as long as either upload asked. */
function extendPlan({ key, expiresAt, ttlMs }: CommittedBlob): Plan<void> {
  return extendBlobs({ keys: [key], expiresAt: [expiresAt], ttlsMs: [ttlMs] });
}

const commitWrite = commitWriteOf("blobs.commit", false);
const commitAbsentWrite = commitWriteOf("blobs.commitAbsent", true);

function commitWriteOf(name: string, ifAbsent: boolean): Write<CommittedBlob, CommitBlobsRow> {
  return {
    name,
    keys: ({ key }) => [`blob\0${key}`],
    plan: (blobs) =>
      commitBlobs({
        keys: blobs.map(({ key }) => key),
        contentIds: blobs.map(({ contentId }) => contentId),
        contentTypes: blobs.map(({ contentType }) => contentType),
        metadata: blobs.map(({ metadata }) => metadata),
        expiresAt: blobs.map(({ expiresAt }) => expiresAt),
        ttlsMs: blobs.map(({ ttlMs }) => ttlMs),
        sizes: blobs.map(({ size }) => size),
        digests: blobs.map(({ digest }) => digest),
        ifAbsent,
      }),
  };
}
