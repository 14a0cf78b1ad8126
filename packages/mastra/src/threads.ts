import type { StorageThreadType } from "@mastra/core/memory";
import type { StorageCloneThreadInput } from "@mastra/core/storage";
import type { Labels } from "holdfast/executions";
import type { NewDocument } from "./document.ts";
import { labelOf, momentOf, plain } from "./text.ts";

/** A thread as a document. Each field of its metadata is a label. */
export function threadDocument(thread: StorageThreadType): NewDocument<StorageThreadType> {
  const value = plain(thread);
  const createdAt = momentOf(thread.createdAt, "thread.createdAt")?.getTime() ?? 0;
  const updatedAt = momentOf(thread.updatedAt, "thread.updatedAt")?.getTime() ?? createdAt;
  const labels = threadLabels(value.resourceId, value.metadata);
  return { id: thread.id, value, labels, sorts: { createdAt, updatedAt } };
}

/** A new thread that copies another. */
export function threadCopy(
  source: StorageThreadType,
  { sourceThreadId, newThreadId, resourceId, title, metadata }: StorageCloneThreadInput & { newThreadId: string },
  lastMessageId: string | undefined,
): StorageThreadType {
  const now = new Date();
  const clone = { sourceThreadId, clonedAt: now, ...(lastMessageId !== undefined && { lastMessageId }) };
  const name = title ?? (source.title && `Clone of ${source.title}`);
  return {
    id: newThreadId,
    resourceId: resourceId ?? source.resourceId,
    ...(name && { title: name }),
    metadata: { ...metadata, clone },
    createdAt: now,
    updatedAt: now,
  };
}

/** The labels of a thread, or of a filter on threads. */
export function threadLabels(resourceId: string | undefined, metadata: object = {}): Labels {
  return { ...(resourceId && { resource: labelOf(resourceId) }), ...metadataLabels(metadata) };
}

/** The labels of metadata: one for each field, equal for equal values. */
export function metadataLabels(metadata: object): Labels {
  const fields = Object.entries(metadata).filter(([, value]) => value !== undefined);
  return Object.fromEntries(fields.map(([name, value]) => [`metadata ${String(labelOf(name))}`, labelOf(value)]));
}

/** A thread from its document. */
export function toThread(stored: StorageThreadType): StorageThreadType {
  return { ...stored, createdAt: new Date(stored.createdAt), updatedAt: new Date(stored.updatedAt) };
}
