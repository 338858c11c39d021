/**
 * Text in lines of a terminal. Commands between backticks and other words without a space stay whole, so that they can
 * be copied and pasted; only digits that are read and compared are folded.
 */

/** Columns of the narrowest terminal that people use. */
export const WIDTH = 80;
/** Hexadecimal digits beyond this many are folded. */
const FOLDED = 40;

/** Lines of at most `width` less `indent` columns, without the indent; longer only where one piece is. */
export function wrap(text: string, indent: number, width: number = WIDTH): readonly string[] {
  const room = width - indent;
  const lines: string[] = [];
  let line = '';
  for (const piece of piecesOf(text).flatMap((piece) => fold(piece, room))) {
    const longer = line === '' ? piece : `${line} ${piece}`;
    if (columns(longer) <= room || line === '') {
      line = longer;
    } else {
      lines.push(line);
      line = piece;
    }
  }
  return [...lines, line];
}

/** The same below each other, each line but the first indented. */
export function hang(text: string, indent: number, width: number = WIDTH): string {
  return wrap(text, indent, width).join(`\n${' '.repeat(indent)}`);
}

/** Words and whole commands. What could steer the terminal is no part of them. */
function piecesOf(text: string): readonly string[] {
  return text.replace(/\p{Cc}/gu, ' ').match(/(?:`[^`]*`|[^\s`]|`)+/gu) ?? [];
}

/** Equal parts of what is digits only, so that both ends of it can be compared at a glance. */
function fold(piece: string, room: number): readonly string[] {
  if (piece.length <= Math.max(room, FOLDED) || !/^[0-9a-f]+[;,.)]?$/u.test(piece)) return [piece];
  const parts = Math.ceil(piece.length / room);
  const length = Math.ceil(piece.length / parts / 2) * 2;
  return piece.match(new RegExp(`.{1,${length}}`, 'gu')) ?? [piece];
}

/** Every character that is printed here takes one column. */
function columns(text: string): number {
  return [...text].length;
}
