/** Faults in the leaf and its chain (procedure steps 5, 6 and 8). */

import { yearsFrom } from '../../certificate.js';
import { makeRsaKey } from '../../key-pair.js';
import { certifyAuthorities } from '../authorities.js';
import type { Fault } from '../fault.js';
import { issuerOf } from '../leaf.js';

const DAY = 86_400_000;

/** Not AMD's name: a pinned root of the same name would find the signature bad as well. */
const FOREIGN_ROOT = 'ARK-Elsewhere';

export const ENDORSEMENT_FAULTS: readonly Fault[] = [
  {
    code: 'snp_vek_missing',
    says: 'a VLEK-signed report without its VLEK, which nobody can look up',
    clean: { signingKey: 'VLEK' },
    leafSent: false,
  },
  {
    code: 'snp_kds_unavailable',
    says: 'a VCEK-signed report without its VCEK',
    clean: { signingKey: 'VCEK', maskChipId: false },
    leafSent: false,
  },
  {
    code: 'snp_chain_untrusted',
    says: 'a sound chain under a root that nobody pinned',
    authorities: async (genuine, at) => {
      const key = await makeRsaKey(genuine.ark.key.asymmetricKeyDetails?.modulusLength ?? 4096);
      return certifyAuthorities(genuine.product, at, { ark: key, ask: key, asvk: key }, FOREIGN_ROOT);
    },
  },
  {
    code: 'snp_chain_signature_invalid',
    says: 'a leaf signed with a key that is not its issuer’s',
    leaf: (plan, authorities) => ({
      ...plan,
      signingKey: issuerOf(authorities, plan.kind === 'VCEK' ? 'VLEK' : 'VCEK').key,
    }),
  },
  {
    code: 'snp_cert_expired',
    says: 'a leaf that ended the day before',
    leaf: (plan, _authorities, at) => ({
      ...plan,
      notBefore: yearsFrom(at, -1),
      notAfter: new Date(at.getTime() - DAY),
    }),
  },
  {
    code: 'snp_cert_not_yet_valid',
    says: 'a leaf that begins the day after',
    leaf: (plan, _authorities, at) => ({ ...plan, notBefore: new Date(at.getTime() + DAY) }),
  },
  {
    code: 'snp_vek_key_invalid',
    says: 'a leaf with a P-256 key',
    leaf: (plan) => ({ ...plan, curve: 'P-256' }),
  },
  {
    code: 'snp_vek_extension_invalid',
    says: 'a leaf without ucodeSPL',
    leaf: (plan) => ({ ...plan, without: ['3.8'] }),
  },
  {
    code: 'snp_vek_kind_mismatch',
    says: 'a VLEK for a report that names a VCEK',
    clean: { signingKey: 'VCEK' },
    leaf: (plan, authorities) => ({
      ...plan,
      kind: 'VLEK',
      productName: plan.product,
      signingKey: authorities.asvk.key,
    }),
  },
  {
    code: 'snp_tcb_cert_mismatch',
    says: 'a leaf for another SNP firmware than REPORTED_TCB',
    leaf: (plan) => ({ ...plan, tcb: { ...plan.tcb, snp: plan.tcb.snp ^ 1 } }),
  },
  {
    code: 'snp_chip_id_mismatch',
    says: 'a leaf for another chip',
    clean: { signingKey: 'VCEK', maskChipId: false },
    leaf: (plan) => ({ ...plan, hwId: plan.hwId.map((byte) => byte ^ 0xff) }),
  },
  {
    code: 'snp_product_mismatch',
    says: 'a leaf whose productName is another line’s',
    leaf: (plan) => ({ ...plan, productName: plan.product === 'Genoa' ? 'Milan-B0' : 'Genoa-B1' }),
  },
];
