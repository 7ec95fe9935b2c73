/** Takes secrets out of what is traced. */

/**
 * Elements whose text nobody may read over somebody's shoulder, by what their names contain: passwords of accounts, of
 * KVM, of One-Click Recovery (which hides them in its boot parameters), pass phrases of wireless profiles, consent codes, keys.
 */
const SECRET =
  /<((?:[\w.-]+:)?[\w.-]*(?:password|passphrase|secret|optincode|masterkey|psk|pps|bootparametersarray|keyblob|privatekey|otp)[\w.-]*)((?:\s[^>]*)?)>[^<]+<\//gi;

/** Where a machine posts its alerts to: who knows the path may post in its name. */
const ALERT_PATH = /(\/amtkit\/alerts\/)[0-9a-f]+/g;

/** XML with the text of every secret replaced. */
export function withoutSecrets(xml: string): string {
  return xml.replace(SECRET, '<$1$2>***</').replace(ALERT_PATH, '$1***');
}
