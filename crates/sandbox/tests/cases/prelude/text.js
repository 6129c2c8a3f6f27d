const encoder = new TextEncoder();
const streaming = new TextDecoder();
const pieces = [0xf0, 0x9f, 0x98, 0x80, 0x41].map((byte) => streaming.decode(new Uint8Array([byte]), { stream: true }));
let fatal;
try {
  new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([0xff]));
} catch (error) {
  fatal = error.name;
}
return [
  [...encoder.encode('é😀')], new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 65, 0xff])), pieces, fatal,
  new TextDecoder('latin1').decode(new Uint8Array([0xe9, 0x80])), new TextDecoder('utf-16le').decode(new Uint8Array([65, 0, 66, 0])),
  btoa('hé'), atob(' aGk '), encoder.encodeInto('a😀', new Uint8Array(3)),
];
// expect: returned [[195,169,240,159,152,128],"A�",["","","","😀","A"],"TypeError","é€","AB","aOk=","hi",{"read":1,"written":1}]
