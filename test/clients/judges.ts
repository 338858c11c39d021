/** The clients in all languages, as far as this machine has them, and what becomes of a suite that has not all of them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from '@jest/globals';
import { built, PYTHON } from '../brokers/tools.js';
import { ROOT } from '../docs/markdown.js';
import { leaveOut } from '../left-out.js';
import { createNodeJudge, type Judge } from './node-judge.js';
import { type ProgramJudge, startProgramJudge } from './program-judge.js';
import type { Answer, Question } from './question.js';

const PYTHON_HOME = join(ROOT, 'clients', 'python');

export interface Judges {
  /** What Node.js answers, after the others have been found to answer the same. */
  readonly ask: Judge;
  readonly programs: Readonly<Record<'go' | 'python', ProgramJudge>>;
  close(): Promise<void>;
}

function startJudges(go: string, python: string): Judges {
  const programs = {
    go: startProgramJudge(go, []),
    python: startProgramJudge(python, [join(PYTHON_HOME, 'tests', 'judge.py')], { PYTHONPATH: PYTHON_HOME }),
  };
  const node = createNodeJudge();
  return {
    programs,
    async ask(question) {
      const answers = await Promise.all(
        [node, programs.go.ask, programs.python.ask].map((ask) => ask(question)),
      );
      const [own, ...others] = answers.map((answer) => comparable(answer, question));
      for (const [index, other] of others.entries()) {
        const language = ['Go', 'Python'][index];
        expect({ language, ...other }).toEqual({ language, ...own });
      }
      return answers[0] as Answer;
    },
    async close() {
      await Promise.all([programs.go.close(), programs.python.close()]);
    },
  };
}

/** Words are each language’s own; none of them repeats the token. */
function comparable({ detail, ...answer }: Answer, question: Question): Omit<Answer, 'detail'> {
  if ('token' in question) {
    for (const part of question.token.split('.').filter(({ length }) => length > 20)) {
      expect(detail).not.toContain(part);
    }
  }
  return answer;
}

/** A suite for machines that have Go’s and Python’s; elsewhere it is skipped by name, and in CI that is an error. */
export function describeAgreement(name: string, suite: (start: () => Judges) => void): void {
  const [go, python] = [built('client-go'), PYTHON].map(({ places }) =>
    places.find((place) => existsSync(place)),
  );
  if (go !== undefined && python !== undefined) {
    describe(name, () => suite(() => startJudges(go, python)));
    return;
  }
  const missing =
    'not all of node scripts/peers.mjs client-go, pip install --require-hashes -r .ci/tools.txt';
  leaveOut(name, { why: missing, lacking: missing, needs: 'needs the helpers in Go and Python' });
}
