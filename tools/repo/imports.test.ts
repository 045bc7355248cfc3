import { describe, expect, test } from '@jest/globals';
import { importsOf } from './imports.ts';

describe('reading imports', () => {
  const read = (source: string) => importsOf('sinks/sqs.ts', source);

  test('tells values from types, in every form', () => {
    expect(read("import { a } from '../a.ts';")).toEqual([{ from: 'sinks/sqs.ts', to: 'a.ts', typeOnly: false }]);
    expect(read("import type { A } from './a.ts';")[0]).toMatchObject({ to: 'sinks/a.ts', typeOnly: true });
    expect(read("import {\n  type A,\n  type B,\n} from './a.ts';")[0]).toMatchObject({ typeOnly: true });
    expect(read("import { type A, b } from './a.ts';")[0]).toMatchObject({ typeOnly: false });
    expect(read("export * from './a.ts';")[0]).toMatchObject({ to: 'sinks/a.ts', typeOnly: false });
    expect(read("import './a.ts';")[0]).toMatchObject({ to: 'sinks/a.ts', typeOnly: false });
  });

  test('sees imports on first use and imports inside types', () => {
    expect(read("const load = () => import('sdk');")).toMatchObject([{ to: 'sdk', typeOnly: false }]);
    expect(read("const os = () => process.getBuiltinModule('node:os');")).toMatchObject([{ to: 'node:os' }]);
    expect(read("type Sdk = typeof import('sdk');")).toMatchObject([{ to: 'sdk', typeOnly: true }]);
  });

  test('does not see the imports of a doc comment', () => {
    expect(read("/**\n * import { a } from 'a';\n * await import('b')\n */\n// import('c')\n")).toEqual([]);
  });
});
