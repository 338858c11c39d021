// How much each section measures: the full run takes some minutes, the quick one about one, on a machine that has
// nothing else to do.

const FULL = {
  bare: { rounds: 20, count: 200, warmUp: 1 },
  peers: { rounds: 5, milliseconds: 1000 },
  library: { rounds: 30, count: 150, warmUp: 2000 },
  http: { rounds: 8, count: 250, warmUp: 1500 },
  latency: { warmUp: 1500, count: 600, seconds: 15 },
  flat: { rounds: 6, count: 200, warmUp: 1500, workloads: 10_000, decisions: 1_000_000 },
  replicas: { rounds: 4, count: 600, warmUp: 1500 },
};

const QUICK = {
  bare: { rounds: 6, count: 100, warmUp: 1 },
  peers: { rounds: 2, milliseconds: 300 },
  library: { rounds: 10, count: 100, warmUp: 1000 },
  http: { rounds: 3, count: 100, warmUp: 300 },
  latency: { warmUp: 300, count: 150, seconds: 4 },
  flat: { rounds: 3, count: 60, warmUp: 300, workloads: 10_000, decisions: 50_000 },
  replicas: { rounds: 2, count: 150, warmUp: 300 },
};

export const SECTIONS = ['library', 'peers', 'http', 'latency', 'flat', 'replicas'];

export function sizesOf(quick) {
  return quick ? QUICK : FULL;
}
