const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
const bytes = new TextEncoder().encode('abc');
const uuid = crypto.randomUUID();
return [
  hex(await crypto.subtle.digest('SHA-256', bytes)),
  hex(await crypto.subtle.digest({ name: 'sha-1' }, bytes)),
  /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(uuid) && uuid !== crypto.randomUUID(),
  crypto.getRandomValues(new Uint32Array(4)).some((value) => value !== 0),
  await crypto.subtle.digest('MD5', bytes).catch((error) => error.message),
];
// expect: returned ["ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","a9993e364706816aba3e25717850c26c9cd0d89d",true,true,
// expect: "there is no digest 'MD5' here; there are SHA-1, SHA-256, SHA-384, SHA-512"]
