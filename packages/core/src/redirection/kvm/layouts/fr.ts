/** The French keyboard, AZERTY as Windows has it. Linux types ~ and ` of AltGr without a blank behind them. */
import { defineLayout } from './layout.ts';

export const fr = defineLayout('fr', {
  plain: ['² & é " \' ( - è _ ç à ) =', 'a z e r t y u i o p ◌^ $ *', 'q s d f g h j k l m ù', '< w x c v b n , ; : !'],
  shift: ['␣ 1 2 3 4 5 6 7 8 9 0 ° +', 'A Z E R T Y U I O P ◌¨ £ µ', 'Q S D F G H J K L M %', '> W X C V B N ? . / §'],
  altgr: {
    Digit2: '◌~',
    Digit3: '#',
    Digit4: '{',
    Digit5: '[',
    Digit6: '|',
    Digit7: '◌`',
    Digit8: '\\',
    Digit9: '^',
    Digit0: '@',
    Minus: ']',
    Equal: '}',
    KeyE: '€',
    BracketRight: '¤',
  },
});
