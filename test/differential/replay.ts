/** `node build/test/differential/replay.js FILE`: one written disagreement before Assay and the peer once more. */
import { readFileSync } from 'node:fs';
import { settingOfText } from '../fuzz/format.js';
import { askDcapQvl } from '../vectors/differential/opinions.js';
import { type Answer, askProgram, type Question } from './peer.js';
import * as snp from './snp-material.js';
import * as tdx from './tdx-material.js';

const { programOf } = (await import(new URL('../../../scripts/peers.mjs', import.meta.url).href)) as {
  readonly programOf: (name: string) => string;
};

async function askPeer(peer: string, material: unknown): Promise<Answer | object> {
  const questions: Readonly<Record<string, () => Question | null>> = {
    'go-sev-guest': () => snp.questionForGo(material as snp.SnpMaterial),
    'rust-sev': () => snp.questionForRust(material as snp.SnpMaterial),
    'go-tdx-guest': () => tdx.questionForGo(material as tdx.TdxMaterial),
    'rust-dcap-qvl': () => tdx.questionForRust(material as tdx.TdxMaterial),
  };
  const question = questions[peer]?.();
  if (question === undefined) return askDcapQvl(material as tdx.TdxMaterial);
  return (question && (await askProgram(programOf(peer), [question]))[0]) ?? { verdict: 'not to be asked' };
}

const [, , file = ''] = process.argv;
const { peer, material } = settingOfText(readFileSync(file, 'utf8')) as {
  readonly peer: string;
  readonly material: snp.SnpMaterial | tdx.TdxMaterial;
};
const objections = 'leaf' in material ? await snp.askAssay(material) : await tdx.askAssay(material);
process.stdout.write(`${material.name}\n`);
process.stdout.write(`Assay: ${objections.length === 0 ? 'authentic' : objections.join(', ')}\n`);
process.stdout.write(`${peer}: ${JSON.stringify(await askPeer(peer, material))}\n`);
