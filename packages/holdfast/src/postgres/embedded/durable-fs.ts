import { fsyncSync } from "node:fs";
import type { PGlite } from "@electric-sql/pglite";
import { NodeFS } from "@electric-sql/pglite/nodefs";
import type { DeferredLog } from "./deferred-log.ts";
import { syncDirectory } from "./sync-directory.ts";

type Start = Parameters<NodeFS["init"]>[1];

/** Emscripten's number for EIO. PostgreSQL answers a failed fsync with PANIC, which is right: nothing is known of the data. */
const EIO = 29;

interface OpenFile {
  readonly nfd?: number | null;
  readonly node: unknown;
}

/** The part of Emscripten's folder mount that an fsync is put into. PGlite's types leave it out. */
interface FolderMount {
  stream_ops: { fsync?: (file: OpenFile) => number };
  realPath(node: unknown): string;
}

/**
 * A data folder whose fsync reaches the disk.
 *
 * PGlite's own folder has no fsync at all: every commit of the last seconds is lost when the machine stops. Emscripten calls
 * `stream_ops.fsync` if there is one, so adding it is enough. Directories count too: PostgreSQL syncs them after it creates
 * or renames a file.
 */
export class DurableNodeFS extends NodeFS {
  readonly #counted: () => void;
  readonly #deferred: DeferredLog | null;

  /** `counted` is called for each sync; `deferred` is given if commits do not wait for the disk. */
  constructor(folder: string, counted: () => void, deferred: DeferredLog | null) {
    super(folder);
    this.#counted = counted;
    this.#deferred = deferred;
  }

  override async init(pglite: PGlite, start: Start): ReturnType<NodeFS["init"]> {
    const amended = await super.init(pglite, start);
    amended.emscriptenOpts.preRun?.push((module) => {
      const mount = folderMount(module.NODEFS);
      mount.stream_ops.fsync = (file) => this.#fsync(mount, file);
    });
    return amended;
  }

  #fsync(mount: FolderMount, file: OpenFile): number {
    try {
      const { nfd = null } = file;
      if (nfd !== null && this.#deferred?.defer(mount.realPath(file.node))) return 0;
      this.#deferred?.sync();
      if (nfd === null) syncDirectory(mount.realPath(file.node));
      else fsyncSync(nfd);
      this.#counted();
      return 0;
    } catch {
      return EIO;
    }
  }
}

function folderMount(mount: unknown): FolderMount {
  if (typeof mount === "object" && mount !== null && "stream_ops" in mount && "realPath" in mount) {
    return mount as FolderMount;
  }
  throw new Error("PGlite's folder mount has changed: this release of Holdfast cannot make it durable.");
}
