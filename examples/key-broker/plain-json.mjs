/** JSON that has one meaning for every reader: no member twice, no number or text in an unusual spelling. */

/** Strings as they are; blanks between them go. */
const BLANKS = /("(?:[^"\\]|\\.)*")|\s+/gu;

/** An object from bytes. Throws Error. */
export function readPlainJson(bytes) {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  const value = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error('it is no JSON object');
  }
  // Where a member stands twice, JSON.parse keeps the last and says nothing; writing it again shows what is lost.
  if (text.replace(BLANKS, '$1') !== JSON.stringify(value)) {
    throw new Error('a member stands twice, or a number or text is spelt in an unusual way');
  }
  return value;
}
