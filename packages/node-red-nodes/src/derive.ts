/** Capability → what the editor shows of it, and how a message becomes its input. Pure: wiring is elsewhere. */
import { type Capability, parseInput, parseValue, type ValueType } from '@amtkit/core/automation';
import { areaTitle, labelOf } from './presentation.ts';

/** One field of a form. */
export interface FormField {
  readonly name: string;
  readonly kind: 'flag' | 'number' | 'text' | 'secret' | 'choice' | 'time' | 'json';
  readonly required: boolean;
  /** Of a choice. */
  readonly options?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly unit?: string;
  /** What such text is. */
  readonly like?: string;
}

/** One capability in the editor's list. */
export interface Choice {
  readonly id: string;
  readonly area: string;
  /** Heading of its area. */
  readonly group: string;
  readonly kind: Capability['kind'];
  readonly label: string;
  readonly effect: 'harmless' | 'disruptive' | 'destructive';
  /** Inputs of an action; the one value of a setting. */
  readonly fields: readonly FormField[];
}

/** The choice that stands for a capability. */
export function choiceOf(capability: Capability): Choice {
  const area = capability.id.slice(0, capability.id.indexOf('.'));
  const fields =
    capability.kind === 'action'
      ? Object.entries(capability.input).map(([name, type]) => formField(name, type, type.optional !== true))
      : capability.kind === 'setting'
        ? [formField('value', capability.value, true)]
        : [];
  return {
    id: capability.id,
    area,
    group: areaTitle(area),
    kind: capability.kind,
    label: labelOf(capability),
    effect: capability.kind === 'reading' ? 'harmless' : capability.effect,
    fields,
  };
}

/** What is run with what was entered or sent, checked. @throws TypeError with a sentence */
export function inputFor(capability: Capability, given: unknown): unknown {
  if (capability.kind === 'reading') return undefined;
  if (capability.kind === 'setting') return parseValue(capability.value, given, capability.id);
  return parseInput(capability, given);
}

function formField(name: string, type: ValueType, required: boolean): FormField {
  switch (type.type) {
    case 'flag':
      return { name, kind: 'flag', required };
    case 'integer':
    case 'number': {
      const { min, max, unit } = type;
      return {
        name,
        kind: 'number',
        required,
        ...(min === undefined ? {} : { min }),
        ...(max === undefined ? {} : { max }),
        ...(unit === undefined ? {} : { unit }),
      };
    }
    case 'text':
    case 'secret':
      return { name, kind: type.type, required, ...(type.like === undefined ? {} : { like: type.like }) };
    case 'one-of':
      return { name, kind: 'choice', required, options: type.options };
    case 'timestamp':
      return { name, kind: 'time', required };
    case 'list':
    case 'record':
      return { name, kind: 'json', required };
  }
}
