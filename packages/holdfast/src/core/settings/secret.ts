/**
 * Something that must never be seen by accident: it prints as `[secret]` in strings and JSON, and as an empty object in
 * `util.inspect`. Only `reveal` gives it out; call it where it goes to the server and nowhere else.
 */
export class Secret<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }
}
