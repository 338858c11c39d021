/** For people: where AMD has a document, and the commands that bring it into a service. */
import type { ChipAtTcb } from './kds.js';
import { crlPath, KDS, vcekPath } from './kds-request.js';
import type { SnpProduct } from './product.js';
import type { SigningKey } from './signer.js';

export function crlUrl(key: SigningKey, product: SnpProduct): string {
  return `${KDS.base}${crlPath(key, product)}`;
}

export function vcekUrl(chip: ChipAtTcb): string {
  return `${KDS.base}${vcekPath(chip)}`;
}

/** The two commands that bring a list into a service; offline the directory alone is enough. */
export function crlRemedy(key: SigningKey, product: SnpProduct): string {
  const file = `amd/${key.toLowerCase()}_crl.der`;
  return (
    `Download the list with \`curl -fsS --create-dirs -o ${file} ${crlUrl(key, product)}\`, ` +
    'then import it with `assay endorsements import amd` (offline: `assay verify --endorsements amd`).'
  );
}

/** The same for the certificate of one chip at one TCB. */
export function vcekRemedy(chip: ChipAtTcb): string {
  return (
    `Send the VCEK with the evidence, or download it with \`curl -fsS --create-dirs -o amd/vcek.der ` +
    `"${vcekUrl(chip)}"\` and import it with \`assay endorsements import amd\` (offline: \`--endorsements amd\`).`
  );
}
