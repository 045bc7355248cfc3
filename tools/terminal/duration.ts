/** 90,000 → `1 min 30 s`; 86,400,000 → `24 h`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const [large, small, unit, part] = seconds < 3_600 ? [60, 1, 'min', 's'] : [3_600, 60, 'h', 'min'];
  const rest = Math.floor((seconds % large!) / small!);
  return `${Math.floor(seconds / large!)} ${unit}${rest > 0 ? ` ${rest} ${part}` : ''}`;
}
