/** For people: where AMD has a document, and the commands that bring it into a service. */
import type { ChipAtTcb } from './kds.js';
import { crlPath, KDS, vcekPath } from './kds-request.js';
import type { SnpProduct } from './product.js';
import type { SigningKey } from './signer.js';

export function crlUrl(key: SigningKey, product: SnpProduct): string {
  return CRL_TEXTS[key][product].url;
}

export function vcekUrl(chip: ChipAtTcb): string {
  return `${KDS.base}${vcekPath(chip)}`;
}

/** The two commands that bring a list into a service; offline the directory alone is enough. */
export function crlRemedy(key: SigningKey, product: SnpProduct): string {
  return CRL_TEXTS[key][product].remedy;
}

interface CrlTexts {
  readonly url: string;
  readonly remedy: string;
}

/** Every verification of a report asks for one of these, whether anything is wrong or not. */
const CRL_TEXTS: Readonly<Record<SigningKey, Readonly<Record<SnpProduct, CrlTexts>>>> = {
  VCEK: crlTextsOf('VCEK'),
  VLEK: crlTextsOf('VLEK'),
};

function crlTextsOf(key: SigningKey): Readonly<Record<SnpProduct, CrlTexts>> {
  const file = `amd/${key.toLowerCase()}_crl.der`;
  const texts = (product: SnpProduct): CrlTexts => {
    const url = `${KDS.base}${crlPath(key, product)}`;
    const remedy =
      `Download the list with \`curl -fsS --create-dirs -o ${file} ${url}\`, ` +
      'then import it with `assay endorsements import amd` (offline: `assay verify --endorsements amd`).';
    return { url, remedy };
  };
  return { Milan: texts('Milan'), Genoa: texts('Genoa'), Turin: texts('Turin') };
}

/** The same for the certificate of one chip at one TCB. */
export function vcekRemedy(chip: ChipAtTcb): string {
  return (
    `Send the VCEK with the evidence, or download it with \`curl -fsS --create-dirs -o amd/vcek.der ` +
    `"${vcekUrl(chip)}"\` and import it with \`assay endorsements import amd\` (offline: \`--endorsements amd\`).`
  );
}
