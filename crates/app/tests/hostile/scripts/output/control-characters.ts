// expect: returned "\u001b[31m\u0000\u202e\r\n"
return '\u001b[31m\u0000\u202e\r\n';
