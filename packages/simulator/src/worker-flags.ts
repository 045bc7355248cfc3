/** Flags of Node that are about the program it was started with, and mean nothing, or harm, in a thread of it. */
const ofProgram = /^(--(input-type|check|interactive|test|watch)\b|-[ci]$)/;
/** The same, with the program's text behind them. */
const withText = /^(--(eval|print)$|-(e|p|pe)$)/;

/** The flags of this process that a worker is to have, too: conditions, preloads, warnings. */
export function workerFlags(execArgv: readonly string[]): string[] {
  const flags: string[] = [];
  for (let at = 0; at < execArgv.length; at++) {
    const flag = execArgv[at]!;
    if (withText.test(flag)) at++;
    else if (!ofProgram.test(flag) && !/^--(eval|print)=/.test(flag)) flags.push(flag);
  }
  return flags;
}
