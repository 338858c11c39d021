import { expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { AgentFailed, EXIT, TryAgain } from '../../src/agent/ending.js';
import { type Evidence, readEvidence } from '../../src/agent/evidence.js';
import { parseEvidence } from '../../src/tee/registry.js';
import { type FakeTsm, type FakeTsmOptions, fakeTsm, SNP, systemError, TDX } from './fake-tsm.js';
import { logOf, type TestWorld, testWorld } from './test-world.js';

// Vendors are minted first, and a machine that does other things as well takes its time for that.
jest.setTimeout(240_000);

const REPORT_DATA = Uint8Array.from({ length: 64 }, (_, index) => index);

/** A processor that is quick: its evidence is the report data itself. */
const ECHO: FakeTsmOptions = {
  provider: 'sev_guest',
  sign: async (reportData) => ({ outblob: reportData, auxblob: Uint8Array.of(0xaa) }),
};

interface Read {
  readonly tsm: FakeTsm;
  readonly world: TestWorld;
  readonly evidence: Promise<Evidence>;
}

function read(options: FakeTsmOptions): Read {
  const tsm = fakeTsm(options);
  const world = testWorld({ tsm });
  return { tsm, world, evidence: readEvidence(tsm, REPORT_DATA, { world, log: logOf(world) }) };
}

async function failure({ evidence, tsm }: Read): Promise<unknown> {
  const error = await evidence.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(tsm.leftBehind()).toEqual([]);
  return error;
}

test('SEV-SNP: the report and the certificate table behind it, over the report data, at the level of the guest', async () => {
  const { tsm, world, evidence } = read(SNP);
  const { provider, type, bytes } = await evidence;
  expect({ provider, type }).toEqual({ provider: 'sev_guest', type: 'sev-snp' });
  expect(parseEvidence('sev-snp', bytes, []).tee).toBe('sev-snp');
  expect(Uint8Array.from(bytes.subarray(0x50, 0x90))).toEqual(REPORT_DATA);
  expect(tsm.operations).toEqual([
    'make',
    'read provider',
    'read generation',
    'read privlevel_floor',
    'write privlevel',
    'write inblob',
    'read outblob',
    'read auxblob',
    'read generation',
    'remove',
  ]);
  expect(tsm.leftBehind()).toEqual([]);
  expect(world.logLines).toEqual([]);
});

test('SEV-SNP on a kernel without privilege levels', async () => {
  const { tsm, evidence } = read({ ...ECHO, floor: null });
  expect(Buffer.from((await evidence).bytes)).toEqual(Buffer.concat([REPORT_DATA, Uint8Array.of(0xaa)]));
  expect(tsm.operations).not.toContain('write privlevel');
});

test('TDX: the quote alone', async () => {
  const { tsm, evidence } = read(TDX);
  const { type, bytes } = await evidence;
  expect(type).toBe('tdx');
  expect(parseEvidence('tdx', bytes, []).tee).toBe('tdx');
  // Header of 48 bytes, and the body’s field at 520.
  expect(Uint8Array.from(bytes.subarray(568, 632))).toEqual(REPORT_DATA);
  expect(tsm.operations).not.toContain('read auxblob');
});

const OTHERS = Buffer.alloc(64, 0xee);

test('a generation that moves underneath: another request, and none of that evidence', async () => {
  const { tsm, world, evidence } = read({
    ...ECHO,
    before: (operation, request, folder) => {
      if (operation === 'read outblob' && request <= 2) folder.write('inblob', OTHERS);
    },
  });
  expect(Buffer.from((await evidence).bytes.subarray(0, 64))).toEqual(Buffer.from(REPORT_DATA));
  expect(tsm.operations.filter((operation) => operation === 'make')).toHaveLength(3);
  expect(world.pauses).toEqual([75, 150]);
  expect(world.logged().map(({ reason }) => reason)).toEqual([
    'its generation is 3, not 2',
    'its generation is 3, not 2',
  ]);
});

test('one that keeps moving: no evidence, and another try later', async () => {
  const moving = read({
    ...ECHO,
    before: (operation, _request, folder) => {
      if (operation === 'read auxblob') folder.write('privlevel', Uint8Array.of(0x30));
    },
  });
  const error = await failure(moving);
  expect(error).toBeInstanceOf(TryAgain);
  expect(error).toMatchObject({ message: expect.stringContaining('generation is 3, not 2') });
  expect(moving.world.pauses).toHaveLength(4);
});

/** Operations in order, as in the first test: somebody else may write before each. */
const MOMENTS = 9;

test('whenever others write, what comes out is over our report data and at our level', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          moment: fc.integer({ min: 1, max: MOMENTS }),
          request: fc.integer({ min: 1, max: 6 }),
          attribute: fc.constantFrom('inblob' as const, 'privlevel' as const),
        }),
        { maxLength: 12 },
      ),
      async (writes) => {
        let operation = 0;
        let request = 0;
        const level: { now: string } = { now: '' };
        const { evidence, tsm } = read({
          provider: 'sev_guest',
          // The level that the evidence was made at goes with it.
          sign: async (reportData) => ({
            outblob: Buffer.concat([reportData, Buffer.from(level.now)]),
            auxblob: new Uint8Array(),
          }),
          before: (name, number, folder) => {
            operation = number === request ? operation + 1 : 0;
            request = number;
            if (name === 'write privlevel') level.now = '1';
            for (const write of writes) {
              if (write.request !== request || write.moment !== operation) continue;
              folder.write(write.attribute, write.attribute === 'inblob' ? OTHERS : Buffer.from('3'));
              if (write.attribute === 'privlevel' && name !== 'write privlevel') level.now = '3';
            }
          },
        });
        const bytes = await evidence.then(
          (got) => Buffer.from(got.bytes),
          (error: unknown) => {
            expect(error).toBeInstanceOf(TryAgain);
            return null;
          },
        );
        if (bytes !== null) expect(bytes).toEqual(Buffer.concat([REPORT_DATA, Buffer.from('1')]));
        expect(tsm.leftBehind()).toEqual([]);
      },
    ),
  );
});

test.each(['EBUSY', 'EINTR', 'EAGAIN', 'ETIMEDOUT', 'EIO'])('a processor that says %s once', async (code) => {
  const { world, evidence, tsm } = read({
    ...ECHO,
    before: (operation, request) => {
      if (operation === 'read outblob' && request === 1) throw systemError(code);
    },
  });
  expect((await evidence).bytes).toHaveLength(65);
  expect(world.logged()).toMatchObject([{ level: 'warn', reason: code }]);
  expect(tsm.leftBehind()).toEqual([]);
});

test('a processor that stays busy', async () => {
  const busy = read({
    ...ECHO,
    before: (operation) => {
      if (operation === 'write inblob') throw systemError('EBUSY');
    },
  });
  const error = await failure(busy);
  expect(error).toBeInstanceOf(TryAgain);
  expect(error).toMatchObject({ message: 'configfs-tsm gives no evidence: EBUSY' });
});

const failing = (where: string, code: string): FakeTsmOptions => ({
  ...ECHO,
  before: (operation) => {
    if (operation === where) throw systemError(code);
  },
});

test.each<[string, FakeTsmOptions, string]>([
  ['another user than root', failing('make', 'EACCES'), 'run the agent as root'],
  ['no room for a request', failing('make', 'ENOSPC'), 'ENOSPC'],
  ['a provider that is not known', { ...ECHO, provider: 'arm_cca_guest' }, '"arm_cca_guest"'],
  ['a provider that cannot be read', failing('read provider', 'ENXIO'), 'no provider: ENXIO'],
  ['a write that fails', failing('write inblob', 'EINVAL'), 'takes no report data: EINVAL'],
  ['a level that is refused', failing('write privlevel', 'EINVAL'), 'refuses the privilege level 1: EINVAL'],
  ['evidence that is refused', failing('read outblob', 'EINVAL'), 'gives no evidence: EINVAL'],
  [
    'evidence of no bytes',
    { ...ECHO, sign: async () => ({ outblob: new Uint8Array(), auxblob: Uint8Array.of(1) }) },
    'no bytes',
  ],
  [
    'evidence that is too long',
    { ...ECHO, sign: async () => ({ outblob: Buffer.alloc(128 * 1024 + 1), auxblob: Uint8Array.of(1) }) },
    '131073 bytes',
  ],
  ['a level that is no number', { ...ECHO, floor: Number.NaN }, 'no number as privlevel_floor'],
])('%s ends the agent, in words', async (_name, options, words) => {
  const error = await failure(read(options));
  expect(error).toBeInstanceOf(AgentFailed);
  expect(error).toMatchObject({ exitCode: EXIT.usage, message: expect.stringContaining(words) });
});

test('a host without certificates is no obstacle', async () => {
  const { world, evidence } = read(failing('read auxblob', 'ENOENT'));
  expect((await evidence).bytes).toHaveLength(64);
  expect(world.logged()).toMatchObject([{ level: 'warn', reason: 'ENOENT' }]);
});

test('certificates that are too long are left out', async () => {
  const { world, evidence } = read({
    ...ECHO,
    sign: async (reportData) => ({ outblob: reportData, auxblob: Buffer.alloc(128 * 1024 - 63) }),
  });
  expect(await evidence).toMatchObject({ bytes: REPORT_DATA, bare: null });
  expect(world.logged()).toMatchObject([{ level: 'warn', bytes: 128 * 1024 - 63 }]);
});

test('no configfs-tsm may be one that comes yet', async () => {
  const error = await failure(read(failing('make', 'ENOENT')));
  expect(error).toBeInstanceOf(TryAgain);
  expect(error).toMatchObject({ message: expect.stringContaining('this is no confidential guest') });
});

test('a request that cannot be taken away is told of', async () => {
  const { world, evidence } = read(failing('remove', 'EBUSY'));
  expect((await evidence).bytes).toHaveLength(65);
  expect(world.logged()).toMatchObject([{ level: 'warn', reason: 'EBUSY' }]);
});
