/** SHA-256 in base64url. */
export function sha256(text: string): string {
  return digest(text, 'base64url');
}

/** SHA-256 in hexadecimal digits. */
export function sha256Hex(text: string): string {
  return digest(text, 'hex');
}

/** `node:crypto` is taken at first use: loading it costs more than everything else of the root, and only a quarantine needs it. */
function digest(text: string, encoding: 'base64url' | 'hex'): string {
  const { createHash } = process.getBuiltinModule('node:crypto');
  return createHash('sha256').update(text).digest(encoding);
}
