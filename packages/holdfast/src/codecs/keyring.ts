import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import { CorruptError } from "../core/errors.ts";
import { copyPlain } from "../core/fields.ts";
import { invalid } from "../core/input.ts";
import { quote } from "../core/quote.ts";

/** The name of the cipher, as it is stored with encrypted payloads. */
export const cipherName = "aes-256-gcm";

const keyBytes = 32;
/** 96 random bits per payload, as NIST SP 800-38D recommends for up to 2^32 payloads a key. */
const nonceBytes = 12;
const tagBytes = 16;

/** Keys by id. One of them encrypts; all of them decrypt. */
export interface Keyring {
  /** The id of the key that encrypts. */
  readonly current: string;
  /** Encrypts under the current key. Only the same `context` can decrypt it. */
  seal(plaintext: Uint8Array, context: string): Buffer;
  /**
   * Decrypts a payload.
   *
   * @throws CorruptError if the key is missing, or anything has changed.
   */
  open(keyId: string, sealed: Uint8Array, context: string): Buffer;
  /** Keyed digests, the current key's first. They reveal nothing without the key. */
  digests(bytes: Uint8Array, context: string): readonly string[];
}

interface Key {
  readonly cipher: KeyObject;
  /** Derived from the other, because a key should serve one purpose. */
  readonly digest: KeyObject;
}

/** Creates a keyring from raw keys, which it copies. */
export function keyringOf(given: Readonly<Record<string, Uint8Array>>, current: string): Keyring {
  const keys = new Map(Object.entries(copyPlain(given, "keys")).map(([id, key]) => [id, toKey(id, key)]));
  const encrypting = keys.get(current);
  if (!encrypting) throw invalid("current", `must be the id of one of the keys, and is ${quote(current)}`);
  const ordered = [encrypting, ...[...keys.values()].filter((key) => key !== encrypting)];
  return {
    current,
    seal: (plaintext, context) => {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(cipherName, encrypting.cipher, nonce, { authTagLength: tagBytes });
      cipher.setAAD(Buffer.from(boundTo(current, context)));
      return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    },
    open: (keyId, sealed, context) => openSealed(keyId, keys.get(keyId), sealed, boundTo(keyId, context)),
    digests: (bytes, context) =>
      ordered.map(({ digest }) =>
        createHmac("sha256", digest).update(`${context}\0`).update(bytes).digest("base64url"),
      ),
  };
}

function toKey(id: string, key: unknown): Key {
  const field = `keys.${id}`;
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(id)) throw invalid(field, "must have a name of 1 to 64 letters, digits, _ and -");
  if (!(key instanceof Uint8Array) || key.byteLength !== keyBytes) {
    throw invalid(field, `must be a Uint8Array of ${keyBytes} bytes, such as randomBytes(32)`);
  }
  const digest = hkdfSync("sha256", key, "", "holdfast digests", keyBytes);
  return { cipher: createSecretKey(key), digest: createSecretKey(Buffer.from(digest)) };
}

/** Authenticated together with the ciphertext, so that neither the key's name nor the place can be exchanged. */
function boundTo(keyId: string, context: string): string {
  return `holdfast\0${keyId}\0${context}`;
}

function openSealed(keyId: string, key: Key | undefined, sealed: Uint8Array, bound: string): Buffer {
  const facts = { key: keyId };
  if (!key) {
    throw new CorruptError(
      `A stored payload was encrypted with the key ${quote(keyId)}, which the codec has not: add it to its keys.`,
      { facts },
    );
  }
  try {
    const decipher = createDecipheriv(cipherName, key.cipher, sealed.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    });
    decipher.setAuthTag(sealed.subarray(Math.max(nonceBytes, sealed.byteLength - tagBytes)));
    decipher.setAAD(Buffer.from(bound));
    return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()]);
  } catch (error) {
    throw new CorruptError(
      `A stored payload that was encrypted with the key ${quote(keyId)} was changed or moved, or the key is not the one ` +
        "that had this name: restore the payload or the key.",
      { cause: error, facts },
    );
  }
}
