// Text of every kind survives
return ['ä😀\u2028', '\ud800'.length, 'a\u0000b', '"quoted" \\ /'];
//= returned ["ä😀 ",1,"a\u0000b","\"quoted\" \\ /"]
