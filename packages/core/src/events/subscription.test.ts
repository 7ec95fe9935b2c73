import { describe, expect, test } from 'vitest';
import { encodeRequest } from '../wsman/envelope.ts';
import { parseXml } from '../wsman/xml.ts';
import { decodeSubscribed, encodeSubscribe } from './subscription.ts';

const url = 'http://10.0.0.5:5000/amt/ev/7f3a';

/** What a console of the field sends to subscribe, with a log-in; its argument is always empty. */
const fromTheField =
  '<?xml version="1.0" encoding="utf-8"?><Envelope xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" xmlns="http://www.w3.org/2003/05/soap-envelope" xmlns:e="http://schemas.xmlsoap.org/ws/2004/08/eventing" xmlns:m="http://x.com"><Header><a:Action>http://schemas.xmlsoap.org/ws/2004/08/eventing/Subscribe</a:Action><a:To>/wsman</a:To><w:ResourceURI>http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_FilterCollection</w:ResourceURI><a:MessageID>7</a:MessageID><a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo><w:SelectorSet><w:Selector Name="InstanceID">Intel(r) AMT:All</w:Selector></w:SelectorSet><t:IssuedTokens xmlns:t="http://schemas.xmlsoap.org/ws/2005/02/trust" xmlns:se="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"><t:RequestSecurityTokenResponse><t:TokenType>http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#UsernameToken</t:TokenType><t:RequestedSecurityToken><se:UsernameToken><se:Username>pc</se:Username><se:Password Type="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd#PasswordText">secret</se:Password></se:UsernameToken></t:RequestedSecurityToken></t:RequestSecurityTokenResponse></t:IssuedTokens></Header><Body><e:Subscribe><e:Delivery Mode="http://schemas.dmtf.org/wbem/wsman/1/wsman/PushWithAck"><e:NotifyTo><a:Address>http://10.0.0.5:5000/amt/ev/7f3a</a:Address><a:ReferenceParameters><m:arg></m:arg></a:ReferenceParameters></e:NotifyTo><w:Auth Profile="http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/http/digest"/></e:Delivery></e:Subscribe></Body></Envelope>';

describe('a subscription', () => {
  test('is asked for in the words of consoles in the field', () => {
    const login = { user: 'pc', password: 'secret' };
    const ours = encodeRequest({
      action: 'http://schemas.xmlsoap.org/ws/2004/08/eventing/Subscribe',
      resource: 'http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_FilterCollection',
      selectors: { InstanceID: 'Intel(r) AMT:All' },
      messageId: '7',
      ...encodeSubscribe({ url, mode: 'PushWithAck', argument: '', login }),
    });
    // Beside them it says how long an answer may take, as all our requests do.
    expect(parseXml(ours.replace(/<w:OperationTimeout>PT60S<\/w:OperationTimeout>/, ''))).toEqual(
      parseXml(fromTheField),
    );
  });

  test('without a log-in asks for none, and says an end only where there is one', () => {
    const { body, header } = encodeSubscribe({ url: `${url}?a=1&b=2`, mode: 'Push' });
    expect(header).toBe('');
    expect(parseXml(body)).toEqual({
      Subscribe: {
        Delivery: {
          '@Mode': 'http://schemas.xmlsoap.org/ws/2004/08/eventing/DeliveryModes/Push',
          NotifyTo: { Address: `${url}?a=1&b=2` },
        },
      },
    });
    expect(encodeSubscribe({ url, mode: 'Push', expiresSeconds: 90 }).body).toContain('>PT90S<');
  });

  test.each([
    ['PT0S', undefined],
    ['', undefined],
    ['soon', undefined],
    ['PT600S', 600],
    ['P1DT2H3M4S', 93_784],
    ['P0Y0M0DT30H0M0S', 108_000],
    ['2026-07-01T00:00:00Z', new Date('2026-07-01T00:00:00Z')],
  ])('that is answered with the end %j', (text, expires) => {
    const { SubscribeResponse } = parseXml(`<SubscribeResponse><Expires>${text}</Expires></SubscribeResponse>`);
    expect(decodeSubscribed({ SubscribeResponse: SubscribeResponse ?? '' })).toEqual({ manager: undefined, expires });
  });
});
