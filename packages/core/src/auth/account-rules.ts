/** What the firmware accepts as the name and the password of an account. [AMT: AMT_AuthorizationService] [MEBX] */

/**
 * What is wrong with a new password, as one sentence; nothing when the firmware will take it. The password itself never
 * occurs in it. An underscore is allowed but does not count as a special character.
 */
export function passwordFault(password: string): string | undefined {
  const wants = [
    password.length < 8 && 'at least 8 characters',
    password.length > 32 && 'at most 32 characters',
    !/[A-Z]/.test(password) && 'an upper-case letter',
    !/[a-z]/.test(password) && 'a lower-case letter',
    !/[0-9]/.test(password) && 'a digit',
    !/[!-/:-@[-^`{-~]/.test(password) && 'a special character other than an underscore',
  ].filter((want) => want !== false);
  const shuns = [
    /[:,"]/.test(password) && 'colon, comma and double quote',
    /[^ -~]/.test(password) && 'anything but printable ASCII characters',
  ].filter((shun) => shun !== false);
  const clauses = [
    wants.length > 0 && `needs ${enumerate(wants)}`,
    shuns.length > 0 && `must not contain ${enumerate(shuns)}`,
  ].filter((clause) => clause !== false);
  return clauses.length === 0 ? undefined : `The password ${clauses.join(' and ')}.`;
}

/** What is wrong with the name of a new account, as one sentence; nothing when the firmware will take it. */
export function userNameFault(name: string): string | undefined {
  if (isSystemAccount(name))
    return `${JSON.stringify(name)} would be an account of the firmware itself: those begin with $$.`;
  const clauses = [
    name.length === 0 && 'must not be empty',
    name.length > 16 && 'has at most 16 characters',
    /[:,<>&"']/.test(name) && `must not contain any of : , < > & " '`,
    /[^ -~]/.test(name) && 'has printable ASCII characters only',
  ].filter((clause) => clause !== false);
  return clauses.length === 0 ? undefined : `The name of an account ${enumerate(clauses)}.`;
}

/** Whether it is one of the firmware's own accounts, such as `$$OsAdmin`, which are not ours to touch. */
export function isSystemAccount(name: string): boolean {
  return name.startsWith('$$');
}

function enumerate(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
