/**
 * A strict reader of DER (X.690, clauses 8 and 10): one encoding per value, so that no byte of a signed
 * document can change without being seen. Definite minimal lengths, minimal integers and identifiers,
 * nothing behind the value.
 */

/** The bytes are not DER, or not the DER that was asked for. Callers turn it into their own refusal. */
export class MalformedDer extends Error {
  override readonly name = 'MalformedDer';
}

export const DER_TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  nothing: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** One value. `der` is the whole of it, `content` what is behind tag and length; both are views. */
export interface DerNode {
  /** The identifier octet, class and constructed bit included. */
  readonly tag: number;
  readonly content: Uint8Array;
  readonly der: Uint8Array;
}

const CONSTRUCTED = 0x20;
const CLASS = 0xc0;

/** Certificates nest ten deep at most. */
const MAX_DEPTH = 16;

/** Some nine thousand entries of a revocation list, seven values each; every one costs time, and two octets make one. */
const MAX_VALUES = 65_536;

/** AMD's longest has eleven, a UUID under 2.25 has twenty; spelling one out costs the square of its length. */
const MAX_OID_OCTETS = 32;

/** Exactly one value; refuses anything behind it. Does not look inside: see `requireCanonical`. */
export function readDer(bytes: Uint8Array): DerNode {
  const node = readFirst(bytes);
  if (node.der.length !== bytes.length) {
    throw new MalformedDer(`${bytes.length - node.der.length} bytes behind the value`);
  }
  return node;
}

/** The values in `node`, which must carry `tag`. */
export function readDerSequence(node: DerNode, tag: number = DER_TAG.sequence): DerNode[] {
  requireTag(node, tag);
  const nodes: DerNode[] = [];
  let rest = node.content;
  while (rest.length > 0) {
    const next = readFirst(rest);
    if (nodes.push(next) > MAX_VALUES) throw new MalformedDer(`more than ${MAX_VALUES} values`);
    rest = rest.subarray(next.der.length);
  }
  return nodes;
}

/** So many values, as a tuple. */
type Values<Count extends number, Found extends readonly DerNode[] = []> = Found['length'] extends Count
  ? Found
  : Values<Count, [...Found, DerNode]>;

/** The values, which must be so many; `otherwise`: what they are not. */
export function requireCount<Count extends number>(
  nodes: readonly DerNode[],
  count: Count,
  otherwise: string,
): Values<Count> {
  if (nodes.length !== count) throw new MalformedDer(otherwise);
  return nodes as unknown as Values<Count>;
}

/** INTEGER of any size, signed. */
export function readDerInteger(node: DerNode): bigint {
  requireTag(node, DER_TAG.integer);
  requireMinimalInteger(node.content);
  const magnitude = BigInt(`0x${Buffer.from(node.content).toString('hex')}`);
  const negative = (node.content[0] ?? 0) >= 0x80;
  return negative ? magnitude - (1n << BigInt(8 * node.content.length)) : magnitude;
}

/** OBJECT IDENTIFIER of at most 32 octets, in dotted decimal. */
export function readDerOid(node: DerNode): string {
  requireTag(node, DER_TAG.oid);
  requireMinimalArcs(node.content);
  const arcs: bigint[] = [];
  let arc = 0n;
  for (const octet of node.content) {
    arc = (arc << 7n) | BigInt(octet & 0x7f);
    if (octet < 0x80) {
      arcs.push(arc);
      arc = 0n;
    }
  }
  const [head = 0n, ...rest] = arcs;
  const top = head < 80n ? head / 40n : 2n;
  return [top, head - top * 40n, ...rest].join('.');
}

/** OCTET STRING contents. */
export function readDerOctets(node: DerNode): Uint8Array {
  requireTag(node, DER_TAG.octetString);
  return node.content;
}

/** BIT STRING contents, whole octets only: signatures and keys. */
export function readDerBits(node: DerNode): Uint8Array {
  requireTag(node, DER_TAG.bitString);
  if (node.content[0] !== 0) throw new MalformedDer('a bit string with unused bits');
  return node.content.subarray(1);
}

/** UTCTime or GeneralizedTime in the one form of RFC 5280, 4.1.2.5: whole seconds, UTC, `Z`. */
export function readDerTime(node: DerNode): Date {
  const text = Buffer.from(node.content).toString('latin1');
  const short = node.tag === DER_TAG.utcTime && /^\d{12}Z$/.test(text);
  const long = node.tag === DER_TAG.generalizedTime && /^\d{14}Z$/.test(text);
  if (!short && !long) throw new MalformedDer('not a time');
  const digits = short ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}` : text;
  const iso = digits.replace(/(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z/, '$1-$2-$3T$4:$5:$6.000Z');
  const time = new Date(iso);
  if (Number.isNaN(time.getTime()) || time.toISOString() !== iso) throw new MalformedDer('no such time');
  return time;
}

function requireTag(node: DerNode, tag: number): void {
  if (node.tag !== tag) throw new MalformedDer(`tag ${node.tag} where ${tag} belongs`);
}

/** Walks the whole value: every nested one must be DER too. Contents of octet strings stay unread. */
export function requireCanonical(node: DerNode): void {
  requireAllCanonical(node, 0, { left: MAX_VALUES });
}

function requireAllCanonical(node: DerNode, depth: number, values: { left: number }): void {
  if (depth > MAX_DEPTH) throw new MalformedDer(`more than ${MAX_DEPTH} levels`);
  values.left -= 1;
  if (values.left < 0) throw new MalformedDer(`more than ${MAX_VALUES} values`);
  if ((node.tag & CONSTRUCTED) === 0) {
    requireCanonicalPrimitive(node);
    return;
  }
  if ((node.tag & CLASS) === 0 && node.tag !== DER_TAG.sequence && node.tag !== DER_TAG.set) {
    throw new MalformedDer('a string in pieces');
  }
  const children = readDerSequence(node, node.tag);
  if (node.tag === DER_TAG.set) requireSorted(children);
  for (const child of children) requireAllCanonical(child, depth + 1, values);
}

function readFirst(bytes: Uint8Array): DerNode {
  const [tag = 0, first = 0] = bytes;
  if ((tag & 0x1f) === 0x1f) throw new MalformedDer('a tag of several octets');
  const octets = (first & 0x80) === 0 ? 0 : first & 0x7f;
  if (first === 0x80 || octets > 4) throw new MalformedDer('an indefinite or absurd length');
  if (2 + octets > bytes.length) throw new MalformedDer('cut short');
  let length = first;
  if (octets > 0) {
    length = 0;
    for (const octet of bytes.subarray(2, 2 + octets)) length = length * 256 + octet;
    if (length < 0x80 || length < 256 ** (octets - 1)) throw new MalformedDer('a length longer than needed');
  }
  const start = 2 + octets;
  if (length > bytes.length - start) throw new MalformedDer('cut short');
  return { tag, content: bytes.subarray(start, start + length), der: bytes.subarray(0, start + length) };
}

function requireCanonicalPrimitive({ tag, content }: DerNode): void {
  switch (tag) {
    case DER_TAG.boolean:
      if (content.length !== 1 || (content[0] !== 0x00 && content[0] !== 0xff)) {
        throw new MalformedDer('a boolean that is neither');
      }
      return;
    case DER_TAG.integer:
      requireMinimalInteger(content);
      return;
    case DER_TAG.bitString:
      requireMinimalBits(content);
      return;
    case DER_TAG.nothing:
      if (content.length !== 0) throw new MalformedDer('a NULL with contents');
      return;
    case DER_TAG.oid:
      requireMinimalArcs(content);
      return;
    case DER_TAG.sequence & ~CONSTRUCTED:
    case DER_TAG.set & ~CONSTRUCTED:
      throw new MalformedDer('a sequence without structure');
  }
}

function requireMinimalInteger(content: Uint8Array): void {
  const [first, second] = content;
  if (first === undefined) throw new MalformedDer('an integer without octets');
  if (second === undefined) return;
  if ((first === 0x00 && second < 0x80) || (first === 0xff && second >= 0x80)) {
    throw new MalformedDer('an integer longer than needed');
  }
}

function requireMinimalBits(content: Uint8Array): void {
  const unused = content[0];
  const last = content[content.length - 1] ?? 0;
  if (unused === undefined || unused > 7 || (content.length === 1 && unused !== 0)) {
    throw new MalformedDer('a bit string without its count');
  }
  if ((last & ((1 << unused) - 1)) !== 0) throw new MalformedDer('unused bits that are set');
}

function requireMinimalArcs(content: Uint8Array): void {
  if (content.length > MAX_OID_OCTETS) throw new MalformedDer('an object identifier of absurd length');
  let atStart = true;
  for (const octet of content) {
    if (atStart && octet === 0x80) throw new MalformedDer('an object identifier longer than needed');
    atStart = octet < 0x80;
  }
  if (content.length === 0 || !atStart) throw new MalformedDer('an object identifier cut short');
}

/** SET OF: ascending by encoding (X.690, 11.6). */
function requireSorted(nodes: readonly DerNode[]): void {
  for (const [index, node] of nodes.entries()) {
    const before = nodes[index - 1];
    if (before !== undefined && Buffer.compare(before.der, node.der) > 0) {
      throw new MalformedDer('a set out of order');
    }
  }
}
