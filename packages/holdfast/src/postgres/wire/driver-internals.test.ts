import type { EventEmitter } from "node:events";
import { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { oid } from "../../core/values.ts";
import type { NamedStatement } from "../database.ts";
import { PipelinedClient, sendPrepared } from "./driver-internals.ts";

function integer(value: number, byteLength = 4): Buffer {
  const bytes = Buffer.alloc(byteLength);
  bytes.writeIntBE(value, 0, byteLength);
  return bytes;
}

function message(type: string, ...parts: readonly (string | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([Buffer.from(type), integer(body.length + 4), body]);
}

function row(...values: readonly (string | Buffer)[]): Buffer {
  return message(
    "D",
    integer(values.length, 2),
    ...values.flatMap((value) => [integer(Buffer.byteLength(value)), value]),
  );
}

/** A column of a description, in which nobody looks at more than the type. */
function column(name: string, type: number): Buffer {
  return Buffer.concat([Buffer.from(`${name}\0`), Buffer.alloc(6), integer(type), Buffer.alloc(8)]);
}

const ready = message("Z", "I");
const started = Buffer.concat([message("R", integer(0)), message("K", integer(1), integer(2)), ready]);
const notice = message("N", "SNOTICE\0C00000\0Mnoticed\0\0");
const notification = message("A", integer(9), "channel\0notified\0");
const parameter = message("S", "TimeZone\0UTC\0");
const complete = message("C", "SELECT 3\0");

/** The rows that all queries give, of an integer and a text, with what else a server may say between them. */
function rows(encode: (n: number) => string | Buffer): readonly Buffer[] {
  return [row(encode(1), "é"), notice, row(encode(2), "漢"), notification, parameter, row(encode(3), "")];
}

const given = [
  [1, "é"],
  [2, "漢"],
  [3, ""],
];

const description = message("T", integer(2, 2), column("n", oid.int4), column("t", oid.text));
/** At its first execution a statement is prepared and described, and gives text; from then on what was asked for. */
const described = Buffer.concat([message("1"), message("2"), description, ...rows(String), complete, ready]);
const again = Buffer.concat([message("2"), ...rows((n) => integer(n)), complete, ready]);
const failure = message("E", "SERROR\0C22012\0Mdivision by zero\0\0");
const broken = Buffer.concat([message("2"), row(integer(1), "é"), failure, ready]);
const widened = Buffer.concat([message("2"), row(integer(1, 6), "é"), complete, ready]);
const sync = message("S");

/**
 * What a client takes for its socket: answers its start and then each of its Syncs with the next of `answers`, in chunks.
 */
class ScriptedServer extends Duplex {
  readonly #answers: Buffer[];
  readonly #chunkBytes: number;

  constructor(answers: readonly Buffer[], chunkBytes: number) {
    super({ read: () => undefined });
    this.#answers = [started, ...answers];
    this.#chunkBytes = chunkBytes;
  }

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    const isStart = this.#answers[0] === started;
    if (isStart || bytes.subarray(-sync.length).equals(sync)) {
      const answer = this.#answers.shift() ?? Buffer.alloc(0);
      // Not before the client has sent all that it has to send now.
      setImmediate(() => this.#answer(answer));
    }
    done();
  }

  connect(): this {
    setImmediate(() => this.emit("connect"));
    return this;
  }

  setNoDelay(): void {}

  #answer(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; at += this.#chunkBytes) {
      this.emit("data", Buffer.from(bytes.subarray(at, at + this.#chunkBytes)));
    }
  }
}

async function connected(answers: readonly Buffer[], chunkBytes: number): Promise<PipelinedClient> {
  const client = new PipelinedClient({
    stream: () => new ScriptedServer(answers, chunkBytes),
    user: "user",
    password: "password",
    pipeline: true,
  });
  await client.connect();
  return client;
}

/** The driver's own half of a client, which its types leave out. */
function connectionOf(client: PipelinedClient): EventEmitter {
  return (client as unknown as { readonly connection: EventEmitter }).connection;
}

const statement: NamedStatement = { name: "s", text: "select", values: [] };

/** The rows of the statement, or the code of its failure. */
function outcome(client: PipelinedClient): Promise<unknown> {
  return sendPrepared(client, [statement]).then(
    ([result]) => result?.rows,
    (error: unknown) => (error as { readonly code?: string }).code,
  );
}

test("rows come to the query that reads them, however they are cut on their way", async () => {
  // The answers to three queries that are under way at once come in one piece.
  const together = Buffer.concat([again, broken, again]);
  const answers = [described, Buffer.alloc(0), Buffer.alloc(0), together];
  for (let chunkBytes = 1; chunkBytes <= together.length; chunkBytes++) {
    const client = await connected(answers, chunkBytes);
    const heard: (string | undefined)[] = [];
    client.on("notice", (notice) => heard.push(notice.message));
    client.on("notification", (notification) => heard.push(notification.payload));
    connectionOf(client).on("dataRow", () => heard.push("a row that was to be kept from the driver"));
    expect(await outcome(client), `chunks of ${chunkBytes} bytes`).toEqual(given);
    const outcomes = await Promise.all([outcome(client), outcome(client), outcome(client)]);
    expect(outcomes, `chunks of ${chunkBytes} bytes`).toEqual([given, "22012", given]);
    expect(heard).toEqual(["noticed", "notified", "noticed", "notified", "noticed", "notified"]);
  }
});

test("a value of another width than its column's type has fails its query, and no other", async () => {
  const client = await connected([described, widened, again], 1000);
  expect(await outcome(client)).toEqual(given);
  await expect(sendPrepared(client, [statement])).rejects.toThrow(
    /^A column gave a value of 6 bytes where its type had 4/,
  );
  expect(await outcome(client)).toEqual(given);
});
