/** Changes to DER that keep every length right, so that they are seen by what reads values and not by what reads lengths. */
import type { Change } from './mutation.js';

interface Value {
  tag: number;
  /** Constructed ones. */
  children: Value[] | null;
  content: Uint8Array;
}

/** One value of the tree changed; the input itself where it is not DER. */
export function changeDer(bytes: Uint8Array, { at, choice, octets }: Change): Uint8Array {
  const roots = readAll(bytes);
  if (roots === null) return bytes;
  const places = placesIn(roots);
  const place = places[Math.min(places.length - 1, Math.floor(at * places.length))];
  if (place === undefined) return bytes;
  const { siblings, index } = place;
  const value = siblings[index];
  if (value === undefined) return bytes;
  const other = places[choice % places.length];
  switch (choice % 8) {
    case 0:
      siblings.splice(index, 1);
      break;
    case 1:
      siblings.splice(index, 0, value);
      break;
    case 2:
      siblings.reverse();
      break;
    case 3:
      value.tag = octets[0] ?? 0;
      break;
    case 4:
      siblings[index] = { tag: value.tag, children: null, content: octets };
      break;
    case 5:
      siblings[index] = { tag: value.tag, children: null, content: new Uint8Array() };
      break;
    case 6: {
      // Not into itself: the tree must stay one.
      const copy = other?.siblings[other.index];
      if (copy !== undefined) siblings[index] = { tag: copy.tag, children: null, content: contentOf(copy) };
      break;
    }
    default:
      siblings[index] = { tag: value.tag | 0x20, children: [value, value], content: new Uint8Array() };
  }
  return new Uint8Array(Buffer.concat(roots.map(encode)));
}

function placesIn(siblings: Value[]): { readonly siblings: Value[]; readonly index: number }[] {
  return siblings.flatMap((value, index) => [
    { siblings, index },
    ...(value.children === null ? [] : placesIn(value.children)),
  ]);
}

/** Null: not whole values. */
function readAll(bytes: Uint8Array): Value[] | null {
  const values: Value[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [tag = 0, first = 0] = bytes.subarray(at);
    const octets = first < 0x80 ? 0 : first & 0x7f;
    if (octets > 3) return null;
    let length = first & 0x7f;
    if (octets > 0)
      length = bytes.subarray(at + 2, at + 2 + octets).reduce((sum, octet) => sum * 256 + octet, 0);
    const start = at + 2 + octets;
    if (start + length > bytes.length) return null;
    const content = bytes.subarray(start, start + length);
    values.push({ tag, content, children: (tag & 0x20) === 0 ? null : readAll(content) });
    at = start + length;
  }
  return values;
}

function contentOf({ children, content }: Value): Uint8Array {
  return children === null ? content : Buffer.concat(children.map(encode));
}

function encode(value: Value): Uint8Array {
  const content = contentOf(value);
  const { length } = content;
  const octets = length < 0x80 ? [] : length < 0x100 ? [length] : [length >> 8, length & 0xff];
  const wide = length < 0x1_0000 ? octets : [length >> 16, (length >> 8) & 0xff, length & 0xff];
  const head = wide.length === 0 ? [length] : [0x80 | wide.length, ...wide];
  return Buffer.concat([Uint8Array.of(value.tag, ...head), content]);
}
