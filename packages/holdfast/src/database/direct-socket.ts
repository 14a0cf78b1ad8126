import { type OnReadOpts, Socket } from "node:net";

const bufferBytes = 64 * 1024;

/**
 * A socket that reads into one buffer and gives what came there as its data, without the stream's own memory in between: that for each
 * piece, and the piece's way through it, take a seventh of the time of a page of 100 values of 1 KB. A listener copies what it keeps.
 */
export class DirectSocket extends Socket {
  constructor() {
    const buffer = Buffer.allocUnsafeSlow(bufferBytes);
    const onread: OnReadOpts = {
      buffer,
      callback: (size) => {
        this.emit("data", buffer.subarray(0, size));
        return true;
      },
    };
    // The driver makes a socket before it says where to, and the types know of this option only where both are done at once.
    super({ onread } as object);
  }
}
