/** Takes secrets out of what is traced. */

/** Elements whose text nobody may read over somebody's shoulder. */
const SECRET =
  /(<(?:\w+:)?(?:DigestPassword|NetworkAdminPassword|RFBPassword|RSEPassword|OptInCode|Password|PSKPassPhrase|PSKValue|Secret|MasterKey|Passphrase|PPS|KeyBlob|ProvisioningServerOTP)(?:\s[^>]*)?>)[^<]+/g;

/** XML with every secret's text replaced. */
export function withoutSecrets(xml: string): string {
  return xml.replace(SECRET, '$1***');
}
