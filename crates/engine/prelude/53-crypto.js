// Randomness and digests. Both come from the engine: random values are seeded per run, so a run can be repeated.

{
  const integers = ["Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array", "BigInt64Array", "BigUint64Array"];

  const getRandomValues = (view) => {
    if (!isView(view) || !integers.includes(tagOfView(view))) throw new DOMException("getRandomValues takes an array of integers", "TypeMismatchError");
    if (view.byteLength > 65536) throw new DOMException("getRandomValues gives at most 65,536 bytes at once", "QuotaExceededError");
    bytesOf(view).set(native.randomBytes(view.byteLength));
    return view;
  };

  const randomUUID = () => {
    const bytes = native.randomBytes(16);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = "";
    for (let at = 0; at < 16; at++) hex += bytes[at].toString(16).padStart(2, "0");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  };

  const names = ["SHA-1", "SHA-256", "SHA-384", "SHA-512"];
  const missing = (name) => async () => {
    throw new DOMException(`crypto.subtle.${name} is not available here; there is crypto.subtle.digest`, "NotSupportedError");
  };
  const subtle = {
    digest: async (algorithm, data) => {
      const name = `${typeof algorithm === "object" && algorithm !== null ? algorithm.name : algorithm}`.toUpperCase();
      if (!names.includes(name)) throw new DOMException(`there is no digest '${name}' here; there are ${names.join(", ")}`, "NotSupportedError");
      const bytes = bytesOf(data);
      if (bytes === undefined) throw new TypeError(`crypto.subtle.digest takes bytes, not ${kindOf(data)}; use new TextEncoder().encode(text)`);
      const digest = native.digest(name, bytes);
      return digest.buffer.slice(digest.byteOffset, digest.byteOffset + digest.byteLength);
    },
  };
  for (const name of ["encrypt", "decrypt", "sign", "verify", "importKey", "exportKey", "generateKey", "deriveKey", "deriveBits"]) hide(subtle, name, missing(name));
  const crypto = { getRandomValues, randomUUID, subtle };
  defineProperty(crypto, Symbol.toStringTag, { __proto__: null, value: "Crypto", configurable: true });
  expose("crypto", crypto);
}
