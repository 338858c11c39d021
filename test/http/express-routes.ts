/** What express itself would serve: its own stack, not our table of routes. */
interface Layer {
  readonly route?: {
    readonly path: string;
    readonly methods: Readonly<Record<string, boolean>>;
  };
  readonly handle: { readonly stack?: readonly Layer[] };
}

/** `get /v1/workloads/{workload}`, sorted; `all` where any method is let in. Throws where a router has a prefix of its own. */
export function expressRoutes(app: { readonly router: unknown }): readonly string[] {
  const { stack } = app.router as { readonly stack: readonly Layer[] };
  return stack.flatMap(routesOf).sort();
}

function routesOf({ route, handle }: Layer): readonly string[] {
  if (route === undefined) return (handle.stack ?? []).flatMap(routesOf);
  const path = route.path.replace(/:(\w+)/g, '{$1}');
  return Object.keys(route.methods).map((method) => `${method === '_all' ? 'all' : method} ${path}`);
}
