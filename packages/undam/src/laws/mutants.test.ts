import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { broken } from './laws.fixture.ts';
import { type Mutant, mutants } from './mutants.fixture.ts';
import { scenarios } from './scenario.fixture.ts';
import { type Engine, play } from './world.fixture.ts';

const source = fileURLToPath(new URL('..', import.meta.url));
const copies = mkdtempSync(fileURLToPath(new URL('../../.mutants-', import.meta.url)));
afterAll(() => rmSync(copies, { recursive: true }));

const scenariosMost = 2_000;

test.each(mutants)(
  'the laws catch an engine that $name',
  async (mutant) => {
    const engine = await breed(mutant);
    let caught: string[] = [];
    await fc.check(
      fc.asyncProperty(scenarios, async (scenario) => {
        const violations = broken(await play(engine, scenario));
        caught = violations.filter((violation) => mutant.breaks.some((law) => violation.startsWith(`${law}:`)));
        return caught.length === 0;
      }),
      { numRuns: scenariosMost, endOnFailure: true, seed: 1 },
    );
    expect(caught).not.toEqual([]);
  },
  60_000,
);

async function breed({ name, file, line, becomes }: Mutant): Promise<Engine> {
  const copy = join(copies, name.replaceAll(/\W+/g, '-'));
  cpSync(source, copy, { recursive: true, filter: (path) => !/\.(test|fixture)\.ts$/.test(path) });
  const path = join(copy, file);
  const text = readFileSync(path, 'utf8');
  expect(text.split(line)).toHaveLength(2);
  writeFileSync(
    path,
    text.replace(line, () => becomes),
  );
  const { createMiddlewares } = (await import(join(copy, 'middy.ts'))) as Pick<Engine, 'createMiddlewares'>;
  const { eachRecord } = (await import(join(copy, 'each-record.ts'))) as Pick<Engine, 'eachRecord'>;
  return { createMiddlewares, eachRecord };
}
