/** Flags of Node about the program it was started with: meaningless or harmful in one of its threads. */
const ofProgram = /^(--(input-type|check|interactive|test|watch)\b|-[ci]$)/;
/** The same, followed by the program's text. */
const withText = /^(--(eval|print)$|-(e|p|pe)$)/;

/** The flags of this process that a worker inherits: conditions, preloads, warnings. */
export function workerFlags(execArgv: readonly string[]): string[] {
  const flags: string[] = [];
  for (let at = 0; at < execArgv.length; at++) {
    const flag = execArgv[at]!;
    if (withText.test(flag)) at++;
    else if (!ofProgram.test(flag) && !/^--(eval|print)=/.test(flag)) flags.push(flag);
  }
  return flags;
}
