import { dirname } from 'node:path/posix';
import type { Import } from '../repo/imports.ts';

type Edge = Pick<Import, 'from' | 'to'>;

/** Imports of the files of one folder from those of another. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly imports: readonly Edge[];
}

/** The arrows between folders, by name. */
export function arrowsOf(imports: readonly Edge[]): Arrow[] {
  const between = imports.filter(({ from, to }) => dirname(from) !== dirname(to));
  const grouped = Map.groupBy(between, ({ from, to }) => `${dirname(from)} ${dirname(to)}`);
  return [...grouped.values()]
    .map((imports) => ({ from: dirname(imports[0]!.from), to: dirname(imports[0]!.to), imports }))
    .sort((a, b) => a.from.localeCompare(b.from) || a.to.localeCompare(b.to));
}

/** Each set of nodes that can all reach one another (Tarjan's strongly connected components of more than one node). */
export function circlesOf(edges: readonly Edge[]): string[][] {
  const next = Map.groupBy(edges, ({ from }) => from);
  const numbers = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];

  function visit(node: string): number {
    numbers.set(node, numbers.size);
    let low = numbers.get(node)!;
    stack.push(node);
    for (const { to } of next.get(node) ?? []) {
      if (!numbers.has(to)) low = Math.min(low, visit(to));
      else if (stack.includes(to)) low = Math.min(low, lowest.get(to) ?? numbers.get(to)!);
    }
    lowest.set(node, low);
    if (low === numbers.get(node)) {
      const circle = stack.splice(stack.indexOf(node));
      if (circle.length > 1) circles.push(circle.sort());
    }
    return low;
  }

  for (const { from } of edges) if (!numbers.has(from)) visit(from);
  return circles;
}
