// Carries out a Dockerfile's stages in clean folders, each instruction by what the builder's reference says of it.
// An instruction, a flag or a pattern that is not known here is an error.
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import { spawnRooted } from './rooted.mjs';

const ROOT_USER = { uid: 0, gid: 0 };

/**
 * Builds all stages under `home` and resolves to the last one: `{ root, config }`, config with `env`, `user`,
 * `workdir`, `entrypoint`, `cmd`, `healthcheck`, `stopSignal`, `labels`. `baseOf(image)`: `{ env, mounts }` of a base
 * image; `context`: the folder that COPY reads; `buildArgs`: values for ARG.
 */
export async function buildStages({ stages, home, context, baseOf, buildArgs, log }) {
  const built = new Map();
  let last = null;
  for (const [index, stage] of stages.entries()) {
    const base = stage.base === 'scratch' ? { env: {}, mounts: [] } : baseOf(stage.base);
    const root = join(home, `stage-${index}`);
    mkdirSync(root, { recursive: true });
    last = {
      root,
      base,
      args: {},
      shell: ['/bin/sh', '-c'],
      config: { env: { ...base.env }, user: null, workdir: '/', labels: {} },
    };
    for (const instruction of stage.instructions) {
      log(`${instruction.line}: ${instruction.keyword} ${instruction.words.join(' ').slice(0, 100)}`);
      const carryOut = INSTRUCTIONS[instruction.keyword];
      if (carryOut === undefined) throw unknown(instruction, 'this instruction is not known here');
      await carryOut(last, instruction, { built, context, buildArgs });
    }
    if (stage.name !== '') built.set(stage.name, last);
  }
  return last;
}

const INSTRUCTIONS = {
  shell: (stage, { words }) => {
    stage.shell = words;
  },
  workdir: (stage, { words: [path] }) => {
    stage.config.workdir = posix.resolve(stage.config.workdir, path);
    mkdirSync(join(stage.root, stage.config.workdir), { recursive: true });
  },
  arg: (stage, { words: [text] }, { buildArgs }) => {
    const [name, value = ''] = split(text, '=');
    stage.args[name] = buildArgs[name] ?? unquote(value);
  },
  env: (stage, instruction) => {
    for (const [name, value] of pairsOf(instruction)) stage.config.env[name] = value;
  },
  label: (stage, instruction) => {
    for (const [name, value] of pairsOf(instruction)) stage.config.labels[name] = expand(value, stage);
  },
  copy: copyInto,
  run: runIn,
  user: (stage, instruction) => {
    const match = /^(\d+):(\d+)$/u.exec(instruction.words[0]);
    if (match === null) throw unknown(instruction, 'a user is UID:GID here');
    stage.config.user = { uid: Number(match[1]), gid: Number(match[2]) };
  },
  expose: (stage, { words }) => {
    stage.config.ports = words.map(Number);
  },
  stopsignal: (stage, { words: [signal] }) => {
    stage.config.stopSignal = signal;
  },
  healthcheck: (stage, instruction) => {
    const [form, ...command] = instruction.words;
    if (form !== 'CMD' || !instruction.json)
      throw unknown(instruction, 'a health check has the JSON form here');
    stage.config.healthcheck = command;
  },
  entrypoint: (stage, instruction) => {
    stage.config.entrypoint = commandOf(instruction);
  },
  cmd: (stage, instruction) => {
    stage.config.cmd = commandOf(instruction);
  },
};

/** The shell form would need a shell in the image. */
function commandOf(instruction) {
  if (!instruction.json) throw unknown(instruction, 'a command has the JSON form here');
  return instruction.words;
}

async function runIn(stage, { words, line }) {
  const command = [...stage.shell, words.join(' ')];
  const { root, base, config, args } = stage;
  const child = spawnRooted({
    root,
    command,
    user: config.user ?? ROOT_USER,
    workdir: config.workdir,
    env: { ...config.env, ...args },
    mounts: base.mounts,
    readOnly: false,
    stdio: ['ignore', 2, 2],
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`Dockerfile:${line}: the command ended with ${code}`);
}

/** COPY: a directory's contents, a file by its name, into a folder that the target names. */
function copyInto(stage, instruction, { built, context }) {
  const sources = instruction.words.slice(0, -1);
  const target = instruction.words.at(-1);
  const from = sourceRoot(instruction, built, context);
  const place = join(stage.root, posix.resolve(stage.config.workdir, target));
  for (const source of sources) {
    if (from.ignores(source)) throw unknown(instruction, `.dockerignore keeps ${source} from the builder`);
    const path = join(from.root, source);
    const isDirectory = statSync(path).isDirectory();
    const into = isDirectory || !target.endsWith('/') ? place : join(place, basename(source));
    mkdirSync(isDirectory ? into : dirname(into), { recursive: true });
    cpSync(path, into, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  }
}

function sourceRoot(instruction, built, context) {
  const { flags } = instruction;
  if (flags.length === 0) return { root: context, ignores: ignoresOf(context) };
  const [, name] = /^--from=([a-z]+)$/u.exec(flags[0]) ?? [];
  const stage = built.get(name);
  if (flags.length > 1 || stage === undefined) throw unknown(instruction, `flags ${flags.join(' ')}`);
  return { root: stage.root, ignores: () => false };
}

/** A .dockerignore of the form "everything, but not …": then what COPY may name is what is listed. */
function ignoresOf(context) {
  const lines = readFileSync(join(context, '.dockerignore'), 'utf8').trim().split('\n');
  const kept = lines.slice(1).map((line) => /^!([\w.-]+)$/u.exec(line)?.[1]);
  if (lines[0] !== '*' || kept.includes(undefined)) {
    throw new Error('.dockerignore is read here in one form only: a line `*`, then lines `!name`.');
  }
  const present = new Set(readdirSync(context));
  const absent = kept.filter((name) => !present.has(name));
  if (absent.length > 0) throw new Error(`.dockerignore keeps ${absent.join(', ')}, which is not there.`);
  return (source) => !kept.includes(source.split('/')[0]);
}

/** BuildKit hands over NAME, VALUE and the sign between them as three words. */
function pairsOf({ words }) {
  return Array.from({ length: words.length / 3 }, (_, at) => [words[at * 3], unquote(words[at * 3 + 1])]);
}

function expand(text, { args, config }) {
  return text.replace(/\$\{?(\w+)\}?/gu, (_, name) => args[name] ?? config.env[name] ?? '');
}

function split(text, sign) {
  const at = text.indexOf(sign);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function unquote(text) {
  return text.replace(/^"(.*)"$/u, '$1');
}

function unknown({ line, keyword }, why) {
  return new Error(`Dockerfile:${line}: ${keyword}: ${why}`);
}
