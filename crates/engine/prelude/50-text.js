// Text and bytes: TextEncoder, TextDecoder, atob, btoa.

const UTF8 = "utf-8";

class TextEncoder {
  get encoding() {
    return UTF8;
  }
  encode(text = "") {
    return native.encodeUtf8(`${text}`);
  }
  encodeInto(text, destination) {
    let read = 0;
    let written = 0;
    for (const character of `${text}`) {
      const bytes = native.encodeUtf8(character);
      if (written + bytes.length > destination.length) break;
      destination.set(bytes, written);
      written += bytes.length;
      read += character.length;
    }
    return { read, written };
  }
}

// What windows-1252, which is what the web means by "latin1", has where Latin-1 has control codes.
const windows1252 = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";

const encodingLabels = { __proto__: null };
for (const label of ["utf-8", "utf8", "unicode-1-1-utf-8"]) encodingLabels[label] = UTF8;
for (const label of ["utf-16le", "utf-16", "ucs-2", "ucs2", "unicode"]) encodingLabels[label] = "utf-16le";
for (const label of ["latin1", "iso-8859-1", "ascii", "us-ascii", "windows-1252", "cp1252", "l1", "iso8859-1"]) {
  encodingLabels[label] = "windows-1252";
}

class TextDecoder {
  #encoding;
  #fatal;
  #ignoreBOM;
  // Bytes of a character that continues in the next piece.
  #rest = new Uint8Array(0);
  #started = false;
  constructor(label = UTF8, options) {
    const encoding = encodingLabels[`${label}`.trim().toLowerCase()];
    if (encoding === undefined) throw new RangeError(`there is no encoding '${label}' here; there are utf-8, utf-16le and latin1`);
    this.#encoding = encoding;
    this.#fatal = options?.fatal === true;
    this.#ignoreBOM = options?.ignoreBOM === true;
  }
  get encoding() {
    return this.#encoding;
  }
  get fatal() {
    return this.#fatal;
  }
  get ignoreBOM() {
    return this.#ignoreBOM;
  }
  decode(input, options) {
    const given = input === undefined ? new Uint8Array(0) : bytesOf(input);
    if (given === undefined) throw new TypeError(`TextDecoder.decode takes bytes, not ${kindOf(input)}`);
    const stream = options?.stream === true;
    let bytes = given;
    if (this.#rest.length > 0) {
      bytes = new Uint8Array(this.#rest.length + given.length);
      bytes.set(this.#rest);
      bytes.set(given, this.#rest.length);
    }
    const whole = stream ? this.#whole(bytes) : bytes.length;
    this.#rest = bytes.slice(whole);
    let text = this.#text(bytes.subarray(0, whole));
    if (!this.#started && text !== "") {
      if (!this.#ignoreBOM && text.charCodeAt(0) === 0xfeff) text = text.slice(1);
      this.#started = true;
    }
    if (!stream) this.#started = false;
    return text;
  }
  // How many bytes end with a whole character.
  #whole(bytes) {
    if (this.#encoding === "utf-16le") return bytes.length & ~1;
    if (this.#encoding !== UTF8) return bytes.length;
    for (let back = 1; back <= min(3, bytes.length); back++) {
      const byte = bytes[bytes.length - back];
      if (byte < 0x80) break;
      if (byte < 0xc0) continue;
      const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : byte < 0xf8 ? 4 : 1;
      return length > back ? bytes.length - back : bytes.length;
    }
    return bytes.length;
  }
  #text(bytes) {
    if (this.#encoding === UTF8) return native.decodeUtf8(bytes, this.#fatal);
    let text = "";
    if (this.#encoding === "utf-16le") {
      for (let at = 0; at + 1 < bytes.length; at += 2) text += String.fromCharCode(bytes[at] | (bytes[at + 1] << 8));
      if (bytes.length % 2 === 1 || !text.isWellFormed()) {
        if (this.#fatal) throw new TypeError("the bytes are not valid utf-16le");
        return text.toWellFormed() + (bytes.length % 2 === 1 ? "\ufffd" : "");
      }
      return text;
    }
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at];
      text += byte >= 0x80 && byte < 0xa0 ? windows1252[byte - 0x80] : String.fromCharCode(byte);
    }
    return text;
  }
}

const btoa = (text) => {
  const string = `${text}`;
  const bytes = new Uint8Array(string.length);
  for (let at = 0; at < string.length; at++) {
    const code = string.charCodeAt(at);
    if (code > 255) {
      throw new DOMException("btoa takes characters up to U+00FF; encode others first: btoa(String.fromCharCode(...new TextEncoder().encode(text)))", "InvalidCharacterError");
    }
    bytes[at] = code;
  }
  return native.encodeBase64(bytes);
};

const atob = (text) => {
  let bytes;
  try {
    bytes = native.decodeBase64(`${text}`.replace(/[\t\n\f\r ]+/g, ""));
  } catch {
    throw new DOMException("atob takes base64, and this is not", "InvalidCharacterError");
  }
  let out = "";
  for (let at = 0; at < bytes.length; at++) out += String.fromCharCode(bytes[at]);
  return out;
};

expose("TextEncoder", brand(TextEncoder, "TextEncoder"));
expose("TextDecoder", brand(TextDecoder, "TextDecoder"));
expose("btoa", btoa);
expose("atob", atob);
