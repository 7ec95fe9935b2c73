/** What a network port speaks. [AMT: CIM_NetworkPort.LinkTechnology] */
export const LinkTechnology = {
  Unknown: 0,
  Other: 1,
  Ethernet: 2,
  IB: 3,
  FC: 4,
  FDDI: 5,
  ATM: 6,
  'Token Ring': 7,
  'Frame Relay': 8,
  Infrared: 9,
  BlueTooth: 10,
  'Wireless LAN': 11,
} as const;
