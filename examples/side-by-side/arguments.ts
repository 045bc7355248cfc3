import { parseArgs } from 'node:util';

/** What the command line asks for. */
export type Arguments =
  | { readonly kind: 'run'; readonly json?: string }
  | { readonly kind: 'help' }
  | { readonly kind: 'mistake'; readonly problem: string };

export const usage = `Usage: npm start [-- --json FILE]

Writes 4,000 orders, five of them bad, into a Kinesis emulator and sends them through the same
business function three times: in an ordinary all-or-nothing handler, behind Powertools'
BatchProcessor, and under Undam. Prints them side by side. Beside that 400 changes of a table, through
a simulated DynamoDB stream.

  --json FILE   also write the figures to FILE
  --help        this text

Exit status: 0 if under Undam nothing was lost, every good order was booked, exactly the bad ones
were quarantined and each customer's orders kept their order; 1 if not; 2 for a mistake on the
command line.`;

export function readArguments(args: readonly string[]): Arguments {
  try {
    const options = { json: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const;
    const { values } = parseArgs({ args: [...args], options, allowPositionals: false });
    if (values.help) return { kind: 'help' };
    if (values.json === '') return { kind: 'mistake', problem: '--json needs the name of a file' };
    return values.json === undefined ? { kind: 'run' } : { kind: 'run', json: values.json };
  } catch (error) {
    return { kind: 'mistake', problem: (error as Error).message };
  }
}
