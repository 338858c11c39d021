/** The forms in which a quote travels: bare, with zeros behind it, configfs-tsm. */
import type { TdEnvelope } from './td-options.js';

/** As many zeros as a genuine quote has been seen with. */
const PADDING = 70;

export function wrapQuote(quote: Uint8Array, envelope: TdEnvelope): Uint8Array {
  if (envelope === 'padded') return new Uint8Array(Buffer.concat([quote, Buffer.alloc(PADDING)]));
  return envelope === 'raw' ? quote : configfsJson(quote);
}

/** The configfs-tsm files in one JSON object: `provider` as the kernel writes it, `outblob` standard base64. */
function configfsJson(quote: Uint8Array): Uint8Array {
  const files = { provider: 'tdx_guest\n', outblob: Buffer.from(quote).toString('base64') };
  return new Uint8Array(Buffer.from(JSON.stringify(files), 'utf8'));
}
