import { describe, expect, test } from 'vitest';
import { alertsSchema } from './alerts-schema.ts';

const said = (value: unknown) =>
  alertsSchema.safeParse(value).error?.issues.map(({ path, message }) => [path.join('.'), message]);

describe('bridge.alerts', () => {
  test('is read from event logs unless it says where to listen', () => {
    expect(alertsSchema.parse({})).toEqual({ enabled: true, port: 16_999, login: false });
    expect(alertsSchema.parse({ listen: '0.0.0.0', advertise: 'bridge.lan:8443' })).toMatchObject({
      listen: '0.0.0.0',
    });
  });

  test.each([
    [{ listen: '0.0.0.0', cert: 'a.pem' }, 'key', 'is missing: cert and key belong together'],
    [{ listen: '0.0.0.0', key: 'a.pem' }, 'cert', 'is missing: cert and key belong together'],
    [{ cert: 'a.pem', key: 'b.pem' }, 'listen', 'is missing: a certificate is for who listens'],
    [{ advertise: 'http://bridge.lan/' }, 'advertise', 'must be a name or an address: '],
  ])('%j is refused at %s', (value, key, message) => {
    expect(said(value)).toEqual([[key, expect.stringContaining(message)]]);
  });

  test.each([[{ petPort: 0 }], [{ port: 70_000 }], [{ lsten: '0.0.0.0' }], [{ enabled: 'yes' }]])(
    '%j is refused',
    (value) => {
      expect(alertsSchema.safeParse(value).success).toBe(false);
    },
  );
});
