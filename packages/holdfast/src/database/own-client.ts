import { Socket } from "node:net";
import pg from "pg";
import { DirectSocket } from "./direct-socket.ts";

/** A query that reads the rows of its answer itself. */
export interface RowReader {
  /** Reads the row that begins there. */
  readRow(bytes: Buffer, start: number): void;
}

/** What the driver's classes have, and their types do not tell: package.json holds its minor version. */
interface DriverClient {
  readonly connection: {
    attachListeners(stream: MessageStream): unknown;
    once(event: "readyForQuery", listener: () => void): unknown;
  };
  _getActiveQuery(): object | null;
}

interface MessageStream {
  on(event: string, listener: (bytes: Buffer) => void): unknown;
  destroy(error: Error): unknown;
}

/** Messages begin with a letter and their length, which counts itself. */
const headBytes = 5;
const dataRow = 0x44;

/** A client that gives rows as they came to queries which read them: the driver would make text of everything in them, bytes too. */
export class OwnClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(typeof config === "object" ? { stream: newSocket, ...config } : config);
    const { connection } = this.#driver;
    let isLetIn = false;
    connection.once("readyForQuery", () => (isLetIn = true));
    const attach = connection.attachListeners.bind(connection);
    connection.attachListeners = (stream) => {
      const told = (driver: (bytes: Buffer) => void): ((bytes: Buffer) => void) =>
        this.#between((bytes) => {
          try {
            driver(bytes);
          } catch (error) {
            // The driver throws at a method of login that it does not know, where nobody could catch it.
            if (isLetIn) throw error;
            stream.destroy(error as Error);
          }
        });
      return attach({
        on: (event, listener) => stream.on(event, event === "data" ? told(listener) : listener),
        destroy: (error) => stream.destroy(error),
      });
    };
  }

  get #driver(): DriverClient {
    return this as unknown as DriverClient;
  }

  /**
   * A listener that gives whole messages to the driver's, but for the rows that a query reads itself. It keeps and gives copies of what
   * it is told, which a socket may overwrite.
   */
  #between(driver: (bytes: Buffer) => void): (bytes: Buffer) => void {
    let pieces: Buffer[] = [];
    let size = 0;
    let wanted = headBytes;
    return (piece) => {
      size += piece.length;
      if (size < wanted) {
        pieces.push(Buffer.from(piece));
        return;
      }
      const bytes = pieces.length === 0 ? piece : Buffer.concat([...pieces, piece]);
      const end = this.#deal(bytes, driver);
      size = bytes.length - end;
      pieces = size > 0 ? [Buffer.from(bytes.subarray(end))] : [];
      wanted = size < headBytes ? headBytes : endOfMessage(bytes, end) - end;
    };
  }

  /** Deals out whole messages, and says where they end. */
  #deal(bytes: Buffer, driver: (bytes: Buffer) => void): number {
    let passedTo = 0;
    let at = 0;
    while (at + headBytes <= bytes.length) {
      const next = endOfMessage(bytes, at);
      if (next > bytes.length) break;
      if (bytes[at] === dataRow) {
        if (at > passedTo) driver(Buffer.from(bytes.subarray(passedTo, at)));
        passedTo = at;
        // Only now is it known whose row it is.
        const query = this.#driver._getActiveQuery();
        if (query && "readRow" in query) {
          (query as RowReader).readRow(bytes, at + headBytes);
          passedTo = next;
        }
      }
      at = next;
    }
    if (at > passedTo) driver(Buffer.from(bytes.subarray(passedTo, at)));
    return at;
  }
}

/** What the driver connects by, unless it is given another. TLS reads from a stream. */
function newSocket({ ssl = false }: { readonly ssl?: unknown } = {}): Socket {
  return ssl ? new Socket() : new DirectSocket();
}

function endOfMessage(bytes: Buffer, start: number): number {
  return start + 1 + bytes.readUInt32BE(start + 1);
}
