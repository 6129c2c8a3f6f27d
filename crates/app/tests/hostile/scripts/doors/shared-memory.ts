// expect: returned 8
return new SharedArrayBuffer(8).byteLength;
