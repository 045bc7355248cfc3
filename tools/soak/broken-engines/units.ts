import type { BrokenEngine } from './broken-engine.ts';

/** Engines that take the records of a unit for one another, or for records by themselves. */
export const brokenUnits: readonly BrokenEngine[] = [
  {
    name: 'knows the members of a unit by their place',
    file: 'streams/record-id.ts',
    line: 'const digests = contents.map(sha256);',
    becomes: 'const digests = contents.map((_, place) => String(place).padEnd(43, "0"));',
    breaks: ['no-loss', 'done-once'],
    needs: 'units',
  },
  {
    name: 'knows equal members of a unit by their number in whichever part of it',
    file: 'streams/record-id.ts',
    line: "const unit = counts.size < digests.length ? shortened(sha256(digests.toSorted().join())) : '';",
    becomes: "const unit = '';",
    breaks: ['no-loss', 'done-once'],
    needs: 'equal-members',
  },
  {
    name: 'takes what begins a batch for an equal record that was done before',
    file: 'engine/recall/continued-unit.ts',
    line: 'return without([...doubted, ...blamed], memories, named.size > 0);',
    becomes: 'return { memories, outdated: [] };',
    breaks: ['no-loss'],
    needs: 'equal-members',
  },
  {
    name: 'runs the members of a unit side by side',
    file: 'engine/run/lanes.ts',
    line: 'return units === undefined ? names : joinLanes(names, units);',
    becomes: 'return names;',
    breaks: ['lane-order'],
    needs: 'units',
  },
  {
    name: 'forgets what is done of a unit that comes again',
    file: 'engine/judge/batch-state.ts',
    line: 'return units?.get(sequenceNumbers[first]!)?.[0] ?? first;',
    becomes: 'return first;',
    breaks: ['done-once'],
    needs: 'units',
  },
  {
    name: 'charges each member of a unit that a batch handler reports by the number of all',
    file: 'engine/run/batches/batch-run.ts',
    line: 'const unclear = this.#unclearIn(named, indexes);',
    becomes: 'const unclear = noRecords;',
    breaks: ['uncharged', 'innocent'],
    needs: 'units',
  },
  {
    name: 'charges nobody of a unit that is first, but for its first record',
    file: 'engine/judge/batch-state.ts',
    line: 'this.head = unresolved.find((index) => !outdated.has(batch.ids[index]!)) ?? unresolved[0] ?? 0;',
    becomes: 'this.head = 0;',
    breaks: ['head-progress', 'bounded-block', 'no-loss'],
    needs: 'units',
  },
  {
    name: 'names a unit once for each of its members',
    file: 'engine/invocation/conclusion.ts',
    line: 'this.#unresolved = units === undefined ? numbers : [...new Set(numbers)];',
    becomes: 'this.#unresolved = numbers;',
    breaks: ['fail-closed'],
    needs: 'units',
  },
];
