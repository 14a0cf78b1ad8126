import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { SweepResult } from "../../src/blobs/index.ts";
import { openStore, type Store } from "../../src/index.ts";
import { expireUploads, killMidUpload } from "./children.ts";
import { expectNothingLeft, mebibytes, nothingLeft } from "./support.ts";

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-blobs-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A store of its own, with its blobs in a folder. */
function openOn(folder: string): Promise<Store> {
  return openStore({ memory: true, blobs: { backend: { folder } } });
}

/** The files below a folder, whole or not. */
function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
    statSync(join(folder, path)).isFile(),
  );
}

/** A disk of 8 MiB in memory. */
function smallDisk(): string {
  const disk = emptyFolder();
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", disk]);
  onTestFinished(() => void execFileSync("umount", [disk]));
  return disk;
}

const noMount = ((): string | null => {
  if (process.getuid?.() !== 0) return "only root can mount a disk";
  const probe = mkdtempSync(join(tmpdir(), "holdfast-mount-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "tmpfs", probe], { stdio: "ignore" });
    execFileSync("umount", [probe]);
    return null;
  } catch {
    return "no disk can be mounted here";
  } finally {
    rmSync(probe, { recursive: true });
  }
})();

test.skipIf(noMount !== null)(`a full disk is an error that leaves nothing ${noMount ?? ""}`, async () => {
  const disk = smallDisk();
  await using store = await openOn(disk);
  await store.blobs.upload("b", "old");
  const failing = store.blobs.upload(
    "b",
    mebibytes(9, () => undefined),
  );
  await expect(failing).rejects.toMatchObject({ code: "unavailable", facts: { folder: disk, reason: "ENOSPC" } });
  expect(filesIn(disk)).toHaveLength(1);
  await expectNothingLeft(store);
  expect(await store.blobs.text("b")).toBe("old");
  await store.blobs.upload(
    "c",
    mebibytes(6, () => undefined),
  );
});

test.skipIf(noMount !== null)(`a disk that only reads is refused at once ${noMount ?? ""}`, async () => {
  const disk = smallDisk();
  await using store = await openOn(disk);
  execFileSync("mount", ["-o", "remount,ro", disk]);
  await expect(store.blobs.upload("b", "x")).rejects.toMatchObject({ code: "unavailable", facts: { reason: "EROFS" } });
  const refused = { code: "invalid_input", facts: { field: "blobs.backend.folder", folder: disk } };
  await expect(openOn(disk)).rejects.toMatchObject(refused);
});

test("a folder is made where its parent is, and refused where nothing can be made or written", async () => {
  const parent = emptyFolder();
  await using store = await openOn(join(parent, "made"));
  await store.blobs.upload("b", "x");
  writeFileSync(join(parent, "file"), "");
  for (const folder of [join(parent, "no", "parent"), join(parent, "file"), join(parent, "file", "below")]) {
    const refused = { code: "invalid_input", facts: { field: "blobs.backend.folder", folder } };
    await expect(openOn(folder)).rejects.toMatchObject(refused);
  }
});

test.skipIf(process.getuid?.() === 0)("a folder that this process may not write to is refused (root may)", async () => {
  const folder = emptyFolder();
  chmodSync(folder, 0o500);
  await expect(openOn(folder)).rejects.toMatchObject({ code: "invalid_input" });
});

test("a folder that went away is an error, and what it held is there when it is back", async () => {
  const folder = join(emptyFolder(), "blobs");
  await using store = await openOn(folder);
  await store.blobs.upload("b", "x");
  renameSync(folder, `${folder}.away`);
  await expect(store.blobs.upload("c", "y")).rejects.toMatchObject({
    code: "unavailable",
    facts: { reason: "ENOENT" },
  });
  await expect(store.blobs.bytes("b")).rejects.toMatchObject({ code: "corrupt", facts: { key: "b" } });
  expect((await store.blobs.sweep({ olderThanMs: 0 })).missing).toEqual(["b"]);
  renameSync(`${folder}.away`, folder);
  expect(await store.blobs.text("b")).toBe("x");
  await expectNothingLeft(store);
});

test("content that is missing, cut short or changed is told, and never given out as whole", async () => {
  const folder = emptyFolder();
  await using store = await openOn(folder);
  const paths = new Map<string, string>();
  for (const key of ["gone", "short", "changed", "good"]) {
    const before = new Set(filesIn(folder));
    await store.blobs.upload(key, key.repeat(100));
    paths.set(key, join(folder, filesIn(folder).find((path) => !before.has(path)) ?? ""));
  }
  rmSync(paths.get("gone") ?? "");
  truncateSync(paths.get("short") ?? "", 499);
  writeFileSync(paths.get("changed") ?? "", "CHANGED".repeat(100));
  for (const key of ["gone", "short", "changed"]) {
    await expect(store.blobs.bytes(key)).rejects.toMatchObject({ code: "corrupt", facts: { key } });
  }
  // What is lost of a range is missed too.
  const { body } = await store.blobs.download("short", { range: { start: 490 } });
  await expect(body.toArray()).rejects.toMatchObject({ code: "corrupt" });
  expect(await store.blobs.sweep({ olderThanMs: 0 })).toEqual({ ...nothingLeft, missing: ["gone"] });
  expect(await store.blobs.text("good")).toBe("good".repeat(100));
});

test("what a killed process had begun is swept once its last sign of life is over", async () => {
  const folder = emptyFolder();
  const blobs = join(emptyFolder(), "blobs");
  const settings = { folder: join(folder, "store"), blobs: { backend: { folder: blobs } } };
  await killMidUpload(settings, async () => undefined);
  expect(filesIn(blobs)).toEqual([expect.stringMatching(/\.unfinished$/)]);
  const sweep = async (): Promise<SweepResult> => {
    await using store = await openStore(settings);
    const swept = await store.blobs.sweep({ olderThanMs: 0 });
    return swept;
  };
  expect(await sweep()).toEqual(nothingLeft);
  expect(filesIn(blobs)).toHaveLength(1);
  await expireUploads(settings);
  expect(await sweep()).toEqual({ ...nothingLeft, unused: 1 });
  expect(filesIn(blobs)).toEqual([]);
});

test("files of other stores and of other programs are left alone", async () => {
  const folder = emptyFolder();
  await using first = await openOn(folder);
  await using second = await openOn(folder);
  await first.blobs.upload("b", "first");
  await second.blobs.upload("b", "second");
  mkdirSync(join(folder, "notes"));
  writeFileSync(join(folder, "notes", "mine"), "");
  const folders = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (path) => !filesIn(folder).includes(path),
  );
  // As programs leave them that show folders, or download to them.
  const foreign = folders.flatMap((path) => [join(path, ".DS_Store"), join(path, "mine.unfinished")]);
  for (const path of foreign) writeFileSync(join(folder, path), "");
  await expectNothingLeft(first);
  await expectNothingLeft(second);
  expect([await first.blobs.text("b"), await second.blobs.text("b")]).toEqual(["first", "second"]);
  expect(filesIn(folder)).toEqual(expect.arrayContaining([join("notes", "mine"), ...foreign]));
});

test("a store that moved on from PostgreSQL reads what is still there, and says what it cannot reach", async () => {
  const folder = join(emptyFolder(), "store");
  const blobs = join(emptyFolder(), "blobs");
  await using before = await openStore({ folder });
  await before.blobs.upload("old", "in PostgreSQL");
  await before.close();
  await using moved = await openStore({ folder, blobs: { backend: { folder: blobs } } });
  expect(await moved.blobs.text("old")).toBe("in PostgreSQL");
  await moved.blobs.upload("new", "in a folder");
  await moved.blobs.upload("old", "moved");
  expect((await moved.blobs.sweep({ olderThanMs: 0 })).unused).toBe(1);
  await moved.close();
  await using back = await openStore({ folder });
  const unreachable = { code: "invalid_input", facts: { field: "blobs.backend", key: "new", backend: "folder" } };
  await expect(back.blobs.bytes("new")).rejects.toMatchObject(unreachable);
  await expect(back.blobs.presign("new", { ttlMs: 1000 })).rejects.toMatchObject(unreachable);
  await back.blobs.upload("x", "x");
  const refused = { code: "invalid_input", facts: { field: "presign", key: "x", backend: "postgres" } };
  await expect(back.blobs.presign("x", { ttlMs: 1000 })).rejects.toMatchObject(refused);
});

test("what no row knows of goes with a sweep, and not with retention, which runs in copies of a database too", async () => {
  await using store = await openOn(emptyFolder());
  await store.blobs.upload("first", "makes the space");
  const failure = new Error("rolled back");
  const failing = store.transaction(async (tx) => {
    await tx.blobs.upload("b", "b");
    throw failure;
  });
  await expect(failing).rejects.toBe(failure);
  await store.retain();
  await store.retainWhenDue();
  expect(await store.blobs.sweep()).toMatchObject({ strays: 1, missing: [] });
});
