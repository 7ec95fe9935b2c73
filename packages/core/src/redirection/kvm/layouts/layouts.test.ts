import { describe, expect, test } from 'vitest';
import { KEYS, type KeyStroke } from '../keysyms.ts';
import { type KeyboardLayoutName, keyboardLayouts, typing } from './typing.ts';

const tick = '`';

/** Which key makes which character: what xkeyboard-config 2.35 and ours agree on, as it says it. */
const tables: Readonly<Record<KeyboardLayoutName, string>> = {
  us: String.raw`
    Backquote ${tick}  Digit1 1  Digit2 2  Digit3 3  Digit4 4  Digit5 5  Digit6 6  Digit7 7  Digit8 8  Digit9 9
    Digit0 0  Minus -  Equal =  KeyQ q  KeyW w  KeyE e  KeyR r  KeyT t  KeyY y  KeyU u  KeyI i  KeyO o  KeyP p
    BracketLeft [  BracketRight ]  KeyA a  KeyS s  KeyD d  KeyF f  KeyG g  KeyH h  KeyJ j  KeyK k  KeyL l
    Semicolon ;  Quote '  KeyZ z  KeyX x  KeyC c  KeyV v  KeyB b  KeyN n  KeyM m  Comma ,  Period .  Slash /
    Backslash \
    Shift+Backquote ~  Shift+Digit1 !  Shift+Digit2 @  Shift+Digit3 #  Shift+Digit4 $  Shift+Digit5 %
    Shift+Digit6 ^  Shift+Digit7 &  Shift+Digit8 *  Shift+Digit9 (  Shift+Digit0 )  Shift+Minus _  Shift+Equal +
    Shift+KeyQ Q  Shift+KeyW W  Shift+KeyE E  Shift+KeyR R  Shift+KeyT T  Shift+KeyY Y  Shift+KeyU U  Shift+KeyI I
    Shift+KeyO O  Shift+KeyP P  Shift+BracketLeft {  Shift+BracketRight }  Shift+KeyA A  Shift+KeyS S  Shift+KeyD D
    Shift+KeyF F  Shift+KeyG G  Shift+KeyH H  Shift+KeyJ J  Shift+KeyK K  Shift+KeyL L  Shift+Semicolon :
    Shift+Quote "  Shift+KeyZ Z  Shift+KeyX X  Shift+KeyC C  Shift+KeyV V  Shift+KeyB B  Shift+KeyN N  Shift+KeyM M
    Shift+Comma <  Shift+Period >  Shift+Slash ?  Shift+Backslash |
  `,
  uk: String.raw`
    Digit1 1  Digit2 2  Digit3 3  Digit4 4  Digit5 5  Digit6 6  Digit7 7  Digit8 8  Digit9 9  Digit0 0  Minus -
    Equal =  KeyQ q  KeyW w  KeyE e  KeyR r  KeyT t  KeyY y  KeyU u  KeyI i  KeyO o  KeyP p  BracketLeft [
    BracketRight ]  KeyA a  KeyS s  KeyD d  KeyF f  KeyG g  KeyH h  KeyJ j  KeyK k  KeyL l  Semicolon ;  Quote '
    Backquote ${tick}  Backslash #  KeyZ z  KeyX x  KeyC c  KeyV v  KeyB b  KeyN n  KeyM m  Comma ,  Period .
    Slash /  IntlBackslash \
    Shift+Digit1 !  Shift+Digit2 "  Shift+Digit3 £  Shift+Digit4 $  Shift+Digit5 %  Shift+Digit6 ^  Shift+Digit7 &
    Shift+Digit8 *  Shift+Digit9 (  Shift+Digit0 )  Shift+Minus _  Shift+Equal +  Shift+KeyQ Q  Shift+KeyW W
    Shift+KeyE E  Shift+KeyR R  Shift+KeyT T  Shift+KeyY Y  Shift+KeyU U  Shift+KeyI I  Shift+KeyO O  Shift+KeyP P
    Shift+BracketLeft {  Shift+BracketRight }  Shift+KeyA A  Shift+KeyS S  Shift+KeyD D  Shift+KeyF F  Shift+KeyG G
    Shift+KeyH H  Shift+KeyJ J  Shift+KeyK K  Shift+KeyL L  Shift+Semicolon :  Shift+Quote @  Shift+Backquote ¬
    Shift+Backslash ~  Shift+KeyZ Z  Shift+KeyX X  Shift+KeyC C  Shift+KeyV V  Shift+KeyB B  Shift+KeyN N
    Shift+KeyM M  Shift+Comma <  Shift+Period >  Shift+Slash ?  Shift+IntlBackslash |
    AltGr+Digit4 €
  `,
  de: String.raw`
    Digit1 1  Digit2 2  Digit3 3  Digit4 4  Digit5 5  Digit6 6  Digit7 7  Digit8 8  Digit9 9  Digit0 0  Minus ß
    KeyQ q  KeyW w  KeyE e  KeyR r  KeyT t  KeyY z  KeyU u  KeyI i  KeyO o  KeyP p  BracketLeft ü  BracketRight +
    KeyA a  KeyS s  KeyD d  KeyF f  KeyG g  KeyH h  KeyJ j  KeyK k  KeyL l  Semicolon ö  Quote ä  Backslash #
    KeyZ y  KeyX x  KeyC c  KeyV v  KeyB b  KeyN n  KeyM m  Comma ,  Period .  Slash -  IntlBackslash <
    Shift+Digit1 !  Shift+Digit2 "  Shift+Digit3 §  Shift+Digit4 $  Shift+Digit5 %  Shift+Digit6 &  Shift+Digit7 /
    Shift+Digit8 (  Shift+Digit9 )  Shift+Digit0 =  Shift+Minus ?  Shift+KeyQ Q  Shift+KeyW W  Shift+KeyE E
    Shift+KeyR R  Shift+KeyT T  Shift+KeyY Z  Shift+KeyU U  Shift+KeyI I  Shift+KeyO O  Shift+KeyP P
    Shift+BracketLeft Ü  Shift+BracketRight *  Shift+KeyA A  Shift+KeyS S  Shift+KeyD D  Shift+KeyF F  Shift+KeyG G
    Shift+KeyH H  Shift+KeyJ J  Shift+KeyK K  Shift+KeyL L  Shift+Semicolon Ö  Shift+Quote Ä  Shift+Backquote °
    Shift+Backslash '  Shift+KeyZ Y  Shift+KeyX X  Shift+KeyC C  Shift+KeyV V  Shift+KeyB B  Shift+KeyN N
    Shift+KeyM M  Shift+Comma ;  Shift+Period :  Shift+Slash _  Shift+IntlBackslash >
    AltGr+Digit2 ²  AltGr+Digit3 ³  AltGr+Digit7 {  AltGr+Digit8 [  AltGr+Digit9 ]  AltGr+Digit0 }  AltGr+Minus \
    AltGr+KeyQ @  AltGr+KeyE €  AltGr+BracketRight ~  AltGr+KeyM µ  AltGr+IntlBackslash |
  `,
  fr: String.raw`
    Digit1 &  Digit2 é  Digit3 "  Digit4 '  Digit5 (  Digit6 -  Digit7 è  Digit8 _  Digit9 ç  Digit0 à  Minus )
    Equal =  KeyQ a  KeyW z  KeyE e  KeyR r  KeyT t  KeyY y  KeyU u  KeyI i  KeyO o  KeyP p  BracketRight $  KeyA q
    KeyS s  KeyD d  KeyF f  KeyG g  KeyH h  KeyJ j  KeyK k  KeyL l  Semicolon m  Quote ù  Backquote ²  Backslash *
    KeyZ w  KeyX x  KeyC c  KeyV v  KeyB b  KeyN n  KeyM ,  Comma ;  Period :  Slash !
    Shift+Digit1 1  Shift+Digit2 2  Shift+Digit3 3  Shift+Digit4 4  Shift+Digit5 5  Shift+Digit6 6  Shift+Digit7 7
    Shift+Digit8 8  Shift+Digit9 9  Shift+Digit0 0  Shift+Minus °  Shift+Equal +  Shift+KeyQ A  Shift+KeyW Z
    Shift+KeyE E  Shift+KeyR R  Shift+KeyT T  Shift+KeyY Y  Shift+KeyU U  Shift+KeyI I  Shift+KeyO O  Shift+KeyP P
    Shift+BracketRight £  Shift+KeyA Q  Shift+KeyS S  Shift+KeyD D  Shift+KeyF F  Shift+KeyG G  Shift+KeyH H
    Shift+KeyJ J  Shift+KeyK K  Shift+KeyL L  Shift+Semicolon M  Shift+Quote %  Shift+Backslash µ  Shift+KeyZ W
    Shift+KeyX X  Shift+KeyC C  Shift+KeyV V  Shift+KeyB B  Shift+KeyN N  Shift+KeyM ?  Shift+Comma .
    Shift+Period /  Shift+Slash §
    AltGr+Digit3 #  AltGr+Digit4 {  AltGr+Digit5 [  AltGr+Digit6 |  AltGr+Digit8 \  AltGr+Digit9 ^  AltGr+Digit0 @
    AltGr+Minus ]  AltGr+Equal }  AltGr+KeyE €  AltGr+BracketRight ¤
  `,
  es: String.raw`
    Digit1 1  Digit2 2  Digit3 3  Digit4 4  Digit5 5  Digit6 6  Digit7 7  Digit8 8  Digit9 9  Digit0 0  Minus '
    Equal ¡  KeyQ q  KeyW w  KeyE e  KeyR r  KeyT t  KeyY y  KeyU u  KeyI i  KeyO o  KeyP p  BracketRight +  KeyA a
    KeyS s  KeyD d  KeyF f  KeyG g  KeyH h  KeyJ j  KeyK k  KeyL l  Semicolon ñ  Backquote º  Backslash ç  KeyZ z
    KeyX x  KeyC c  KeyV v  KeyB b  KeyN n  KeyM m  Comma ,  Period .  Slash -
    Shift+Digit1 !  Shift+Digit2 "  Shift+Digit3 ·  Shift+Digit4 $  Shift+Digit5 %  Shift+Digit6 &  Shift+Digit7 /
    Shift+Digit8 (  Shift+Digit9 )  Shift+Digit0 =  Shift+Minus ?  Shift+Equal ¿  Shift+KeyQ Q  Shift+KeyW W
    Shift+KeyE E  Shift+KeyR R  Shift+KeyT T  Shift+KeyY Y  Shift+KeyU U  Shift+KeyI I  Shift+KeyO O  Shift+KeyP P
    Shift+BracketRight *  Shift+KeyA A  Shift+KeyS S  Shift+KeyD D  Shift+KeyF F  Shift+KeyG G  Shift+KeyH H
    Shift+KeyJ J  Shift+KeyK K  Shift+KeyL L  Shift+Semicolon Ñ  Shift+Backquote ª  Shift+Backslash Ç  Shift+KeyZ Z
    Shift+KeyX X  Shift+KeyC C  Shift+KeyV V  Shift+KeyB B  Shift+KeyN N  Shift+KeyM M  Shift+Comma ;
    Shift+Period :  Shift+Slash _
    AltGr+Digit1 |  AltGr+Digit2 @  AltGr+Digit3 #  AltGr+Digit6 ¬  AltGr+KeyE €  AltGr+BracketLeft [
    AltGr+BracketRight ]  AltGr+Quote {  AltGr+Backquote \  AltGr+Backslash }
  `,
};

/** Accents and what stands on dead keys, and what only Windows has. Keys that are held stand in front of a +. */
const compositions: readonly (readonly [KeyboardLayoutName, character: string, keys: string])[] = [
  ['de', '^', 'Backquote Space'],
  ['de', '´', 'Equal Space'],
  ['de', '`', 'Shift+Equal Space'],
  ['de', 'â', 'Backquote KeyA'],
  ['de', 'É', 'Equal Shift+KeyE'],
  ['de', 'ý', 'Equal KeyZ'],
  ['fr', '~', 'AltGr+Digit2 Space'],
  ['fr', '`', 'AltGr+Digit7 Space'],
  ['fr', '^', 'AltGr+Digit9'],
  ['fr', '¨', 'Shift+BracketLeft Space'],
  ['fr', 'ê', 'BracketLeft KeyE'],
  ['fr', 'Ë', 'Shift+BracketLeft Shift+KeyE'],
  ['fr', 'À', 'AltGr+Digit7 Shift+KeyQ'],
  ['fr', '<', 'IntlBackslash'],
  ['fr', '>', 'Shift+IntlBackslash'],
  ['es', '~', 'AltGr+Digit4 Space'],
  ['es', '^', 'Shift+BracketLeft Space'],
  ['es', '`', 'BracketLeft Space'],
  ['es', '´', 'Quote Space'],
  ['es', 'á', 'Quote KeyA'],
  ['es', 'Ü', 'Shift+Quote Shift+KeyU'],
  ['es', 'õ', 'AltGr+Digit4 KeyO'],
  ['es', '<', 'IntlBackslash'],
  ['es', '>', 'Shift+IntlBackslash'],
  ['uk', '¦', 'AltGr+Backquote'],
  ['uk', 'é', 'AltGr+KeyE'],
];

const codes = new Map<number, string>(KEYS.map(([code, keysym]) => [keysym, code]));
const modifiers = new Map([
  ['ShiftLeft', 'Shift'],
  ['AltRight', 'AltGr'],
]);

/** Strokes as the tables above write them. Fails where a key is let go that is not held, or stays. */
function written(strokes: readonly KeyStroke[]): string {
  const held: string[] = [];
  const words: string[] = [];
  for (const { keysym, pressed } of strokes) {
    const code = codes.get(keysym) ?? `0x${keysym.toString(16)}`;
    const key = modifiers.get(code) ?? code;
    if (!pressed) expect(held.pop()).toBe(key);
    else {
      if (!modifiers.has(code)) words.push([...held, key].join('+'));
      held.push(key);
    }
  }
  expect(held).toEqual([]);
  return words.join(' ');
}

const names = Object.keys(keyboardLayouts) as KeyboardLayoutName[];

describe.each(names)('the layout %s', (name) => {
  test('makes these characters with these keys', () => {
    const rows = tables[name].trim().split(/\s\s+/);
    expect(rows.length).toBeGreaterThan(80);
    const made = rows.map((row) => {
      const character = row.slice(row.lastIndexOf(' ') + 1);
      return `${written(typing(character, keyboardLayouts[name]))} ${character}`;
    });
    expect(made).toEqual(rows);
  });

  test('makes every character of ASCII, and those of the keys that are nowhere else', () => {
    for (let code = 0x20; code < 0x7f; code++) {
      expect(written(typing(String.fromCharCode(code), keyboardLayouts[name]))).not.toBe('');
    }
    expect(written(typing(' \t\n\r\b\u001b', keyboardLayouts[name]))).toBe('Space Tab Enter Enter Backspace Escape');
  });

  test('refuses what no key makes, and names it', () => {
    expect(() => typing('a\u{1f600}', keyboardLayouts[name])).toThrow(
      new TypeError(`"\u{1f600}" cannot be typed on the keyboard ${name}.`),
    );
    expect(() => typing('ǎ', keyboardLayouts[name])).toThrow(TypeError);
  });
});

test.each(compositions)('%s: %s is %s', (name, character, keys) => {
  expect(written(typing(character, keyboardLayouts[name]))).toBe(keys);
});

test('the strokes of a text, as the firmware gets them', () => {
  expect(typing('A!', keyboardLayouts.us)).toEqual([
    { keysym: 0xffe1, pressed: true },
    { keysym: 0x61, pressed: true },
    { keysym: 0x61, pressed: false },
    { keysym: 0xffe1, pressed: false },
    { keysym: 0xffe1, pressed: true },
    { keysym: 0x31, pressed: true },
    { keysym: 0x31, pressed: false },
    { keysym: 0xffe1, pressed: false },
  ]);
  // The key between the left Shift and Y of a German keyboard, which US keyboards do not have.
  expect(typing('<', keyboardLayouts.de)[0]).toEqual({ keysym: 0x17170056, pressed: true });
});

test('letters with marks of their own count as one, and line ends of Windows, too', () => {
  expect(written(typing('a\u0308\r\nb', keyboardLayouts.de))).toBe('Quote Enter KeyB');
});

test('a US keyboard makes nothing beyond ASCII', () => {
  for (const character of 'äé€£') expect(keyboardLayouts.us.strokes(character)).toBeUndefined();
});
