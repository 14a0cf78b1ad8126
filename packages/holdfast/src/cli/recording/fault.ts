/** A fault in a recording, before its file is known. */
export class RecordingFault extends Error {
  readonly field: string | null;

  /** `problem` continues after the file's name, and says what to do; `field` is the path of the wrong value. */
  constructor(problem: string, field: string | null = null) {
    super(problem);
    this.field = field;
  }
}

const shownCharactersMax = 80;

/** A text from a recording, quoted and shortened, without characters that move a terminal's cursor or end the line. */
export function quoted(text: string): string {
  const short = text.length > shownCharactersMax ? `${text.slice(0, shownCharactersMax - 1)}…` : text;
  return printable(JSON.stringify(short));
}

/** The text with every control and format character written as an escape. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}
