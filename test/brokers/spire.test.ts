/** examples/brokers/spire: its files and commands, and the template of step-ca, speak of the same things. */
import { describe, expect, test } from '@jest/globals';
import { blocksOf, readPage, sectionOf } from '../docs/markdown.js';
import { recipeFile } from './recipe.js';
import { WORKLOAD } from './service.js';
import { blocksIn, sanSelectorOf, valuesIn } from './spire.js';

const TRUST_DOMAIN = 'models.example';

async function commandsIn(broker: string, section: string): Promise<string> {
  const page = await readPage(`examples/brokers/${broker}/README.md`);
  const blocks = blocksOf(sectionOf(page, section)).filter(({ language }) => language === 'sh');
  return blocks.map(({ content }) => content).join('');
}

describe('a selector', () => {
  test.each([
    ['x509pop://models.example/workload/llm-serving', 'x509pop:san:workload:llm-serving'],
    ['x509pop://models.example/workload/a/b', 'x509pop:san:workload:a/b'],
    ['x509pop://models.example/workload:llm-serving', null],
    ['x509pop://other.example/workload/llm-serving', null],
    ['x509pop://models.example/', null],
  ])('of %s is %s', (uri, selector) => {
    expect(sanSelectorOf(uri, TRUST_DOMAIN)).toBe(selector);
  });
});

test('the entry of the server is for what the template of step-ca puts into certificates', async () => {
  const template = await recipeFile('step-ca', 'attested.tpl');
  const [, uri = ''] =
    /"uris": \[\{\{ printf "([^"]+)" \$att\.workload \| toJson \}\}\]/u.exec(template) ?? [];
  const selector = sanSelectorOf(uri.replace('%s', WORKLOAD), TRUST_DOMAIN);
  expect(selector).toBe(`x509pop:san:workload:${WORKLOAD}`);
  expect(await commandsIn('spire', 'At the SPIRE server')).toContain(`-selector ${selector}\n`);
});

describe('the agent', () => {
  test('has what an agent must have', async () => {
    const text = await recipeFile('spire', 'agent.conf');
    expect(blocksIn(text)).toEqual([
      ...['agent', 'plugins', 'KeyManager "memory"', 'NodeAttestor "x509pop"', 'WorkloadAttestor "systemd"'],
    ]);
    expect(valuesIn(text, 'trust_domain')).toEqual([TRUST_DOMAIN]);
    for (const member of ['server_address', 'server_port', 'data_dir', 'socket_path']) {
      expect(valuesIn(text, member)).toHaveLength(1);
    }
  });

  test('finds each file that it names, and each comes out of a command', async () => {
    const text = await recipeFile('spire', 'agent.conf');
    const named = [
      ...['private_key_path', 'certificate_path', 'intermediates_path', 'trust_bundle_path'],
    ].flatMap((member) => valuesIn(text, member));
    const installed = new Map(
      [...(await commandsIn('spire', 'In the guest')).matchAll(/^install -m \d+ -D (\S+) (\S+)$/gmu)].map(
        ([, from = '', to = '']) => [to, from],
      ),
    );
    expect([...installed.keys()].sort()).toEqual([...named].sort());
    const written = `${await commandsIn('step-ca', 'In the guest')}${await commandsIn('spire', 'At the SPIRE server')}`;
    for (const from of installed.values()) {
      // The key is the guest's own; step-ca's recipe begins with it.
      if (from !== 'guest.key') expect(written).toContain(`> ${from}\n`);
    }
  });
});
