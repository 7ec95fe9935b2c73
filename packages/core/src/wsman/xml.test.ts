import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../errors.ts';
import { elementOf, escapeXml, listOf, parseXml, textOf } from './xml.ts';

describe('A document', () => {
  it.each([
    ['text', '<a>x</a>', { a: 'x' }],
    ['nothing', '<a></a>', { a: '' }],
    ['nothing, in one tag', '<a/>', { a: '' }],
    ['white space around text', '<a>\n  x y \t</a>', { a: 'x y' }],
    ['children', '<a><b>1</b><c>2</c></a>', { a: { b: '1', c: '2' } }],
    ['repeated children', '<a><b>1</b><c/><b>2</b><b>3</b></a>', { a: { b: ['1', '2', '3'], c: '' } }],
    ['prefixes', '<p:a xmlns:p="u"><q:b>1</q:b></p:a>', { a: { b: '1' } }],
    ['attributes', `<a x="1" p:y='2' xmlns="u"  />`, { a: { '@x': '1', '@y': '2' } }],
    ['attributes beside text', '<a x="1">t</a>', { a: { '@x': '1', '#text': 't' } }],
    ['attributes that look like tags', '<a x="/>">t</a>', { a: { '@x': '/>', '#text': 't' } }],
    ['text between children', '<a>x<b/>y</a>', { a: { b: '', '#text': 'xy' } }],
    ['white space between children', '<a>\n  <b/>\n</a>', { a: { b: '' } }],
    ['white space in tags', '<a\n x = "1"\n><b ></b\t></a >', { a: { '@x': '1', b: '' } }],
    [
      'a declaration, comments and instructions',
      '<?xml version="1.0"?><!-- <x> --><a><?go?>1<!--2-->3</a><!---->',
      { a: '13' },
    ],
    ['a byte order mark', '\ufeff<a/>', { a: '' }],
    ['CDATA', '<a>1<![CDATA[<b>&amp;]]>2</a>', { a: '1<b>&amp;2' }],
    ['entities', '<a x="&quot;">&lt;&gt;&amp;&apos;&#65;&#x1F600;</a>', { a: { '@x': '"', '#text': "<>&'A😀" } }],
    [
      'names that every object has',
      '<a><constructor>1</constructor><toString/><toString/></a>',
      { a: { constructor: '1', toString: ['', ''] } },
    ],
    ['names of other alphabets', '<größe.1-2_3/>', { 'größe.1-2_3': '' }],
  ])('with %s is read', (_what, text, value) => {
    expect(parseXml(text)).toEqual(value);
  });

  it.each([
    ['an unclosed element', '<a><b></b>', /<a> is never closed/],
    ['a crossed element', '<a><b></a></b>', /<\/a> closes <b>/],
    ['another prefix at its end', '<p:a></q:a>', /<\/q:a> closes <p:a>/],
    ['an end without beginning', '</a>', /has no name/],
    ['two roots', '<a/><b/>', /more than one root/],
    ['no root', '<?xml version="1.0"?>', /no element/],
    ['nothing', '', /no element/],
    ['text before its root', 'x<a/>', /text outside/],
    ['text after its root', '<a/>x', /text outside/],
    ['a DOCTYPE', '<!DOCTYPE a><a/>', /DOCTYPE/],
    ['a DOCTYPE inside', '<a><!DOCTYPE a></a>', /DOCTYPE/],
    ['entities of its own', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', /DOCTYPE/],
    ['an unknown entity', '<a>&b;</a>', /unknown entity "&b;"/],
    ['a bare ampersand', '<a>b & c</a>', /unknown entity/],
    ['an unfinished entity', '<a>&amp</a>', /unknown entity/],
    ['an impossible character', '<a>&#x110000;</a>', /unknown entity/],
    ['an unfinished comment', '<a><!-- </a>', /ends before "-->"/],
    ['unfinished CDATA', '<a><![CDATA[ </a>', /ends before "]]>"/],
    ['an unfinished tag', '<a><b', /malformed/],
    ['an unfinished end', '<a></a', /has no end/],
    ['an attribute without value', '<a b>', /attribute b has no value/],
    ['an attribute without quotes', '<a b=c>', /attribute is never closed/],
    ['an unfinished attribute', '<a b="c>', /attribute is never closed/],
    ['a tag inside an attribute', '<a b="<c>"/>', /holds a </],
    ['a tag without name', '<a>< b/></a>', /has no name/],
    ['a name that is none', '<a><1b></1b></a>', /"1b" is no name/],
    ['a tag inside a tag', '<a<b>></a<b>>', /is no name/],
    ['the name of what all objects come from', '<a><__proto__><x/></__proto__></a>', /"__proto__" is no name/],
  ])('with %s is refused', (_what, text, why) => {
    expect(() => parseXml(text)).toThrow(ProtocolError);
    expect(() => parseXml(text)).toThrow(why);
  });

  it('that ends anywhere in the middle is refused', () => {
    const whole = '<?xml version="1.0"?><a:b xmlns:a="u"><c d="e">f&amp;g</c><h/><![CDATA[i]]><!--j--></a:b>';
    for (let length = 0; length < whole.length; length++) {
      expect(() => parseXml(whole.slice(0, length)), whole.slice(0, length)).toThrow(ProtocolError);
    }
    expect(parseXml(whole)).toEqual({ b: { c: { '@d': 'e', '#text': 'f&g' }, h: '', '#text': 'i' } });
  });

  it('that is nested without end is refused, and one as deep as any firmware is not', () => {
    const nested = (depth: number) => '<a>'.repeat(depth) + '</a>'.repeat(depth);
    expect(() => parseXml(nested(64))).not.toThrow();
    expect(() => parseXml(nested(65))).toThrow(/nested too deeply/);
    expect(() => parseXml('<a>'.repeat(1_000_000))).toThrow(/nested too deeply/);
  });

  it('leaves objects of others as they are', () => {
    parseXml('<a><constructor/><hasOwnProperty/></a>');
    expect(Object.hasOwn({}, 'constructor')).toBe(false);
  });
});

describe('Text', () => {
  it('survives escaping and reading, every printable character of it', () => {
    const printable = Array.from({ length: 0x7f - 0x21 }, (_, i) => String.fromCharCode(0x21 + i)).join('');
    const text = `${printable} äß漢😀`;
    expect(parseXml(`<a b="${escapeXml(text)}">${escapeXml(text)}</a>`)).toEqual({ a: { '@b': text, '#text': text } });
  });

  it('loses what XML cannot hold', () => {
    expect(escapeXml('a\u0000b\u000bc\td')).toBe('abc\td');
  });
});

describe('A value', () => {
  it('is an element, text or a list, as it is asked for', () => {
    expect([elementOf(undefined), elementOf('x'), elementOf([{ a: '1' }, 'y'])]).toEqual([{}, {}, { a: '1' }]);
    expect([textOf(undefined), textOf('x'), textOf({ '#text': 'y', '@z': '' }), textOf(['v', 'w'])]).toEqual([
      '',
      'x',
      'y',
      'v',
    ]);
    expect([listOf(undefined), listOf('x'), listOf(['x', 'y'])]).toEqual([[], ['x'], ['x', 'y']]);
  });
});
