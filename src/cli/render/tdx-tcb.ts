/** The platform's firmware as Intel judges it: platform, TDX module and quoting enclave, and what came of them. */
import type { CheckResult, TcbPart, Verdict } from '../../rats/result.js';
import type { Colours } from '../terminal.js';
import { hang } from './wrap.js';

const STATUS = 'tdx_tcb_status_not_accepted';

/** Lines; none while the claims are not believed. */
export function renderTdxTcb({ claims, tcb, checks }: Verdict, colours: Colours): readonly string[] {
  if (claims === null || tcb === null) return [];
  const { bold, dim } = colours;
  const status = checks.find(({ id }) => id === STATUS);
  const parts: readonly (readonly [string, TcbPart | null])[] = [
    ['platform', tcb.platform],
    ['TDX module', tcb.module],
    ['quoting enclave', tcb.qe],
  ];
  const shown = parts.flatMap(([name, part]) => (part === null ? [] : [{ name, part }]));
  const width = Math.max(...shown.map(({ name }) => name.length), 'accepted'.length);
  const row = (name: string, text: string): string => `  ${dim(name.padEnd(width))}  ${text}`;
  return [
    `${bold('Platform (TCB)')}  ${colourOf(status, colours)(tcb.status)}`,
    row('source', `${tcb.source}, level of ${tcb.date}`),
    ...(status?.expected ? [row('accepted', hang(status.expected, width + 4))] : []),
    ...shown.map(({ name, part }) => row(name, `${part.status}  ${dim(part.date)}`)),
    ...(tcb.advisories.length === 0 ? [] : [row('open', hang(tcb.advisories.join(', '), width + 4))]),
  ];
}

/** Accepted with a remedy is accepted with a reservation. */
function colourOf(status: CheckResult | undefined, { green, yellow, red }: Colours): Colours['green'] {
  if (status === undefined || status.outcome === 'fail') return red;
  return status.remedy === null ? green : yellow;
}
