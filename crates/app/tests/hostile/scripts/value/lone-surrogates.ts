// expect: returned ["\ufffd","\ufffd","😀"]
return ['\ud800', '\udc00', '\ud83d\ude00'];
