/**
 * SHA-256 in base64url. `node:crypto` is taken at first use: loading it costs more than everything else of the root, and
 * only a quarantine needs it.
 */
export function sha256(text: string): string {
  const { createHash } = process.getBuiltinModule('node:crypto');
  return createHash('sha256').update(text).digest('base64url');
}
