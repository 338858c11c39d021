/** The demo as a whole: it succeeds on this build, and fails on a build with one check switched off. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';

/** From the built test: build/test/demo. */
const BUILD = fileURLToPath(new URL('../..', import.meta.url));
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** A built file, an expression in it that is a check, and what it becomes when nobody checks. */
interface SwitchedOff {
  readonly file: string;
  readonly check: string;
  readonly instead: string;
}

let copy: string | null = null;
afterEach(async () => {
  if (copy !== null) await rm(copy, { recursive: true, force: true });
  copy = null;
});

/** Beside the build, so that packages, certificates and migrations are found from it as from the original. */
async function copyBuild(): Promise<string> {
  copy = await mkdtemp(join(ROOT, 'build-demo-'));
  await cp(join(BUILD, 'src'), join(copy, 'src'), { recursive: true });
  return copy;
}

async function switchOff(build: string, { file, check, instead }: SwitchedOff): Promise<void> {
  const path = join(build, 'src', file);
  const parts = (await readFile(path, 'utf8')).split(check);
  // A check that moved elsewhere must not make this test pass for want of anything to switch off.
  expect(parts).toHaveLength(2);
  await writeFile(path, parts.join(instead));
}

function runDemo(build: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const args = [join(ROOT, 'scripts', 'demo.mjs'), '--build', build, '--model-size', '5M'];
    const demo = execFile(process.execPath, args, { cwd: ROOT }, (_error, stdout, stderr) => {
      if (demo.exitCode === null) reject(new Error(`the demo did not end by itself:\n${stderr}`));
      else resolve({ code: demo.exitCode, output: stdout + stderr });
    });
  });
}

describe('npm run demo', () => {
  test('exits 0 when every check is in place', async () => {
    const { code, output } = await runDemo(await copyBuild());
    expect(output).not.toContain('✗');
    expect(code).toBe(0);
  });

  test.each<[string, SwitchedOff]>([
    [
      'REPORT_DATA made for another key',
      {
        file: 'tee/snp/evidence.js',
        check: 'equalBytes(report.reportData, expected)',
        instead: 'equalBytes(expected, expected)',
      },
    ],
    [
      'a report that the hardware did not sign',
      {
        file: 'tee/snp/consistency.js',
        check: 'const holds = await verifyEcdsaRaw({',
        instead: 'const holds = true || await verifyEcdsaRaw({',
      },
    ],
    [
      'REPORTDATA made for another key',
      {
        file: 'tee/tdx/evidence.js',
        check: 'equalBytes(quote.report.reportData, expected)',
        instead: 'equalBytes(expected, expected)',
      },
    ],
    [
      'a quoting enclave that is not Intel’s',
      {
        file: 'tee/tdx/qe.js',
        check: 'equalBytes(mrSigner, identity.mrSigner)',
        instead: 'equalBytes(identity.mrSigner, identity.mrSigner)',
      },
    ],
  ])('exits 1 when nobody checks: %s', async (what, switchedOff) => {
    const build = await copyBuild();
    await switchOff(build, switchedOff);
    const { code, output } = await runDemo(build);
    expect(output).toContain(`✗ ${what}`);
    expect(code).toBe(1);
  });
});
