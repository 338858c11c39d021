/** Distinguished names (RFC 5280, 4.1.2.4), as far as anybody here reads them: the common name. */
import { DER_TAG, type DerNode, MalformedDer, readDerSequence, requireCount } from './der.js';

/** OBJECT IDENTIFIER 2.5.4.3, contents. */
const COMMON_NAME = Buffer.from([0x55, 0x04, 0x03]);

const NO_ATTRIBUTE = 'not an attribute of a name';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The one common name of a name; null for none or more than one. Throws MalformedDer for what is no name. */
export function readCommonName(name: DerNode): string | null {
  const attributes = readDerSequence(name).flatMap((set) => readDerSequence(set, DER_TAG.set));
  const values = attributes.map(readAttribute).filter((value) => value !== null);
  const [common, ...more] = values;
  return common === undefined || more.length > 0 ? null : readText(common);
}

/** The value of a common name; null for another attribute. */
function readAttribute(attribute: DerNode): DerNode | null {
  const [type, value] = requireCount(readDerSequence(attribute), 2, NO_ATTRIBUTE);
  if (type.tag !== DER_TAG.oid) throw new MalformedDer(NO_ATTRIBUTE);
  return COMMON_NAME.equals(type.content) ? value : null;
}

function readText({ tag, content }: DerNode): string {
  if (tag !== DER_TAG.utf8String && tag !== DER_TAG.printableString) {
    throw new MalformedDer('a common name in another kind of string');
  }
  try {
    return UTF8.decode(content);
  } catch {
    throw new MalformedDer('a common name that is not UTF-8');
  }
}
