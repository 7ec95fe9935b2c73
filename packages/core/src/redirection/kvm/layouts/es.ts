/** The Spanish keyboard as Windows has it. Linux types ~ of AltGr without a blank behind it. */
import { defineLayout } from './layout.ts';

export const es = defineLayout('es', {
  plain: ["º 1 2 3 4 5 6 7 8 9 0 ' ¡", 'q w e r t y u i o p ◌` + ç', 'a s d f g h j k l ñ ◌´', '< z x c v b n m , . -'],
  shift: ['ª ! " · $ % & / ( ) = ? ¿', 'Q W E R T Y U I O P ◌^ * Ç', 'A S D F G H J K L Ñ ◌¨', '> Z X C V B N M ; : _'],
  altgr: {
    Backquote: '\\',
    Digit1: '|',
    Digit2: '@',
    Digit3: '#',
    Digit4: '◌~',
    Digit6: '¬',
    KeyE: '€',
    BracketLeft: '[',
    BracketRight: ']',
    Quote: '{',
    Backslash: '}',
  },
});
