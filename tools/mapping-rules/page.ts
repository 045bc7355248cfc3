import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultAssumptions, type MappingRule, mappingRules, unmodelledRecordings } from '@undam/simulator';
import { root } from '../repo/workspace.ts';

/** The page that `npm run rules -- --write` writes. */
export const pagePath: string = join(root, 'docs/event-source-mapping.md');

const head = `# What the simulator knows of Lambda's event source mapping

\`npm run rules\` prints this page from \`packages/simulator/src/mapping/rules.ts\`; a test keeps both together.

- **documented**: on AWS's own pages.
- **recorded**: seen on AWS; the names are those of vectors in \`packages/simulator/src/mapping/fixtures\`, which say where they were
  recorded. Each runs as a test, except those under "Recorded and not modelled".
- **assumed**: no page and no recording shows it. An option of \`assumptions\`, with a default. A test whose verdict changes with one of them rests on a
  guess.
`;

/** The table of all rules, and the recordings that are not modelled. */
export function rulesPage(): string {
  const rows = mappingRules.map(({ about, rule, basis }) => `| ${about} | ${rule} | ${shown(basis)} |`);
  const facts = Object.entries(unmodelledRecordings).map(([name, why]) => `| \`${name}\` | ${why} |`);
  return [
    head,
    '| about | rule | basis |',
    '| --- | --- | --- |',
    ...rows,
    '',
    '## Recorded and not modelled',
    '',
    '| recording | why not |',
    '| --- | --- |',
    ...facts,
    '',
  ].join('\n');
}

/** The number of rules by basis. */
export function summaryOfRules(): string {
  const count = (basis: string): number => mappingRules.filter((rule) => basis in rule.basis).length;
  const [recorded, documented, assumed] = ['recorded', 'documented', 'assumed'].map(count);
  return `${mappingRules.length} rules: ${recorded} recorded, ${documented} documented, ${assumed} assumed`;
}

/** Whether the existing page has the current rules. */
export function isPageCurrent(): boolean {
  return readFileSync(pagePath, 'utf8') === rulesPage();
}

function shown(basis: MappingRule['basis']): string {
  if ('documented' in basis) return `[documented](${basis.documented})`;
  if ('recorded' in basis) return `recorded: ${basis.recorded.map((name) => `\`${name}\``).join(', ')}`;
  return `assumed: \`${basis.assumed}\`, default ${defaultOf(basis.assumed)}`;
}

function defaultOf(name: keyof typeof defaultAssumptions): string {
  const value = defaultAssumptions[name];
  if (typeof value !== 'function') return `\`${String(value)}\``;
  return `${[1, 2, 3].map(value).join(', ')} … ${value(30)} ms`;
}
