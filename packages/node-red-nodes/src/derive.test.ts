import { capabilities } from '@amtkit/core/automation';
import { describe, expect, it } from 'vitest';
import { choiceOf, inputFor } from './derive.ts';
import { areaTitle } from './presentation.ts';

const byId = (id: string) => capabilities.find((each) => each.id === id) as (typeof capabilities)[number];

describe('A capability in the editor', () => {
  it('has a heading, a label and a field for each input, every one of them', () => {
    for (const capability of capabilities) {
      const { id, area, group, label, fields } = choiceOf(capability);
      expect([id, group]).toEqual([id, expect.not.stringMatching(/^[a-z]/)]);
      expect(group).toBe(areaTitle(area));
      expect(label).not.toBe('');
      const inputs =
        capability.kind === 'action' ? Object.keys(capability.input) : capability.kind === 'setting' ? ['value'] : [];
      expect(fields.map(({ name }) => name)).toEqual(inputs);
    }
  });

  it('is a form of its types', () => {
    expect(choiceOf(byId('boot.https'))).toMatchObject({
      kind: 'action',
      effect: 'disruptive',
      fields: [
        { name: 'url', kind: 'text', required: true },
        { name: 'now', kind: 'flag', required: false },
      ],
    });
    expect(choiceOf(byId('boot.next')).fields).toEqual([
      { name: 'value', kind: 'choice', required: true, options: expect.arrayContaining(['pxe', 'bios']) },
    ]);
    expect(choiceOf(byId('power.state'))).toMatchObject({ kind: 'reading', effect: 'harmless', fields: [] });
  });

  it('checks what is entered or sent', () => {
    expect(inputFor(byId('power.switch'), 'on')).toBe(true);
    expect(inputFor(byId('boot.pxe'), { now: 'yes' })).toEqual({ now: true });
    expect(() => inputFor(byId('boot.pxe'), { later: true })).toThrow('boot.pxe has no input "later"; it takes now.');
    expect(() => inputFor(byId('power.switch'), {})).toThrow(/takes on or off/);
  });
});
