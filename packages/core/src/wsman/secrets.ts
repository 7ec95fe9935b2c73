/** Takes secrets out of what is traced. */

/**
 * Elements whose text nobody may read over somebody's shoulder, by what their names contain: passwords of accounts, of
 * KVM, of One-Click Recovery (which hides them in its boot parameters), pass phrases of wireless profiles, consent codes, keys.
 */
const SECRET =
  /<((?:[\w.-]+:)?[\w.-]*(?:password|passphrase|secret|optincode|masterkey|psk|pps|bootparametersarray|keyblob|privatekey|otp)[\w.-]*)((?:\s[^>]*)?)>[^<]+<\//gi;

/** XML with the text of every secret replaced. */
export function withoutSecrets(xml: string): string {
  return xml.replace(SECRET, '<$1$2>***</');
}
