// How figures and their subjects are written in tables.
export const ms = (value) => value.toFixed(3);
export const latency = (value) => value.toFixed(1);
export const rate = (value) => value.toFixed(0);
export const times = (value) => `${value.toFixed(2)} ×`;
export const percent = (value) => `${(value * 100).toFixed(1)} %`;
export const mebibytes = (value) => (value / 2 ** 20).toFixed(0);

export const NAMES = { snp: 'SNP', tdx: 'TDX', postgres: 'PostgreSQL', pglite: 'PGlite' };
export const SEEN = { known: 'seen before', fresh: 'new' };
