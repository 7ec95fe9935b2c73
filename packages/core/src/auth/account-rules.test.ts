import { describe, expect, test } from 'vitest';
import { isSystemAccount, passwordFault, userNameFault } from './account-rules.ts';

describe('passwords', () => {
  test.each(['P@ssw0rd1', 'aB3!xxxx', `Aa1_${'x'.repeat(27)}#`, 'Aa1 Aa1 !', "Aa1'Aa1'"])('%s is taken', (password) => {
    expect(passwordFault(password)).toBeUndefined();
  });

  test.each([
    [
      '',
      'The password needs at least 8 characters, an upper-case letter, a lower-case letter, a digit and a special character other than an underscore.',
    ],
    ['P@ss0rd', 'The password needs at least 8 characters.'],
    [`P@ssw0rd${'x'.repeat(25)}`, 'The password needs at most 32 characters.'],
    ['p@ssw0rd', 'The password needs an upper-case letter.'],
    ['P@SSW0RD', 'The password needs a lower-case letter.'],
    ['P@ssword', 'The password needs a digit.'],
    ['Passw0rd_', 'The password needs a special character other than an underscore.'],
    ['P@ssw0rd:', 'The password must not contain colon, comma and double quote.'],
    ['P@ssw0rdé', 'The password must not contain anything but printable ASCII characters.'],
    [
      'Pässw0rd',
      'The password needs a special character other than an underscore and must not contain anything but printable ASCII characters.',
    ],
  ])('%j is refused', (password, sentence) => {
    expect(passwordFault(password)).toBe(sentence);
  });

  test('every special character but the underscore counts, and only three of them are forbidden', () => {
    const special = [...'!"#$%&\'()*+,-./:;<=>?@[\\]^`{|}~'];
    expect(special).toHaveLength(31);
    const refused = special.filter((character) => passwordFault(`Passw0rd${character}`) !== undefined);
    expect(refused).toEqual(['"', ',', ':']);
    expect(passwordFault('Passw0rd"')).not.toContain('special');
  });

  test('the sentence does not repeat the password', () => {
    expect(passwordFault('zQ:')).not.toContain('zQ');
  });
});

describe('names', () => {
  test.each(['bob', 'a', 'Operator 1', 'sixteen-letters!', 'o.k_$1'])('%s is taken', (name) => {
    expect(userNameFault(name)).toBeUndefined();
  });

  test.each([
    ['', 'The name of an account must not be empty.'],
    ['seventeen-letters', 'The name of an account has at most 16 characters.'],
    ['a:b', `The name of an account must not contain any of : , < > & " '.`],
    ['é', 'The name of an account has printable ASCII characters only.'],
    ['$$uns', '"$$uns" would be an account of the firmware itself: those begin with $$.'],
  ])('%j is refused', (name, sentence) => {
    expect(userNameFault(name)).toBe(sentence);
  });

  test('of the firmware begin with two dollar signs', () => {
    expect(isSystemAccount('$$OsAdmin')).toBe(true);
    expect(isSystemAccount('$admin')).toBe(false);
  });
});
