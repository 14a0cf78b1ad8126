import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { openStore } from "../../src/index.ts";

// AuthenticationOk and ReadyForQuery.
const letIn = Buffer.from("5200000008000000005a0000000549", "hex");

/** A server that lets a client in and ends it in one breath, as one does that is shut down at that moment. */
async function closingServer(): Promise<string> {
  const fields = Buffer.from("SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0");
  const size = Buffer.alloc(4);
  size.writeUInt32BE(fields.length + 4);
  return answeringServer(Buffer.concat([letIn, Buffer.from("E"), size, fields]));
}

/** A server that answers whatever it is sent first, and closes. */
async function answeringServer(answer: Buffer): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.end(answer));
  });
  onTestFinished(() => void server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `postgres://user@127.0.0.1:${(server.address() as AddressInfo).port}/app`;
}

test("a server that ends a client as soon as it has let it in is unavailable, and ends nothing else", async () => {
  await expect(openStore({ url: await closingServer() })).rejects.toMatchObject({ code: "unavailable" });
});

test("a server that asks for a login which nobody here knows is unavailable, and ends nothing else", async () => {
  // AuthenticationGSS.
  const url = await answeringServer(Buffer.from("520000000800000007", "hex"));
  const error: unknown = await openStore({ url }).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: "unavailable", retryable: false });
});
