import { type BytesCodec, lastDone, plainBytes, withDone } from "../core/bytes-codec.ts";
import { checkCodec, type Codec, encryptedMark, jsonCodec } from "../core/codec.ts";
import { CorruptError } from "../core/errors.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkOptionalBoolean } from "../core/input.ts";
import { cipherName, type Keyring, keyringOf } from "./keyring.ts";

/** Options of the encryption. */
export interface EncryptionOptions {
  /** Keys of 32 random bytes by id. Each payload stores the id of its key: 1 to 64 letters, digits, _ and -. */
  readonly keys: Readonly<Record<string, Uint8Array>>;
  /** The id of the key that encrypts; the others only decrypt. */
  readonly current: string;
  /** Encodes the payloads themselves; `jsonCodec` by default. */
  readonly inner?: Codec | undefined;
  /** Whether to read unencrypted payloads, as after turning encryption on; false by default. */
  readonly acceptPlain?: boolean | undefined;
}

const encryptionOptions: Fields<EncryptionOptions> = fieldsOf<EncryptionOptions>({
  keys: true,
  current: true,
  inner: true,
  acceptPlain: true,
});

/**
 * A codec that encrypts every payload with AES-256-GCM, each under its own nonce. Payloads of snapshots are also bound to their id and
 * version. The server never sees a plaintext or a key.
 *
 * To rotate keys, add a new one and make it `current`; keep the old ones for as long as payloads have their ids. What cannot be decrypted
 * is a CorruptError with the key's id as `facts.key`.
 *
 * ```ts
 * import { randomBytes } from "node:crypto";
 * import { openStore } from "holdfast";
 * import { encryptingCodec, richCodec } from "holdfast/codecs";
 *
 * const keys = { "2026-11": randomBytes(32) };
 * const store = await openStore({ codec: encryptingCodec({ keys, current: "2026-11", inner: richCodec }) });
 * ```
 */
export function encryptingCodec(options: EncryptionOptions): Codec {
  const { keys, current, inner = jsonCodec, acceptPlain } = encryptionOptions.read(options, "options");
  checkCodec(inner, "inner");
  const isPlainAccepted = checkOptionalBoolean(acceptPlain, "acceptPlain") ?? false;
  const keyring = keyringOf(keys, current);
  return {
    encode: (value, field) => {
      const sealed = keyring.seal(Buffer.from(inner.encode(value, field)), "json");
      return `${encryptedMark}${keyring.current}.${sealed.toString("base64url")}"`;
    },
    decode: (text) => {
      const envelope = readEnvelope(text);
      if (envelope) return inner.decode(keyring.open(envelope.keyId, envelope.sealed, "json").toString());
      if (isPlainAccepted) return inner.decode(text);
      throw notEncrypted();
    },
    bytes: encryptedBytes(keyring, inner.bytes ?? plainBytes, isPlainAccepted),
  };
}

/** The parts behind the mark: the key's id, a dot, and the rest in base64url. */
function readEnvelope(text: string): { readonly keyId: string; readonly sealed: Buffer } | null {
  const start = encryptedMark.length;
  if (!text.startsWith(encryptedMark) || !text.endsWith('"')) return null;
  const dot = text.indexOf(".", start);
  if (dot === -1) return null;
  return { keyId: text.slice(start, dot), sealed: Buffer.from(text.slice(dot + 1, -1), "base64url") };
}

/** Bytes, encrypted with the key that their encoding names: `aes-256-gcm:KEY`. */
function encryptedBytes(keyring: Keyring, inner: BytesCodec, isPlainAccepted: boolean): BytesCodec {
  const contextOf = (before: string, place: string): string => `bytes\0${before}\0${place}`;
  return {
    encode: (bytes, place) => {
      const { bytes: plaintext, encoding } = inner.encode(bytes, place);
      const sealed = keyring.seal(plaintext, contextOf(encoding, place));
      return { bytes: sealed, encoding: withDone(encoding, `${cipherName}:${keyring.current}`) };
    },
    decode: (stored, place) => {
      const { name, before } = lastDone(stored.encoding);
      if (name.startsWith(`${cipherName}:`)) {
        const keyId = name.slice(cipherName.length + 1);
        const bytes = keyring.open(keyId, stored.bytes, contextOf(before, place));
        return inner.decode({ bytes, encoding: before }, place);
      }
      if (isPlainAccepted) return inner.decode(stored, place);
      throw notEncrypted();
    },
    digests: (bytes, place) => keyring.digests(bytes, place),
  };
}

function notEncrypted(): CorruptError {
  return new CorruptError(
    "A stored payload is not encrypted, which the codec does not accept: give it acceptPlain if it was written before it was used.",
    { facts: { isEncrypted: false } },
  );
}
