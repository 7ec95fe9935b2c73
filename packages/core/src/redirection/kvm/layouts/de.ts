/** The German keyboard, T1 of DIN 2137. */
import { defineLayout } from './layout.ts';

export const de = defineLayout('de', {
  plain: ['◌^ 1 2 3 4 5 6 7 8 9 0 ß ◌´', 'q w e r t z u i o p ü + #', 'a s d f g h j k l ö ä', '< y x c v b n m , . -'],
  shift: ['° ! " § $ % & / ( ) = ? ◌`', "Q W E R T Z U I O P Ü * '", 'A S D F G H J K L Ö Ä', '> Y X C V B N M ; : _'],
  altgr: {
    Digit2: '²',
    Digit3: '³',
    Digit7: '{',
    Digit8: '[',
    Digit9: ']',
    Digit0: '}',
    Minus: '\\',
    KeyQ: '@',
    KeyE: '€',
    BracketRight: '~',
    IntlBackslash: '|',
    KeyM: 'µ',
  },
});
