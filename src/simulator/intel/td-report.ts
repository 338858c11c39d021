/** Writing a TD report (Intel 344425, TDREPORT). Offsets are this file's own: an independent witness. */
import { TD_ATTRIBUTE_BITS, type TdAttribute, type TdSettings } from './td-options.js';

const LENGTHS = { 2: 584, 3: 648 } as const;

/** 584 bytes (TD report 1.0) or 648 (1.5); words little endian. */
export function composeTdReport(td: TdSettings): Uint8Array {
  const body = new Uint8Array(LENGTHS[td.bodyType]);
  const view = new DataView(body.buffer);
  body.set(td.teeTcbSvn, 0x000);
  body.set(td.mrSeam, 0x010);
  body.set(td.mrSignerSeam, 0x040);
  body.set(td.seamAttributes, 0x070);
  view.setBigUint64(0x078, attributesWord(td), true);
  view.setBigUint64(0x080, td.xfam, true);
  body.set(td.mrTd, 0x088);
  body.set(td.mrConfigId, 0x0b8);
  body.set(td.mrOwner, 0x0e8);
  body.set(td.mrOwnerConfig, 0x118);
  for (const [index, rtmr] of td.rtmrs.entries()) body.set(rtmr, 0x148 + 48 * index);
  body.set(td.reportData, 0x208);
  if (td.bodyType === 3) {
    body.set(td.teeTcbSvn2, 0x248);
    body.set(td.mrServiceTd, 0x258);
  }
  return body;
}

/** TDATTRIBUTES as a word. */
export function attributesWord({ attributes, otherAttributes }: TdSettings): bigint {
  let word = otherAttributes;
  for (const name of Object.keys(TD_ATTRIBUTE_BITS) as TdAttribute[]) {
    if (attributes[name]) word |= 1n << BigInt(TD_ATTRIBUTE_BITS[name]);
  }
  return word;
}
